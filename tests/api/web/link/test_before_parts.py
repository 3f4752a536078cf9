"""Nobody comes before the parts do: times before that are refused wherever they are named."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from tests.api.web.link.test_pages import BERLIN, look, mine, send, times_link, typed
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import DAY, at, between, hire, rest, rows
from tests.workflows.company import parting as parting

READY = DAY + 10


async def waits_for_parts(house: House) -> tuple[str, str, str]:
    """A ticket whose follow-up waits for parts, that visit, and who was there."""
    expert = hire(house, "refrigeration")
    ticket_id, visit = await mine(house, between(8, 18))
    await house.propose(visit, expert, [between(8, 18)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "started", expert)
    needs: dict[str, Any] = {"reason": "NEEDS_PARTS", "parts_eta": at(12, READY).isoformat()}
    await house.report(visit, "incomplete", expert, **needs)
    ticket = await rest(house, ticket_id)
    assert "slots_missing" in ticket["attention"]
    return ticket_id, ticket["visits"][1]["id"], expert


async def slots(house: House, visit: str) -> Any:
    """The times of the visit's own."""
    return rows(house, "select slots from visits where id = %s", visit)[0]["slots"]


async def test_a_page_refuses_times_before_the_parts_come_and_says_before_when(
    house: House,
) -> None:
    ticket_id, visit, _ = await waits_for_parts(house)
    path = times_link(house, ticket_id, visit)
    ready = at(12, READY).astimezone(BERLIN)
    page = await look(house, path)
    assert page.count(f'min="{ready.date().isoformat()}"') == 5
    seq = (await rest(house, ticket_id))["seq"]
    early = await send(
        house, path, form_id=uuid4().hex, **typed(1, 8, 18), **typed(3, 8, 13, READY)
    )
    assert early.status_code == 422, early.text
    assert early.text.count("Nobody comes before") == 2
    assert f"{ready:%H:%M}." in early.text
    assert "Thank you" not in early.text
    assert (await rest(house, ticket_id))["seq"] == seq
    some = await send(house, path, form_id=uuid4().hex, **typed(1, 8, 18), **typed(2, 8, 18, READY))
    assert some.status_code == 303, some.text
    ticket = await rest(house, ticket_id)
    assert len(await slots(house, visit)) == 2
    assert "slots_missing" not in ticket["attention"]


async def test_the_api_refuses_them_where_they_leave_the_follow_up_none(house: House) -> None:
    ticket_id, visit, expert = await waits_for_parts(house)
    early, late = between(8, 18, READY - 1), between(8, 18, READY)
    for method, path in (
        ("PUT", f"/tickets/{ticket_id}/slots"),
        ("POST", f"/visits/{visit}/reschedule"),
    ):
        answer = await house.ask("helpdesk", method, path, {"slots": [early], "reason": "Sooner."})
        document = refused(answer, 422, "slot-too-early", "/slots/0")
        assert datetime.fromisoformat(document["evidence"]["not_before"]) == at(12, READY)
    offer = {"windows": [early]}
    answer = await house.ask(expert, "POST", f"/visits/{visit}/proposals", offer)
    document = refused(answer, 422, "windows-too-short", "/windows")
    assert datetime.fromisoformat(document["evidence"]["earliest"]) == at(12, READY)
    assert await slots(house, visit) is None
    times = {"slots": [early, late], "reason": "Later."}
    await house.expect("helpdesk", "PUT", f"/tickets/{ticket_id}/slots", times)
    proposal = await house.expect(
        expert, "POST", f"/visits/{visit}/proposals", {"windows": [early, late]}
    )
    less = {"windows": [early]}
    narrowed = await house.ask(expert, "PATCH", f"/proposals/{proposal['id']}", less)
    assert narrowed.status_code in (409, 422), narrowed.text
    seen = await house.until(ticket_id, "SCHEDULED")
    assert seen["visits"][1]["start"] == at(12, READY).isoformat().replace("+00:00", "Z")
