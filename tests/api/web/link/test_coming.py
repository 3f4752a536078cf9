"""A page for somebody who does not open, and is on their way to the door."""

import re
from datetime import UTC, datetime
from uuid import uuid4

from temporal.links import Door
from tests.api.web.link.test_pages import BERLIN, TO_COME, look, mine, send
from tests.house import House
from tests.workflows.company import between, hire, rest
from tests.workflows.company import parting as parting


async def test_who_comes_to_the_door_says_so_by_a_button_and_the_expert_waits(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await mine(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 12)])
    await house.until(ticket_id, "SCHEDULED")
    until = datetime.now(UTC) + TO_COME
    token = house.services.visit_links.token(Door.COMING, ticket_id, visit, until)
    path = f"/link/coming/{token}"
    page = await look(house, path)
    assert "Nobody waits at your door now." in page
    assert "<form" not in page
    early = await send(house, path)
    assert early.status_code == 409
    await house.report(visit, "on_site", expert)
    tried = [{"channel": "phone", "at": datetime.now(UTC).isoformat()}]
    await house.report(visit, "cannot_enter", expert, contact_attempts=tried)
    number = (await house.ticket(ticket_id))["number"]

    def sent() -> bool:
        letters = (letter for letter in house.letters() if number in letter)
        return any("/link/coming/" in letter for letter in letters)

    await house.soon(sent, "the letter with the link")
    seq = (await rest(house, ticket_id))["seq"]
    page = await look(house, path)
    assert "Our expert is at your door" in page
    until = re.search("Our expert waits until ([0-9]{2}:[0-9]{2})", page)
    assert until is not None
    clocks = (await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}/timers"))["timers"]
    [waits] = [c["due_at"] for c in clocks if c["name"] == "door_wait"]
    assert until[1] == f"{datetime.fromisoformat(waits).astimezone(BERLIN):%H:%M}"
    assert any("They wait until" in letter and number in letter for letter in house.letters())
    assert (await rest(house, ticket_id))["seq"] == seq
    form = {"form_id": uuid4().hex}
    for _ in "12":
        answer = await send(house, path, **form)
        assert (answer.status_code, answer.headers["location"]) == (303, "?thanks"), answer.text
    for again in ("?thanks", ""):
        page = await look(house, f"{path}{again}")
        assert "our expert knows that you are coming" in page
        assert re.search("You said at [0-9]{2}:[0-9]{2} that you are coming", page)
        assert "Our expert waits until" in page
        assert "Nobody opened" not in page
        assert "<form" not in page
    happened = [e["type"] for e in await house.timeline(ticket_id)]
    assert happened.count("visit.customer_coming") == 1
    await house.report(visit, "started", expert)
    assert "Our expert is with you." in await look(house, f"{path}?thanks")
