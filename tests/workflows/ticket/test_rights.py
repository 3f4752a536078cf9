"""An expert may not work any more, by whatever way: what they are booked for hears of it, a person
is asked, and what they read ends."""

import asyncio
from datetime import UTC, datetime
from typing import Any, LiteralString

import psycopg
import pytest

from models.ticket import Ticket
from tests.house import House
from tests.workflows.company import (
    at,
    bare,
    between,
    crew,
    hire,
    proposals,
    rest,
    stands,
    told,
    waiting,
)
from tests.workflows.company import (
    parting as parting,
)
from tests.workflows.escalation.escalating import ANA, decide, details, open_question, shown
from tests.workflows.ticket.test_cannot_arrive import number_of
from workflows.ticket.story import TicketWorkflow

REPLACE, RESCHEDULE = "1_replace", "2_reschedule"
SECRETS = ("Oranienstra", "10999", "Albrecht", "+4917", "52.5", "Knock twice")
"""What the customer's file and words have, and nobody may read who is not to come."""
MORNING = between(8, 12)


async def booked(house: House, *skills: str, **visit: Any) -> tuple[str, str, str]:
    """A ticket whose visit is settled, the visit, and who comes."""
    expert = hire(house, *(skills or ("refrigeration",)))
    ticket_id, visit_id = await waiting(
        house, MORNING, description="Knock twice, it hums.", **visit
    )
    await house.propose(visit_id, expert, [MORNING])
    await house.until(ticket_id, "SCHEDULED")
    return ticket_id, visit_id, expert


async def standing(house: House, who: str, status: str) -> None:
    await house.expect("admin", "PATCH", f"/experts/{bare(who)}", {"status": status})


def by_hand(house: House, change: LiteralString, *named: Any) -> None:
    """Somebody changes rows, past every route."""
    with psycopg.connect(house.database_url) as session:
        session.execute(change, named)


async def readable(house: House, who: str, ticket_id: str) -> tuple[Any, str]:
    """An expert's work item of a ticket, and everything they read around it."""
    answers = [
        await house.ask(who, "GET", path)
        for path in (
            "/experts/me/work-items",
            f"/tickets/{ticket_id}",
            f"/tickets/{ticket_id}/timeline",
            f"/tickets/{ticket_id}/timers",
            "/experts/me/calendar?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z",
        )
    ]
    items = [i for i in answers[0].json()["items"] if i["ticket_id"] == ticket_id]
    return (items or [None])[0], "\n".join(a.text for a in answers)


async def test_somebody_is_asked_about_the_visit_of_an_expert_who_is_suspended(
    house: House,
) -> None:
    ticket_id, visit, expert = await booked(house)
    colleague = hire(house, "refrigeration")
    await standing(house, expert, "SUSPENDED")
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    assert "may not come any more" in await details(asked)
    assert "may not work for us any more" in await details(asked)
    [question] = await shown(house, ticket_id)
    assert question["reason"] == "CANNOT_ARRIVE"
    await decide(asked, ANA, REPLACE, await number_of(house, asked, colleague))
    assert (await asked.result())["action"] == "replace"
    seen = (await rest(house, ticket_id))["visits"][0]
    assert crew(seen) == [colleague]
    assert await told(house, ticket_id, "assignment.cancelled") == [bare(expert)]
    assert (await proposals(house, visit)).popitem()[1]["state"] == "WITHDRAWN"


async def test_a_suspended_expert_reads_no_more_who_the_customer_is_and_still_what_is_theirs(
    house: House,
) -> None:
    ticket_id, visit, expert = await booked(house)
    item, text = await readable(house, expert, ticket_id)
    assert item["withheld"] is None
    assert all(secret in text for secret in SECRETS)
    await standing(house, expert, "SUSPENDED")
    item, text = await readable(house, expert, ticket_id)
    assert [secret for secret in SECRETS if secret in text] == []
    assert item["withheld"] == "expert-not-verified"
    assert (item["skill"], item["zone"], item["visit_id"]) == ("refrigeration", "berlin", visit)
    assert item["ticket"].startswith("T-")
    assert item["start"] == at(8).isoformat().replace("+00:00", "Z")
    ticket = await house.ticket(ticket_id, expert)
    assert (ticket["number"], ticket["slots"]) == (item["ticket"], [])
    assert [v["start"] for v in ticket["visits"]] == [item["start"]]


async def test_what_a_suspended_expert_reports_is_kept_and_moves_nothing(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    await standing(house, expert, "SUSPENDED")
    await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    seen = await house.report(visit, "en_route", expert)
    assert (seen["state"], seen["recorded_only"]) == ("SCHEDULED", True)
    done = {
        "client_event_id": "phone-1",
        "occurred_at": datetime.now(UTC).isoformat(),
        "report": {"notes": "Done all the same."},
    }
    for _ in range(2):
        assert (await house.report(visit, "completed", expert, **done))["recorded_only"]
    ticket = await rest(house, ticket_id)
    assert ticket["status"] == "SCHEDULED"
    assert await told(house, ticket_id, "visit.on_the_way") == []
    kept = [e for e in await house.timeline(ticket_id) if e["type"] == "rights.report_kept"]
    assert [e["data"]["reported"] for e in kept] == ["en_route", "completed"]
    item, _ = await readable(house, expert, ticket_id)
    assert item["notes"] == ["Done all the same."]
    customer = [e["type"] for e in await house.timeline(ticket_id, "customer")]
    assert not [kind for kind in customer if kind.startswith("rights.")]
    [question] = await shown(house, ticket_id)
    assert question["closed_at"] is None


async def test_reports_of_somebody_who_was_replaced_because_of_it_are_kept_too(
    house: House,
) -> None:
    ticket_id, visit, expert = await booked(house)
    await standing(house, expert, "SUSPENDED")
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    await decide(asked, ANA, RESCHEDULE)
    await asked.result()
    assert (await house.report(visit, "on_site", expert))["recorded_only"]
    seen = await stands(house, ticket_id, "EMPTY")
    assert seen["state"] == "OPEN"


SKILLS = "/experts/{}/skills/refrigeration"


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("DELETE", None),
        ("PUT", {"level": 3, "expires_at": at(9).isoformat()}),
    ],
)
async def test_a_skill_that_is_lost_or_ends_before_the_visit_does_asks_too(
    house: House, method: str, body: Any
) -> None:
    ticket_id, _, expert = await booked(house)
    await house.expect("admin", method, SKILLS.format(bare(expert)), body)
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    assert "will not hold the skill then" in await details(asked)
    item, _ = await readable(house, expert, ticket_id)
    assert item["withheld"] == "skill-missing"
    await house.expect("admin", "PUT", SKILLS.format(bare(expert)), {"level": 1})
    assert (await asked.result())["state"] == "AUTO_RESOLVED"


async def test_a_level_below_what_the_visit_needs_asks_and_one_that_is_enough_does_not(
    house: House,
) -> None:
    expert = hire(house, "hvac")
    colleague = hire(house, "electrical")
    ticket_id, visit = await waiting(house, MORNING, model_id="mod_daikin-ftxm35r")
    for who in (expert, colleague):
        await house.propose(visit, who, [MORNING])
    await house.until(ticket_id, "SCHEDULED")
    path = f"/experts/{bare(expert)}/skills/hvac"
    await house.expect("admin", "PUT", path, {"level": 2})
    assert await shown(house, ticket_id) == []
    await house.expect("admin", "PUT", path, {"level": 1})
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    await decide(asked, ANA, REPLACE)
    await asked.result()
    first, second = crew((await rest(house, ticket_id))["visits"][0])
    assert (first != expert, second) == (True, colleague)


@pytest.mark.parametrize(
    ("moves", "stays"),
    [
        ("update experts set radius_km = 1, zone = 'london' where id = %s", False),
        ("update experts set status = 'REJECTED' where id = %s", False),
        ("update expert_skills set level = 5 where expert_id = %s", True),
        ("update experts set radius_km = 1 where id = %s", True),
        ("delete from expert_skills where expert_id = %s", False),
    ],
)
async def test_a_change_that_came_by_no_route_is_noticed_all_the_same(
    house: House, moves: LiteralString, stays: bool
) -> None:
    expert = hire(house, "refrigeration", home=(52.3, 13.2))
    ticket_id, visit = await waiting(house, MORNING)
    await house.propose(visit, expert, [MORNING])
    await house.until(ticket_id, "SCHEDULED")
    by_hand(house, moves, bare(expert))
    if not stays:
        await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
        return
    await house.soon(lambda: told_by_now(house, expert), "the ticket to be told")
    assert await shown(house, ticket_id) == []


async def told_by_now(house: House, expert: str) -> bool:
    with psycopg.connect(house.database_url) as session:
        found = session.execute(
            "select rights_changed_at from experts where id = %s", (bare(expert),)
        ).fetchone()
    return found == (None,)


async def test_whom_the_helpdesk_sent_from_afar_stays_wherever_they_move(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, MORNING)
    wish = {"expert_id": bare(expert), "start": at(8).isoformat(), "position": 0}
    path = f"/visits/{visit}/assignments"
    await house.expect("helpdesk", "POST", path, {**wish, "reason": "They know it."})
    by_hand(house, "update experts set zone = 'london', radius_km = 1 where id = %s", bare(expert))
    await house.soon(lambda: told_by_now(house, expert), "the ticket to be told")
    assert await shown(house, ticket_id) == []


async def test_a_change_nobody_lived_to_tell_of_is_told_by_whoever_looks_next(
    house: House,
) -> None:
    """The row is committed and the process that changed it is gone."""
    ticket_id, _, expert = await booked(house)
    await asyncio.to_thread(
        by_hand, house, "update experts set status = 'SUSPENDED' where id = %s", bare(expert)
    )
    await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    assert await told_by_now(house, expert)


async def test_told_twice_a_ticket_finds_nothing_new(house: House) -> None:
    ticket_id, _, expert = await booked(house)
    await standing(house, expert, "SUSPENDED")
    await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    before = (await rest(house, ticket_id))["seq"]
    for _ in range(2):
        await house.workflow(ticket_id).signal("rights_changed", {"expert_ids": [bare(expert)]})
    known: Ticket = await house.workflow(ticket_id).query(TicketWorkflow.ticket)
    assert (await rest(house, ticket_id))["seq"] == before == known.seq
    assert len(await shown(house, ticket_id)) == 1


async def test_a_visit_that_a_hand_filled_in_part_is_matched_anew_without_them(
    house: House,
) -> None:
    expert = hire(house, "hvac")
    ticket_id, visit = await waiting(house, between(8, 20), model_id="mod_daikin-ftxm35r")
    wish = {"expert_id": bare(expert), "start": at(8).isoformat(), "position": 0}
    path = f"/visits/{visit}/assignments"
    await house.expect("helpdesk", "POST", path, {**wish, "reason": "They know it."})
    await standing(house, expert, "SUSPENDED")
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    await decide(asked, ANA, RESCHEDULE)
    assert (await asked.result())["action"] == "reschedule"
    seen = await stands(house, ticket_id, "EMPTY")
    assert (crew(seen), seen["start"]) == ([], None)
