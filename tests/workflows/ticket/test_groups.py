"""Groups of visits, settled on real servers through the API."""

from datetime import datetime, timedelta
from typing import Any

from tests.house import REFERENCE, House, days
from tests.workflows.company import stands

BERLIN = [e for e in REFERENCE.experts if e.zone == "berlin"]


def who(skill: str, index: int = 0) -> str:
    """A Berlin expert with a skill, as the harness speaks of them."""
    return f"expert:{[e for e in BERLIN if skill in e.skills][index].id}"


async def add_visit(house: House, ticket_id: str, skills: list[str], **more: Any) -> Any:
    body = {"minutes": 60, "positions": [{"skill": s} for s in skills], **more}
    return await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/visits", body)


async def test_a_plumber_and_then_an_electrician_are_settled_together_or_not_at_all(
    house: House,
) -> None:
    ticket_id = await house.file(slots=days(40, 1))
    first = (await house.until(ticket_id, "MATCHING"))["visits"][0]["id"]
    chained = await add_visit(
        house,
        ticket_id,
        ["electrical"],
        after=[{"visit_id": first, "min_gap": "PT0S", "max_gap": "PT1H"}],
    )
    await house.propose(first, who("refrigeration"), days(40, 1))
    ticket = await house.ticket(ticket_id)
    assert ticket["status"] == "MATCHING"
    day = days(40, 1)[0]["start"]
    late = [{"start": day.replace("T08", "T13"), "end": day.replace("T08", "T18")}]
    await house.propose(chained["visit_id"], who("electrical", 1), late)
    ticket = await house.until(ticket_id, "SCHEDULED")
    one, other = (ticket["visits"][0], ticket["visits"][1])
    gap = _at(other["start"]) - _at(one["end"])
    assert timedelta(0) <= gap <= timedelta(hours=1)
    decision = await house.expect("helpdesk", "GET", f"/groups/{one['group_id']}/decision")
    assert [p["verdict"] for p in decision["proposals"]] == ["won", "won"]
    assert decision["keys"]["k3"] == [1, 2]


async def test_a_visit_for_two_experts_is_settled_with_two_people_at_one_time(
    house: House,
) -> None:
    ticket_id = await house.file(model_id=_model("air-conditioner"), slots=days(41, 1))
    ticket = await house.until(ticket_id, "MATCHING")
    visit = ticket["visits"][0]
    assert len(visit["positions"]) == 2
    await house.propose(visit["id"], who("hvac"), days(41, 1))

    async def partial() -> Any:
        seen = (await house.ticket(ticket_id))["visits"][0]
        return seen if seen["match_state"] == "PARTIAL" else None

    seen = await house.soon(partial, "PARTIAL")
    assert seen["missing"]
    helpful = [e for e in BERLIN if "electrical" in e.skills and "hvac" not in e.skills]
    await house.propose(visit["id"], f"expert:{helpful[0].id}", days(41, 1))
    ticket = await house.until(ticket_id, "SCHEDULED")
    crew = {a["expert_id"] for a in ticket["visits"][0]["assignments"]}
    assert len(crew) == 2


async def test_a_ticket_that_waits_for_an_expert_wakes_when_another_ticket_lets_them_go(
    house: House,
) -> None:
    slot = days(42, 1)
    slot = [{"start": slot[0]["start"], "end": slot[0]["start"].replace("T08", "T10")}]
    holder = await house.file(slots=slot)
    visit = (await house.until(holder, "MATCHING"))["visits"][0]["id"]
    await house.propose(visit, windows=slot)
    await house.until(holder, "SCHEDULED")
    waiting = await house.file(slots=slot)
    visit = (await house.until(waiting, "MATCHING"))["visits"][0]["id"]
    await house.propose(visit, windows=slot)
    await stands(house, waiting, "NO_COMMON_TIME")
    await house.expect("customer", "POST", f"/tickets/{holder}/cancel", {})
    await house.until(waiting, "SCHEDULED")


async def test_a_settled_visit_moves_when_the_customer_no_longer_has_time_then(
    house: House,
) -> None:
    ticket_id = await house.file(slots=days(43, 2))
    visit = (await house.until(ticket_id, "MATCHING"))["visits"][0]["id"]
    await house.propose(visit, windows=days(43, 2))
    before = await house.until(ticket_id, "SCHEDULED")
    await house.expect("customer", "PUT", f"/tickets/{ticket_id}/slots", {"slots": days(44, 1)})

    async def moved() -> Any:
        ticket = await house.ticket(ticket_id)
        start = ticket["visits"][0]["start"]
        return ticket if start and start != before["visits"][0]["start"] else None

    after = await house.soon(moved, "another time")
    assert _at(after["visits"][0]["start"]) >= _at(days(44, 1)[0]["start"])
    crew = [a["state"] for a in after["visits"][0]["assignments"]]
    assert sorted(crew) == ["RELEASED", "RESERVED"]


async def test_a_customer_accepts_an_offered_time_once(house: House) -> None:
    ticket_id = await house.file(slots=days(45, 1))
    visit = (await house.until(ticket_id, "MATCHING"))["visits"][0]["id"]
    await house.propose(visit, windows=days(46, 1))
    found = await house.expect("customer", "GET", f"/tickets/{ticket_id}/suggested-slots")
    assert found["suggestions"]
    assert "expert" not in str(found)
    offer = await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/slot-offers", {})
    token = house.services.offers.token(ticket_id, offer["offer_id"], _at(offer["expires_at"]))
    standing = await house.expect("customer", "POST", f"/offers/{token}", {"option": 0})
    assert standing["status"] == "SCHEDULED"
    ticket = await house.ticket(ticket_id)
    assert ticket["visits"][0]["start"] == offer["options"][0]["visits"][0]["start"]
    again = await house.ask("customer", "POST", f"/offers/{token}", {"option": 0})
    assert again.status_code == 200, "the same answer, not another"
    other = await house.ask("customer", "POST", f"/offers/{token}", {"option": 1})
    assert (other.status_code, other.json()["code"]) == (409, "offer-used")
    [taken] = [e for e in await house.timeline(ticket_id) if e["type"] == "offer.accepted"]
    assert taken["data"]["option"] == 0


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _model(category: str) -> str:
    return next(m.id for m in REFERENCE.models if m.category == category)
