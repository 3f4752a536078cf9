"""Reports whose tickets have them while the records are away."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.api.intake.outage import DATABASE, asked, report, without
from tests.house import House


async def test_a_ticket_has_what_its_expert_reports_while_the_database_is_away(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    path = f"/visits/{ticket['visits'][0]['id']}/events"
    now = datetime.now(UTC)
    told = report("acknowledged", now, sent_at=now.isoformat())
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        received = await asked(house, http, "expert", "POST", path, told)
        assert (received.status_code, received.json()["effect"]) == (202, "accepted")

        async def acknowledged() -> bool:
            [one] = (await house.ticket(ticket["id"]))["visits"][0]["assignments"]
            return bool(one["state"] == "ACKNOWLEDGED")

        await house.soon(acknowledged, "the report, which its ticket has though we have no records")
        await outage.mend()

        async def answered() -> bool:
            final = await asked(house, http, "expert", "POST", path, told)
            return (final.status_code, final.json()["effect"]) == (200, "repeated")

        await house.soon(answered, "its answer")
    events = [e["type"] for e in await house.timeline(ticket["id"])]
    assert events.count("visit.acknowledged") == 1


async def test_what_a_stranger_reports_while_the_database_is_away_does_not_reach_the_ticket(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    path = f"/visits/{ticket['visits'][0]['id']}/events"
    own = report("acknowledged", datetime.now(UTC))
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        strange = report("acknowledged", datetime.now(UTC))
        await asked(house, http, f"expert:exp_{uuid.uuid4()}", "POST", path, strange)
        await asked(house, http, "expert", "POST", path, own)

        async def acknowledged() -> bool:
            return "visit.acknowledged" in await _types(house, ticket)

        await house.soon(acknowledged, "the crew's own report")
        await outage.mend()
    assert "command.rejected" not in await _types(house, ticket)


async def test_a_note_for_others_is_a_draft_though_its_ticket_was_told_before_the_note_was_kept(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    visit = ticket["visits"][0]["id"]
    for kind in ("acknowledged", "en_route", "on_site", "started"):
        await house.report(visit, kind)
    done = report(
        *("completed", datetime.now(UTC)),
        report={"notes": "Done.", "kb_note": "The fan of this model hums when it is dusty."},
    )
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        await asked(house, http, "expert", "POST", f"/visits/{visit}/events", done)
        await house.until(ticket["id"], "COMPLETED")
        await outage.mend()

        async def drafted() -> bool:
            found = await house.expect("helpdesk", "GET", f"/kb/articles?ticket_id={ticket['id']}")
            return len(found["items"]) == 1

        await house.soon(drafted, "the draft")


async def test_whose_report_it_is_must_be_said_though_the_database_is_away(
    house: House, tmp_path: Path
) -> None:
    ticket = await house.scheduled()
    path = f"/visits/{ticket['visits'][0]['id']}/events"
    async with without(house, tmp_path / "log", DATABASE) as (http, _):
        for _ in range(2):
            nobodys = report("acknowledged", datetime.now(UTC))
            refused = await asked(house, http, "helpdesk", "POST", path, nobodys)
            assert (refused.status_code, refused.json()["code"]) == (422, "expert-missing")


async def _types(house: House, ticket: Any) -> list[str]:
    return [e["type"] for e in await house.timeline(ticket["id"])]
