"""Work that is not done, over the whole house: another visit, or a person who decides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from tests.house import House
from tests.refusals import refused
from tests.workflows.company import (
    add,
    after,
    assignments,
    at,
    bare,
    between,
    crew,
    hire,
    hour,
    open_list,
    proposals,
    rest,
    rows,
    stands,
    told,
    waiting,
)
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, refusal
from tests.workflows.escalation.questions import briefed
from tests.workflows.ticket.test_more_time import begun as chained


async def report(house: House, visit: str, who: str, kind: str, **said: Any) -> Any:
    body = {
        "client_event_id": f"{visit}-{kind}",
        "type": kind,
        "occurred_at": datetime.now(UTC).isoformat(),
        **said,
    }
    return await house.ask(who, "POST", f"/visits/{visit}/events", body)


async def undone(house: House, visit: str, who: str, **said: Any) -> Any:
    """Its expert leaves with work undone."""
    answer = await report(house, visit, who, "incomplete", reason="NEEDS_PARTS", **said)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def begun(house: House, *slots: Any) -> tuple[str, str, str]:
    """A ticket, its visit, which has begun, and who makes it."""
    anna = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, *(slots or (between(8, 18), between(8, 18, 22))))
    await house.propose(visit, anna, [between(8, 18)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "started", anna)
    return ticket_id, visit, anna


async def test_what_followed_is_matched_anew_behind_the_follow_up_with_its_old_places(
    house: House,
) -> None:
    anna, ben, carl = (
        hire(house, "refrigeration"),
        hire(house, "electrical"),
        hire(house, "electrical"),
    )
    days = [between(8, 18), between(8, 18, 22)]
    ticket_id, first = await waiting(house, *days)
    second = await add(house, ticket_id, "electrical", **after(first))
    await house.propose(second, carl, [between(8, 18, 22)])
    await house.propose(second, ben, days)
    await house.propose(first, anna, days)
    ticket = await house.until(ticket_id, "SCHEDULED")
    assert crew(ticket["visits"][1]) == [ben]
    places = {p: v["priority_seq"] for p, v in (await proposals(house, second)).items()}
    await house.report(first, "started", anna)
    answer = await undone(house, first, anna, parts_eta=at(7, 21).isoformat())
    assert (answer["state"], answer["effect"]) == ("INCOMPLETE", "applied")

    ticket = await rest(house, ticket_id)
    assert [v["state"] for v in ticket["visits"]] == ["INCOMPLETE", "OPEN", "OPEN"]
    assert ticket["status"] == "MATCHING"
    again = await proposals(house, second)
    assert {p: v["priority_seq"] for p, v in again.items()} == places
    assert {v["state"] for v in again.values()} == {"ACTIVE"}
    assert bare(ben) in await told(house, ticket_id, "assignment.cancelled")
    assert await told(house, ticket_id, "follow_up.planned") == [ticket["customer_id"]]

    third = ticket["visits"][2]["id"]
    shown = await house.expect(anna, "GET", f"/marketplace/visits/{third}")
    assert [hour(s["start"], 22) for s in shown["slots"]] == [8]
    await house.propose(third, anna, days)
    ticket = await house.until(ticket_id, "SCHEDULED")
    follow_up, later = ticket["visits"][2], ticket["visits"][1]
    assert hour(follow_up["start"], 22) == 8, "its parts are there on that day"
    assert crew(later) == [carl], "the first place of those who can"
    gap = datetime.fromisoformat(later["start"]) - datetime.fromisoformat(follow_up["end"])
    assert timedelta(0) <= gap <= timedelta(hours=1)


async def test_who_was_there_sees_it_first(house: House) -> None:
    ticket_id, visit, anna = await begun(house)
    other = hire(house, "refrigeration")
    await undone(house, visit, anna)
    ticket = await rest(house, ticket_id)
    follow_up = ticket["visits"][1]["id"]
    seen = [(v["shortfall"], v["follows"]) for v in ticket["visits"]]
    assert seen == [("NEEDS_PARTS", None), (None, visit)]
    assert follow_up in await open_list(house, anna)
    assert follow_up not in await open_list(house, other)
    assert await told(house, ticket_id, "visit.open_first") == [bare(anna)]
    before = await told(house, ticket_id, "visit.open")
    await house.later(ticket_id, timedelta(minutes=15, seconds=1))
    await rest(house, ticket_id)
    assert follow_up in await open_list(house, other)
    later = await told(house, ticket_id, "visit.open")
    assert bare(other) in later
    assert len(later) > len(before)


async def test_a_customer_without_times_is_asked_for_some(house: House) -> None:
    ticket_id, visit, anna = await begun(house, between(8, 18))
    await undone(house, visit, anna, parts_eta=at(0, 25).isoformat())
    ticket = await rest(house, ticket_id)
    assert await told(house, ticket_id, "slots.needed") == [ticket["customer_id"]]
    assert "slots_missing" in ticket["attention"]
    times = {"slots": [between(8, 18, 24), between(8, 18, 26)]}
    await house.expect("customer", "PUT", f"/tickets/{ticket_id}/slots", times)
    await house.propose(ticket["visits"][1]["id"], anna, times["slots"])
    ticket = await house.until(ticket_id, "SCHEDULED")
    assert hour(ticket["visits"][1]["start"], 26) == 8
    assert "slots_missing" not in ticket["attention"]


async def test_a_skill_that_nobody_knows_is_refused(house: House) -> None:
    _, visit, anna = await begun(house)
    said = {"reason": "WRONG_SKILL", "skill": "telepathy"}
    answer = await report(house, visit, anna, "incomplete", **said)
    refused(answer, 422, "skill-unknown", "/skill")
    said["skill"] = "electrical"
    assert (await report(house, visit, anna, "incomplete", **said)).json()["state"] == "INCOMPLETE"


async def test_closed_as_it_is_the_work_that_was_done_is_billed(house: House) -> None:
    ticket_id, visit, anna = await begun(house)
    await undone(house, visit, anna, follow_up=False)
    asked = await briefed(house, ticket_id, "FOLLOW_UP_MISSING", 1)
    assert (await rest(house, ticket_id))["status"] == "IN_PROGRESS"
    await decide(asked, ANA, "2_close_as_it_is")
    ticket = await house.until(ticket_id, "COMPLETED")
    assert [v["id"] for v in ticket["visits"]] == [visit]

    async def billed() -> Any:
        return rows(house, "select * from invoices where ticket_id = %s", ticket_id)

    assert len(await house.soon(billed, "the bill")) == 1
    assert (await asked.result())["action"] == "close_as_it_is"


async def test_a_person_calls_off_what_was_to_follow_it(house: House) -> None:
    ticket_id, visit, anna, second, ben = await chained(house)
    await undone(house, visit, anna, follow_up=False)
    asked = await briefed(house, ticket_id, "FOLLOW_UP_MISSING", 1)
    await decide(asked, ANA, "3_close_without_rest")
    assert (await asked.result())["action"] == "close_without_rest"
    ticket = await house.until(ticket_id, "COMPLETED")
    states = {v["id"]: v["state"] for v in ticket["visits"]}
    assert states == {visit: "INCOMPLETE", second: "CANCELLED"}
    held = {a["expert_id"]: a["state"] for a in assignments(house, ticket_id)}
    assert held[ben.partition(":")[2]] == "RELEASED"


async def test_a_person_plans_another_visit(house: House) -> None:
    ticket_id, visit, anna = await begun(house)
    await undone(house, visit, anna, follow_up=False)
    asked = await briefed(house, ticket_id, "FOLLOW_UP_MISSING", 1)
    with pytest.raises(WorkflowUpdateFailedError) as off_the_grid:
        await decide(asked, ANA, "1_plan_visit", 50)
    assert refusal(off_the_grid.value) == "parameter-wrong"
    await decide(asked, ANA, "1_plan_visit", 45)
    assert (await asked.result())["action"] == "plan_visit"
    follow_up = await stands(house, ticket_id, "EMPTY", 1)
    assert follow_up["minutes"] == 45


async def test_nobody_says_that_it_is_done_and_a_person_was_told(house: House) -> None:
    anna = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20, 2))
    await house.propose(visit, anna, [between(8, 20, 2)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "on_site", anna)
    await house.later(ticket_id, timedelta(days=3))
    asked = await briefed(house, ticket_id, "OVERRUN", 1)
    await decide(asked, ANA, "2_it_is_done")
    assert (await asked.result())["by"] == "usr_ana"
    seen = await rest(house, ticket_id)
    assert seen["visits"][0]["state"] == "COMPLETED"
    [done] = [e for e in await house.timeline(ticket_id) if e["type"] == "visit.completed"]
    assert done["actor_id"] == "usr_ana"


async def test_a_person_gives_them_more_time_where_there_is_room(house: House) -> None:
    anna = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20, 2))
    await house.propose(visit, anna, [between(8, 20, 2)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "on_site", anna)
    await house.later(ticket_id, at(10.5, 2) - datetime.now(UTC) + timedelta(seconds=1))
    asked = await briefed(house, ticket_id, "OVERRUN", 1)
    with pytest.raises(WorkflowUpdateFailedError) as off_the_grid:
        await decide(asked, ANA, "1_more_time", 20)
    assert refusal(off_the_grid.value) == "parameter-wrong"
    await decide(asked, ANA, "1_more_time", 30)
    assert (await asked.result())["action"] == "more_time"
    assert hour((await rest(house, ticket_id))["visits"][0]["end"], 2) == 10


async def test_whoever_follows_up_is_set_free_in_every_calendar_at_once(house: House) -> None:
    ticket_id, visit, anna = await begun(house)
    second = await add(house, ticket_id, "electrical")
    ben = hire(house, "electrical")
    await house.propose(second, ben, [between(8, 18)])
    await house.until(ticket_id, "IN_PROGRESS")
    await undone(house, visit, anna)
    await rest(house, ticket_id)
    states = {a["expert_id"]: a["state"] for a in assignments(house, ticket_id)}
    assert states == {bare(anna): "DONE", bare(ben): "RESERVED"}, "what does not follow stays"
