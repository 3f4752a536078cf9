"""Whoever tries what a link is not for gets a page in words, and changes nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.api.web.link.test_pages import look, mine, send, times_link, typed
from tests.house import House
from tests.workflows.company import DAY, between, hire, rest
from tests.workflows.company import parting as parting
from tests.workflows.ticket.test_customer_chooses import asked


async def test_a_link_of_a_choice_that_is_forged_over_or_anothers_changes_nothing(
    house: House,
) -> None:
    ticket_id, _, _, _, path = await asked(house)
    other, others_visit = await mine(house, between(8, 12))
    seq = (await rest(house, ticket_id))["seq"]
    links, now = house.services.offers, datetime.now(UTC)
    offer_id = links.named(path.rpartition("/")[2])
    assert offer_id is not None
    over = links.token(ticket_id, offer_id.of, now - timedelta(seconds=1))
    elsewhere = links.token(other, offer_id.of, now + timedelta(hours=1))
    for form in ({"option": "0"}, {"option": "none"}):
        forged = await send(house, f"{path[:-2]}xx", **form)
        assert forged.status_code == 404, forged.text
        assert "This link does not work" in forged.text
        late = await send(house, f"/link/offers/{over}", **form)
        assert late.status_code == 410, late.text
        assert "nothing was booked by this link" in late.text
        strange = await send(house, f"/link/offers/{elsewhere}", **form)
        assert strange.status_code in (404, 409), strange.text
        assert "application/problem+json" not in strange.headers["content-type"]
    for option in ("99", "-1", "x", "0x0", "9" * 500, "None"):
        odd = await send(house, path, option=option)
        assert odd.status_code == 422, odd.text
        assert "text/html" in odd.headers["content-type"]
    theirs = times_link(house, ticket_id, others_visit)
    assert (await send(house, theirs, **typed(1, 8, 12))).status_code == 404
    assert (await rest(house, ticket_id))["seq"] == seq
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    for form in ({"option": "0"}, {"option": "none"}, typed(1, 8, 12, DAY)):
        late = await send(house, path, **form)
        assert late.status_code in (409, 422), late.text
        assert "The ticket was cancelled" in late.text
    assert "The ticket was cancelled" in await look(house, path)
    await house.expect("helpdesk", "POST", f"/tickets/{other}/cancel", {})


async def test_the_page_says_until_when_times_are_taken_and_after_what(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await mine(house, between(8, 18))
    await house.propose(visit, expert, [between(8, 18)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "started", expert)
    needs: dict[str, Any] = {"reason": "NEEDS_PARTS", "parts_eta": between(8, 9, 30)["start"]}
    await house.report(visit, "incomplete", expert, **needs)
    follow_up = (await rest(house, ticket_id))["visits"][1]["id"]
    path = times_link(house, ticket_id, follow_up)
    page = await look(house, path)
    assert "You can name times here until" in page
    assert "What the work needs is expected on" in page
    answer = await send(house, path, form_id=uuid4().hex, **typed(1, 9, 12, 31))
    assert answer.status_code == 303, answer.text
    assert "What the work needs is expected on" in await look(house, f"{path}?thanks")
