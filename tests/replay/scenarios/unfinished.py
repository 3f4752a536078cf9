"""Work that takes longer than was planned, or ends before it is done."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import House, days
from tests.replay.scenarios.living import (
    NOTES,
    Lived,
    decided,
    history_of,
    matching,
    question,
)
from tests.workflows.company import add, after, at, bare, between, hire


async def more_time(house: House) -> Lived:
    """An expert needs more time, twice in vain: the first is granted, and what follows moves; one
    need is left by a signal, and one report is taken back."""
    anna, ben = hire(house, "refrigeration"), hire(house, "electrical")
    ticket, first = await matching(house, slots=[between(12.5, 14)])
    more = {"slots": [between(15, 17)], **after(first, "PT30M", "PT2H")}
    second = await add(house, ticket, "electrical", **more)
    await house.propose(first, anna, [between(12.5, 14)])
    await house.propose(second, ben, [between(15, 17)])
    await house.until(ticket, "SCHEDULED")
    await house.report(first, "started", anna)
    await _need(house, first, anna, "granted", 60)
    await _need(house, first, anna, "refused", 240)
    left = {
        "visit_id": first,
        "kind": "need_more_time",
        "expert_id": bare(anna),
        "occurred_at": datetime.now(UTC).isoformat(),
        "client_event_id": "left",
        "particulars": {"minutes": 120},
        "by": {"actor": {"role": "expert", "id": bare(anna)}},
    }
    await house.workflow(ticket).signal("visit_reported", left)
    await _undone(house, first, anna, parts=[{"sku": "relay", "quantity": 1}])
    await _said(house, first, anna, {"client_event_id": "sorry", "corrects": "undone"})
    await house.report(first, "completed", anna, report={"notes": NOTES})
    return {"more_time": await history_of(house, ticket)}


async def unfinished_work(house: House) -> Lived:
    """Work is left undone: a follow-up is matched with what was to come after it; where none is
    wanted a person plans one, or leaves it as it is."""
    ticket, first, anna = await _with_a_second_to_follow(house)
    await _undone(house, first, anna)
    await house.later(ticket, timedelta(minutes=16))
    follow_up = (await house.ticket(ticket))["visits"][2]["id"]
    await house.propose(follow_up, anna, days(20, 2))
    await house.until(ticket, "SCHEDULED")
    lived: dict[str, Any] = {"unfinished_work": await history_of(house, ticket)}
    for action, minutes in (("plan_visit", 45), ("close_as_it_is", None)):
        ticket, visit = await matching(house, slots=days(20, 1))
        expert = hire(house, "refrigeration")
        await house.propose(visit, expert, days(20, 1))
        await house.until(ticket, "SCHEDULED")
        await house.report(visit, "started", expert)
        await _undone(house, visit, expert, follow_up=False)
        asked = await question(house, ticket, "FOLLOW_UP_MISSING")
        lived[f"escalation_{action}"] = await decided(house, asked, action, minutes)
        lived[f"work_{action}"] = await history_of(house, ticket)
    return lived


async def rest_called_off(house: House) -> Lived:
    """Work is left undone, and a person calls off what was to follow it."""
    ticket, first, anna = await _with_a_second_to_follow(house)
    await _undone(house, first, anna, follow_up=False)
    asked = await question(house, ticket, "FOLLOW_UP_MISSING")
    called_off = await decided(house, asked, "close_without_rest")
    await house.until(ticket, "COMPLETED")
    return {
        "rest_called_off": await history_of(house, ticket),
        "escalation_rest_called_off": called_off,
    }


async def nobody_says_that_it_is_over(house: House) -> Lived:
    """Three times a person is asked whether work is over: it needs time, it is done, it goes on
    another day."""
    lived: dict[str, Any] = {}
    for action, minutes in (("more_time", 30), ("it_is_done", None), ("follow_up", None)):
        ticket, visit = await matching(house, slots=days(2, 1))
        expert = hire(house, "refrigeration")
        await house.propose(visit, expert, days(2, 1))
        await house.until(ticket, "SCHEDULED")
        await house.report(visit, "on_site", expert)
        over = at(10.5, 2) - datetime.now(UTC)
        await house.later(ticket, over + timedelta(seconds=1))
        asked = await question(house, ticket, "OVERRUN")
        lived[f"escalation_{action}"] = await decided(house, asked, action, minutes)
        lived[f"overrun_{action}"] = await history_of(house, ticket)
    lived["nobody_says_that_it_is_over"] = lived.pop("overrun_more_time")
    return lived


async def _with_a_second_to_follow(house: House) -> tuple[str, str, str]:
    """A ticket, its first visit, which has begun, and who makes it; another is to make a second."""
    anna, ben = hire(house, "refrigeration"), hire(house, "electrical")
    ticket, first = await matching(house, slots=days(20, 2))
    second = await add(house, ticket, "electrical", **after(first))
    await house.propose(first, anna, days(20, 2))
    await house.propose(second, ben, days(20, 2))
    await house.until(ticket, "SCHEDULED")
    await house.report(first, "started", anna)
    return ticket, first, anna


async def _need(house: House, visit: str, who: str, name: str, minutes: int) -> None:
    said = {"client_event_id": name, "type": "need_more_time", "minutes": minutes}
    await _said(house, visit, who, said)


async def _undone(house: House, visit: str, who: str, **said: Any) -> None:
    event = {"client_event_id": "undone", "type": "incomplete", "reason": "NEEDS_PARTS", **said}
    await _said(house, visit, who, event)


async def _said(house: House, visit: str, who: str, said: dict[str, Any]) -> None:
    event = {"occurred_at": datetime.now(UTC).isoformat(), **said}
    await house.ask(who, "POST", f"/visits/{visit}/events", event)
