"""A booking reaches the app and one SMS under one name; who does not acknowledge it is told once
more by itself, and only then is a person asked."""

from datetime import datetime, timedelta
from typing import Any

from tests.house import House
from tests.workflows.company import bare, between, hire, rest, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import shown
from tests.workflows.escalation.questions import briefed

ACK = timedelta(seconds=2)


async def booked(house: House) -> tuple[str, str, str]:
    """A ticket, its visit, and the expert who won it and says nothing."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20))
    await house.propose(visit, expert, [between(8, 20)])
    await house.until(ticket_id, "SCHEDULED")
    return ticket_id, visit, expert


async def sent(house: House, ticket_id: str, template: str) -> Any:
    """The one notification by a template, once it went out."""

    async def gone() -> Any:
        page = await house.expect("helpdesk", "GET", f"/notifications?ticket_id={ticket_id}")
        found = [n for n in page["items"] if n["template"] == template]
        return found[0] if found and found[0]["state"] == "SENT" else None

    return await house.soon(gone, template)


async def test_the_app_and_one_sms_call_the_work_by_the_same_name(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    notification = await sent(house, ticket_id, "proposal.selected")
    assert [d["channel"] for d in notification["deliveries"]] == ["sms"]
    path = house.outbox / "sms" / f"{notification['id']}.txt"
    line = path.read_text("utf-8").strip().splitlines()[-1]
    items = (await house.expect(expert, "GET", "/experts/me/work-items"))["items"]
    [item] = [i for i in items if i["visit_id"] == visit]
    words = line.split()
    assert words[:2] == ["SYSOPS", f"{item['ticket']}/1"]
    assert words[5:] == [item["skill"], "Berlin", "ref", item["ref"]]


async def test_a_silent_expert_is_told_again_by_itself_and_then_a_person_is_asked(
    house: House,
) -> None:
    policy = "/policies/normal/ack_timeout"
    await house.expect("admin", "PUT", policy, {"value": "PT2S"})
    try:
        ticket_id, _, expert = await booked(house)
    finally:
        await house.expect("admin", "PUT", policy, {"value": "PT2H"})
    first = await sent(house, ticket_id, "proposal.selected")
    again = await sent(house, ticket_id, "assignment.resent")
    assert (again["recipient_id"], again["recipient_role"]) == (bare(expert), "expert")
    ways = [d["channel"] for n in (first, again) for d in n["deliveries"]]
    assert ways == ["sms", "email"]
    await briefed(house, ticket_id, "NO_ACK", 1)
    entries = await house.timeline(ticket_id)
    at = {e["type"]: datetime.fromisoformat(e["recorded_at"]) for e in entries}
    waited = [
        at[kind] - at["proposal.selected"] for kind in ("assignment.resent", "escalation.opened")
    ]
    assert [round(time / ACK) for time in waited] == [1, 2]
    assert await told(house, ticket_id, "assignment.resent") == [bare(expert)]


async def test_who_has_acknowledged_is_told_nothing_more(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    await house.report(visit, "acknowledged", expert)
    await house.later(ticket_id, timedelta(hours=5))
    await rest(house, ticket_id)
    assert await told(house, ticket_id, "assignment.resent") == []
    assert await shown(house, ticket_id) == []
