"""However an escalation is ended, nobody is left waiting: it is asked again, or it is closed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.house import House, living_house
from tests.scratch import scratch_database, scratch_temporal
from tests.town import Town, wondering
from tests.workflows.company import between, crew, hire, rest, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    Asked,
    decide,
    details,
    escalated,
    known,
    open_question,
    shown,
    watched,
)
from workers.tools.invariants import Premises, check

pytestmark = pytest.mark.long


TIRES_EARLY = "limit.historyCount.suggestContinueAsNew=15"
WITHOUT_PLAN = "customer:cus_019b8d7f-c680-7099-a8b8-64564e621c1b"
NOON = between(8, 20)
ASSIGN = "1_assign"
CANCEL = "4_cancel"
CLAIM = "8_claim"


async def states(house: House, ticket_id: str) -> list[str]:
    """How the escalations of a ticket stand in the helpdesk's list."""
    return [row["state"] for row in await shown(house, ticket_id)]


async def closed(house: House, ticket_id: str, *expected: str) -> None:
    """Wait until the escalations of a ticket have ended so."""

    async def ended() -> bool:
        return await states(house, ticket_id) == list(expected)

    await house.soon(ended, f"escalations {expected}")


async def again(house: House, asked: Asked) -> Any:
    """The escalation once it runs anew and has its facts."""
    ended = (await asked.describe()).run_id

    async def runs() -> Any:
        latest = await house.env.client.get_workflow_handle(asked.id).describe()
        running = latest.status is not None and latest.status.name == "RUNNING"
        return running and latest.run_id != ended and (await known(asked)).brief

    await house.soon(runs, "the escalation again")
    return await known(asked)


async def test_what_was_ended_while_its_answer_came_is_closed(house: House) -> None:
    ticket_id, visit = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await asked.terminate("an accident")
    await house.propose(visit, hire(house, "refrigeration"), [NOON])
    await house.until(ticket_id, "SCHEDULED")
    await closed(house, ticket_id, "AUTO_RESOLVED")
    await watched(house)
    assert await states(house, ticket_id) == ["AUTO_RESOLVED"]


async def test_what_was_ended_just_before_its_ticket_is_closed(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await asked.terminate("an accident")
    await house.expect("customer", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    await closed(house, ticket_id, "AUTO_RESOLVED")


async def test_what_was_ended_together_with_its_ticket_is_closed(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await house.workflow(ticket_id).terminate("an accident")
    await asked.terminate("an accident")
    await closed(house, ticket_id, "AUTO_RESOLVED")


async def test_what_was_ended_before_it_was_written_down_is_asked_again(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    with psycopg.connect(house.database_url) as session:
        session.execute("delete from escalations where ticket_id = %s", (ticket_id,))
    await asked.terminate("an accident")
    assert (await again(house, asked)).state.is_live
    await closed(house, ticket_id, "OPEN")


async def test_what_was_ended_is_asked_again_where_it_stood(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    before = await known(asked)
    await decide(asked, ANA, CLAIM)
    await closed(house, ticket_id, "CLAIMED")
    await asked.cancel()
    after = await again(house, asked)
    assert (after.id, after.claimed_by, after.opened_at) == (before.id, ANA, before.opened_at)
    assert len(await told(house, ticket_id, "escalation.opened")) == 2


async def test_a_customer_who_closes_their_ticket_ends_what_was_asked_about_it(
    house: House,
) -> None:
    done = await house.completed()
    await wondering(house, done["id"])
    await house.expect("customer", "POST", f"/tickets/{done['id']}/confirm", {})
    await closed(house, done["id"], "AUTO_RESOLVED")


async def test_a_decision_is_carried_out_by_whoever_works_next(house: House) -> None:
    assert house.shift is not None
    expert = hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    brief = (await known(asked)).brief
    assert brief is not None
    mine = next(c.number for c in brief.candidates if expert.endswith(c.expert_id))
    await decide(asked, ANA, ASSIGN, mine)
    async with house.shift.over():
        pass
    assert (await asked.result())["by"] == "usr_ana"
    seen = await house.until(ticket_id, "SCHEDULED")
    assert crew(seen["visits"][0]) == [expert]
    assert await told(house, ticket_id, "expert.assigned") == [expert.partition(":")[2]]
    assert await states(house, ticket_id) == ["RESOLVED"]


async def test_nobody_works_for_a_night_and_each_level_is_asked_in_its_turn(house: House) -> None:
    assert house.shift is not None
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await known(asked)
    await house.env.fast_forward(asked, timedelta(hours=60))

    async def at_the_top() -> bool:
        return [row["level"] for row in await shown(house, ticket_id)] == [3]

    await house.soon(at_the_top, "the admin's turn")
    for role in ("manager", "admin"):
        assert (await told(house, ticket_id, "escalation.stepped")).count(role) == 1
    assert "Admin" in await details(asked)
    await decide(asked, ANA, CANCEL)
    await asked.result()
    await rest_of(house, ticket_id)


async def rest_of(house: House, ticket_id: str) -> None:
    await house.until(ticket_id, "CANCELLED")
    await closed(house, ticket_id, "RESOLVED")


async def test_the_next_question_waits_for_the_last_one_of_its_name_to_end(house: House) -> None:
    ticket_id, visit = await waiting(house, between(8, 12))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    proposal = await house.propose(visit, who := hire(house, "refrigeration"), [between(14, 18)])
    await open_question(house, ticket_id, "NO_COMMON_TIME")
    await house.expect(who, "DELETE", f"/proposals/{proposal['id']}")
    await closed(house, ticket_id, "AUTO_RESOLVED", "AUTO_RESOLVED", "OPEN")
    await rest(house, ticket_id)
    assert (await known(asked)).state.is_live


async def test_a_question_outlives_the_run_of_its_ticket(postgres_url: str, tmp_path: Path) -> None:
    with scratch_database(postgres_url) as url:
        async with (
            scratch_temporal(TIRES_EARLY) as server,
            living_house(server, url, tmp_path) as house,
        ):
            ticket_id = await house.file(WITHOUT_PLAN)
            asked = await open_question(house, ticket_id, "NOT_COVERED")
            first = (await house.workflow(ticket_id).describe()).run_id
            for day in range(30, 40):
                times = {"slots": [between(8, 20, day)]}
                await house.expect(WITHOUT_PLAN, "PUT", f"/tickets/{ticket_id}/slots", times)
            await rest(house, ticket_id)
            assert (await house.workflow(ticket_id).describe()).run_id != first
            assert await states(house, ticket_id) == ["OPEN"]
            await decide(asked, ANA, "2_waive")
            assert (await asked.result())["by"] == "usr_ana"
            await house.until(ticket_id, "MATCHING")
            assert await check(Premises(house.env.client, house.database))


async def test_somebody_is_asked_even_where_the_facts_cannot_be_gathered(house: House) -> None:
    town = Town("kathmandu")
    ticket_id, _ = await town.opened(house)
    zone = "update zones set tz = %s where code = 'kathmandu'"
    try:
        with psycopg.connect(house.database_url) as session:
            session.execute(zone, ("Mars/Olympus",))
        asked = await escalated(house, ticket_id, "NO_PROPOSALS")
        brief = (await known(asked)).brief
    finally:
        with psycopg.connect(house.database_url) as session:
            session.execute(zone, ("Asia/Kathmandu",))
    assert brief is not None
    assert brief.headline.startswith("No experts have proposed themselves")
    assert brief.candidates == ()
    await decide(asked, ANA, "3_extend_wait", 2)
    assert (await asked.result())["action"] == "extend_wait"
