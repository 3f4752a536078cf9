"""Policies become others while tickets run, and these go by them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from temporalio.client import Client

from models.messages.ticket import PoliciesChanged
from models.promise.policy import NORMAL
from temporal.telling import tell_if_open
from tests.house import House
from tests.workflows.company import HOME, between, hire, rows, waiting, welcome
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import escalated, known, policy
from workers.policies import PolicyNews

AT_ONCE = timedelta(0)
HOLD = "/policies/normal/match_hold"
ONLY = """update tickets set policies_version = 1000000000
    where id <> all(%s) and status not in ('CLOSED', 'CANCELLED')"""


async def told(house: House, *ticket_ids: str) -> int:
    """These tickets hear of every change there was; those of other tests are left alone. How many
    were told."""
    with psycopg.connect(house.database_url) as session:
        session.execute(ONLY, (list(ticket_ids),))
    news, count = PolicyNews(house.database, house.env.client), 0
    while more := await news.look(AT_ONCE, AT_ONCE):
        count += more
    return count


async def changes(house: House, ticket_id: str) -> list[Any]:
    """What a ticket's timeline says of its policies."""
    entries = await house.timeline(ticket_id)
    return [e["data"] for e in entries if e["type"] == "ticket.policies_changed"]


async def changed(house: House, ticket_id: str, *names: str) -> None:
    """Wait until a ticket has gone by a change of such policies."""

    async def written() -> bool:
        return list(names) in [c["names"] for c in await changes(house, ticket_id)]

    await house.soon(written, f"a change of {names}")


async def held(house: House, hold: str = "PT2H", **said: Any) -> tuple[str, str]:
    """A ticket with a full group, which is held for so long, and its visit."""
    expert = hire(house, "refrigeration")
    async with policy(house, "match_hold", hold, "PT0S"):
        ticket_id, visit = await waiting(house, between(8, 20), **said)
    await house.propose(visit, expert, [between(8, 20)])
    await house.soon(lambda: until(house, ticket_id), "a hold")
    return ticket_id, visit


async def until(house: House, ticket_id: str) -> datetime | None:
    """Until when its group is held."""
    page = await house.expect("customer", "GET", f"/tickets/{ticket_id}/groups")
    hold = page["items"][0]["hold_until"]
    return datetime.fromisoformat(hold) if hold else None


async def test_a_hold_that_is_taken_away_ends_and_the_visit_is_booked(house: House) -> None:
    ticket_id, _ = await held(house)
    assert (await house.ticket(ticket_id))["status"] == "MATCHING"
    assert await told(house, ticket_id) == 1
    await house.until(ticket_id, "SCHEDULED")
    [change] = await changes(house, ticket_id)
    assert change["names"] == ["match_hold"]


async def test_a_hold_that_is_lengthened_ends_later(house: House) -> None:
    ticket_id, _ = await held(house)
    ends = await until(house, ticket_id)
    assert ends is not None
    async with policy(house, "match_hold", "PT5H", "PT0S"):
        assert await told(house, ticket_id) == 1
        await changed(house, ticket_id, "match_hold")
    assert await until(house, ticket_id) == ends + timedelta(hours=3)
    timers = (await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/timers"))["timers"]
    [hold] = [t for t in timers if t["name"] == "match_hold"]
    assert datetime.fromisoformat(hold["due_at"]) == ends + timedelta(hours=3)


async def test_whoever_has_heard_is_told_no_more_and_an_older_word_changes_nothing(
    house: House,
) -> None:
    ticket_id, _ = await held(house)
    async with policy(house, "match_hold", "PT3H", "PT0S"):
        assert await told(house, ticket_id) == 1
        await changed(house, ticket_id, "match_hold")
        assert await told(house, ticket_id) == 0
        [change] = await changes(house, ticket_id)
        ends = await until(house, ticket_id)
        row = rows(house, "select zone, plan_id from tickets where id = %s", ticket_id)[0]
        older = PoliciesChanged(version=change["version"] - 1, policies=NORMAL, **row)
        name = house.workflow(ticket_id).id
        assert await tell_if_open(house.env.client, name, "policies_changed", older)
        await house.propose((await visits(house, ticket_id))[0], hire(house, "refrigeration"))
        assert await until(house, ticket_id) == ends
        assert len(await changes(house, ticket_id)) == 1


async def visits(house: House, ticket_id: str) -> list[str]:
    return [v["id"] for v in (await house.ticket(ticket_id))["visits"]]


async def test_a_word_that_nobody_understands_is_noted_and_changes_nothing(house: House) -> None:
    ticket_id, _ = await held(house)
    await house.workflow(ticket_id).signal("policies_changed", {"version": "soon"})

    async def noted() -> list[Any]:
        entries = await house.timeline(ticket_id)
        return [e["data"] for e in entries if e["type"] == "command.rejected"]

    [note] = await house.soon(noted, "a note")
    assert note == {"command": "policies_changed", "code": "malformed-message"}


class Dying(PolicyNews):
    """Dies when it has told one ticket, and before that is written down."""

    def _told(self, *_: Any) -> None:
        raise SystemExit


async def test_what_was_told_by_who_died_over_it_is_told_again_and_done_once(
    house: House,
) -> None:
    tickets = [(await held(house))[0] for _ in range(2)]
    with psycopg.connect(house.database_url) as session:
        session.execute(ONLY, (tickets,))
    with pytest.raises(SystemExit):
        await Dying(house.database, house.env.client).look(AT_ONCE, AT_ONCE)
    assert await told(house, *tickets) == 2
    for ticket_id in tickets:
        await house.until(ticket_id, "SCHEDULED")
        assert len(await changes(house, ticket_id)) == 1


async def test_while_temporal_is_away_nothing_is_lost(house: House) -> None:
    ticket_id, _ = await held(house)
    with psycopg.connect(house.database_url) as session:
        session.execute(ONLY, ([ticket_id],))
    away = await Client.connect("127.0.0.1:1", lazy=True)
    with pytest.raises(RuntimeError, match="connect"):
        await PolicyNews(house.database, away).look(AT_ONCE, AT_ONCE)
    assert await told(house, ticket_id) == 1
    await house.until(ticket_id, "SCHEDULED")


@asynccontextmanager
async def particular(house: House, path: str, value: Any) -> AsyncIterator[Any]:
    """What is said for some only, for a while."""
    try:
        yield await house.expect("admin", "PUT", path, {"value": value})
    finally:
        await house.expect("admin", "DELETE", path)


async def test_a_policy_of_a_zone_and_a_plan_governs_their_tickets_and_no_others(
    house: House,
) -> None:
    customer = welcome(house, *HOME)
    expert = hire(house, "refrigeration")
    async with (
        particular(house, f"{HOLD}?zone=berlin&plan=home-eur", "PT3H"),
        particular(house, f"{HOLD}?zone=london", "PT4H"),
    ):
        ticket_id, visit = await waiting(house, between(8, 20), who=customer)
        proposed = datetime.now(UTC)
        await house.propose(visit, expert, [between(8, 20)])
        page = f"/tickets/{ticket_id}/groups"

        async def hold() -> Any:
            [group] = (await house.expect("helpdesk", "GET", page))["items"]
            return group["hold_until"]

        ends = datetime.fromisoformat(await house.soon(hold, "a hold"))
        assert timedelta(0) <= ends - proposed - timedelta(hours=3) < timedelta(minutes=1)
    assert await told(house, ticket_id) == 1
    await house.until(ticket_id, "SCHEDULED")


async def test_each_level_of_a_question_that_is_asked_has_the_time_that_the_policy_says_now(
    house: House,
) -> None:
    ticket_id, _ = await waiting(house, between(8, 20))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    before = await known(asked)
    assert before.step_at is not None
    async with policy(house, "escalation_step", "PT1H", "PT4H"):
        assert await told(house, ticket_id) == 1

        async def paced() -> bool:
            return (await known(asked)).step == timedelta(hours=1)

        await house.soon(paced, "another pace")
        assert (await known(asked)).step_at == before.step_at - timedelta(hours=3)

        async def recorded() -> bool:
            query = "select step_at from escalations where id = %s"
            return bool(rows(house, query, before.id)[0]["step_at"] == before.step_at - 3 * HOUR)

        await house.soon(recorded, "the row")


HOUR = timedelta(hours=1)


async def test_a_ticket_whose_zone_turns_out_later_goes_by_what_holds_there(
    house: House,
) -> None:
    ticket_id, _ = await held(house, "PT2H")
    async with particular(house, f"{HOLD}?zone=berlin", "PT6H"):
        await told(house, ticket_id)
        await changed(house, ticket_id, "match_hold")
        assert await told(house, ticket_id) == 0
        with psycopg.connect(house.database_url) as session:
            session.execute("update tickets set zone = 'london' where id = %s", (ticket_id,))
            session.execute("update tickets set zone = 'berlin' where id = %s", (ticket_id,))
        assert await told(house, ticket_id) == 1
    assert len(await changes(house, ticket_id)) == 1
