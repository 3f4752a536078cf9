"""What a later release wrote down is told by this one as it stands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.house import House

LATER: dict[tuple[str, str], dict[str, str]] = {
    ("tickets", "id"): {"channel": "fax", "urgency": "drowsy", "attention": '["customer_asleep"]'},
    ("visits", "ticket_id"): {"state": "PONDERED"},
    ("visit_groups", "ticket_id"): {"match_state": "DREAMT"},
    ("assignments", "ticket_id"): {"state": "DAYDREAMING", "source": "LOTTERY"},
    ("invoices", "ticket_id"): {"state": "FRAMED"},
    ("notifications", "ticket_id"): {"state": "HUMMED"},
}
"""By the table, and the column that names the ticket."""


@asynccontextmanager
async def written_by_a_later_release(house: House, ticket_id: str) -> AsyncIterator[None]:
    """For a while; the house goes on with its own words."""
    before: list[tuple[str, dict[str, Any]]] = []
    with psycopg.connect(house.database_url, row_factory=dict_row) as session:
        for (table, of), words in LATER.items():
            columns = ", ".join(f"{name}::text" for name in words)
            kept = f"select id, {columns} from {table} where {of} = %s"  # noqa: S608, ours
            before += [(table, row) for row in session.execute(kept, (ticket_id,)).fetchall()]
            for name, word in words.items():
                change = f"update {table} set {name} = %s where {of} = %s"  # noqa: S608, ours
                session.execute(change, (word, ticket_id))
    try:
        yield
    finally:
        with psycopg.connect(house.database_url) as session:
            for table, row in before:
                for name in row.keys() - {"id"}:
                    back = f"update {table} set {name} = %s where id = %s"  # noqa: S608, ours
                    session.execute(back, (row[name], row["id"]))


async def test_words_that_a_later_release_wrote_are_told_and_not_refused(house: House) -> None:
    ticket_id = (await house.completed())["id"]
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/confirm", {})
    await house.until(ticket_id, "CLOSED")
    at = f"/tickets/{ticket_id}"

    told = f"/notifications?ticket_id={ticket_id}"

    async def nothing_is_under_way() -> Any:
        billed = (await house.expect("helpdesk", "GET", f"{at}/invoices"))["items"]
        sent = (await house.expect("helpdesk", "GET", told))["items"]
        now = datetime.now(UTC).isoformat()
        return billed and all(one["state"] != "QUEUED" or one["due_at"] > now for one in sent)

    await house.soon(nothing_is_under_way, "the end of the story")
    async with written_by_a_later_release(house, ticket_id):
        ticket = await house.ticket(ticket_id)
        assert (ticket["channel"], ticket["urgency"]) == ("fax", "drowsy")
        assert ticket["attention"] == ["customer_asleep"]
        [visit] = ticket["visits"]
        assert (visit["state"], visit["match_state"]) == ("PONDERED", "DREAMT")
        assert visit["assignments"][0]["source"] == "LOTTERY"
        for path, name, word in (
            (f"{at}/invoices", "state", "FRAMED"),
            (f"{at}/groups", "match_state", "DREAMT"),
            (told, "state", "HUMMED"),
        ):
            items = (await house.expect("helpdesk", "GET", path))["items"]
            assert {item[name] for item in items} == {word}
        assert await house.timeline(ticket_id)
        work = (await house.expect("expert", "GET", "/experts/me/work-items"))["items"]
        assert "DAYDREAMING" in {one["state"] for one in work if one["ticket_id"] == ticket_id}
        listed = (await house.expect("helpdesk", "GET", "/tickets"))["items"]
        assert "drowsy" in {one["urgency"] for one in listed if one["id"] == ticket_id}
