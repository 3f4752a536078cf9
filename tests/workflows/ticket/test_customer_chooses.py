"""Whose expert cannot come chooses by a link when somebody else does."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from tests.api.web.link.test_pages import look, send, times_link, typed
from tests.house import House
from tests.workflows.company import (
    HOME,
    assignments,
    bare,
    between,
    crew,
    dismiss,
    hire,
    hour,
    proposals,
    rest,
    stands,
    told,
    waiting,
    welcome,
)
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, open_question, policy, shown
from tests.workflows.ticket.test_cannot_arrive import ASK, MORNING, VEHICLE

NEXT = 21


async def asked(house: House) -> tuple[str, str, str, str, str]:
    """A ticket whose customer was asked: its visit, who cannot come, who was not chosen before but
    offers the morning after, and the path of the link."""
    expert, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    async with policy(house, "match_hold", "PT2S", "PT0S"):
        ticket_id, visit = await waiting(house, MORNING, who=welcome(house, *HOME))
    await house.propose(visit, expert, [MORNING])
    await house.propose(visit, other, [between(9, 12, NEXT), between(10, 12)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "cannot_arrive", expert, **VEHICLE)
    question = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    await decide(question, ANA, ASK)
    await question.result()
    return ticket_id, visit, expert, other, await link_of(house, ticket_id)


async def link_of(house: House, ticket_id: str) -> str:
    number = (await house.ticket(ticket_id))["number"]

    def sent() -> str | None:
        for letter in house.letters():
            found = re.search(r"http://\S+(/link/offers/\S+)", letter)
            if found and number in letter:
                return found[1]
        return None

    link: str = await house.soon(sent, "the letter with the link")
    return link


def buttons(page: str) -> dict[str, str]:
    """The times that a page offers, each with what its button sends."""
    known = {}
    for part in re.split('(?=<h2 id="day)', page):
        day = re.match('<h2 id="day[0-9]+">([^<]*)<', part)
        for number, words in re.findall(r'name="option" value="(\w+)">([^<]*)<', part):
            known[f"{words} on {day[1]}" if day and number != "none" else words] = number
    return known


async def happened(house: House, ticket_id: str, first: str) -> list[str]:
    kinds = [e["type"] for e in await house.timeline(ticket_id)]
    kinds = [k for k in kinds if not k.startswith(("notification.", "escalation."))]
    return kinds[kinds.index(first) :]


async def test_a_time_that_the_customer_takes_books_who_can_make_it_in_the_safe_order(
    house: House,
) -> None:
    ticket_id, _, old, other, path = await asked(house)
    page = await look(house, path)
    assert re.search("Our expert cannot come on .*, as was agreed", page)
    assert bare(other) not in page
    offered = buttons(page)
    assert "None of these: look for somebody anew" in offered
    times = [words for words in offered if words.startswith("Take")]
    assert len(times) >= 2
    seq = (await rest(house, ticket_id))["seq"]
    await look(house, path)
    assert (await rest(house, ticket_id))["seq"] == seq, "to look changes nothing"
    last = offered[times[-1]]
    for _ in "12":
        answer = await send(house, path, option=last)
        assert (answer.status_code, answer.headers["location"]) == (303, "?thanks"), answer.text
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (seen["state"], crew(seen)) == ("SCHEDULED", [other])
    assert await happened(house, ticket_id, "expert.assigned") == [
        "expert.assigned",
        "assignment.released",
        "visit.changed",
        "offer.accepted",
    ]
    booked = {a["expert_id"]: a for a in assignments(house, ticket_id)}
    assert booked[bare(old)]["relieved_by"] == booked[bare(other)]["id"]
    page = await look(house, path)
    assert "You took" in page
    assert "Our expert comes on" in page
    assert "<form" not in page
    first = await send(house, path, option=offered[times[0]])
    assert first.status_code == 409
    assert "Things have changed meanwhile" in first.text
    assert [e["state"] for e in await shown(house, ticket_id)] == ["RESOLVED"]


async def test_a_time_that_is_gone_meanwhile_is_refused_in_words_and_the_rest_is_shown(
    house: House,
) -> None:
    ticket_id, _, _, other, path = await asked(house)
    offered = buttons(await look(house, path))
    times = [words for words in offered if words.startswith("Take")]
    dismiss(house, other)
    for gone in [words for words in times if "T" in words]:
        answer = await send(house, path, option=offered[gone])
        assert answer.status_code == 409, answer.text
        assert "This time was taken a moment ago" in answer.text
        left = buttons(answer.text)
        assert gone not in left
        assert "None of these: look for somebody anew" in left
        offered = left
    seen = (await rest(house, ticket_id))["visits"][0]
    assert [a["state"] for a in seen["assignments"]] == ["CANNOT_ARRIVE"]
    again = await send(house, path, option="0")
    assert again.status_code == 409
    form = {"form_id": uuid4().hex, **typed(1, 8, 12, NEXT)}
    assert (await send(house, path, **form)).status_code == 303
    seen = await stands(house, ticket_id, "EMPTY")
    assert (seen["state"], seen["start"]) == ("OPEN", None)


async def test_none_of_the_times_leads_to_a_visit_that_is_matched_anew(house: House) -> None:
    ticket_id, visit, old, _, path = await asked(house)
    for _ in "12":
        answer = await send(house, path, option="none")
        assert (answer.status_code, answer.headers["location"]) == (303, "?thanks"), answer.text
    seen = (await rest(house, ticket_id))["visits"][0]
    [mine] = [p for p in (await proposals(house, visit)).values() if p["expert_id"] == bare(old)]
    assert mine["state"] == "WITHDRAWN"
    assert bare(old) not in str(crew(seen))
    page = await look(house, f"{path}?thanks")
    assert 'name="option"' not in page
    happened_since = await happened(house, ticket_id, "offer.declined")
    assert happened_since.count("visit.released") == 1
    late = await send(house, path, option="0")
    assert late.status_code == 409
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
    await house.until(ticket_id, "CANCELLED")
    for option in ("0", "none", "77", "-1"):
        late = await send(house, path, option=option)
        assert late.status_code in (303, 409, 422), late.text
        assert "The ticket was cancelled" in await look(house, path)


async def test_whoever_said_that_they_cannot_come_is_not_chosen_again_for_that_day(
    house: House,
) -> None:
    ticket_id, _, old, _, path = await asked(house)
    form = {"form_id": uuid4().hex, **typed(1, 8, 12), **typed(2, 8, 12, NEXT)}
    answer = await send(house, path, **form)
    assert answer.status_code == 303, answer.text
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert bare(old) not in str(crew(seen))


async def test_a_visit_whose_expert_breaks_down_on_the_way_moves_to_the_times_of_the_link(
    house: House,
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    soon = {"start": now.isoformat(), "end": (now + timedelta(hours=5)).isoformat()}
    expert, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    async with policy(house, "min_lead", "PT0S", "PT60M"):
        ticket_id, visit = await waiting(house, soon, who=welcome(house, *HOME))
    await house.propose(visit, expert, [soon, between(8, 12, NEXT)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "en_route", expert)
    await house.report(visit, "cannot_arrive", expert, **VEHICLE)
    await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    blocked = (await rest(house, ticket_id))["visits"][0]
    assert blocked["state"] == "BLOCKED"
    path = times_link(house, ticket_id, visit)
    page = await look(house, path)
    assert re.search("Our expert cannot come on .*, as was agreed", page)
    form = {"form_id": uuid4().hex, **typed(1, 8, 12, NEXT)}
    for _ in "12":
        answer = await send(house, path, **form)
        assert (answer.status_code, answer.headers["location"]) == (303, "?thanks"), answer.text
    seen = await stands(house, ticket_id, "EMPTY")
    assert (seen["state"], seen["start"]) == ("OPEN", None)
    assert {p["state"] for p in (await proposals(house, visit)).values()} == {"WITHDRAWN"}
    assert [e["state"] for e in await shown(house, ticket_id)] == ["AUTO_RESOLVED"]
    customer = (await house.ticket(ticket_id))["customer_id"]
    assert await told(house, ticket_id, "visit.cancelled") == [customer]
    await house.propose(visit, other, [between(8, 12, NEXT)])
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert (crew(seen), hour(seen["start"], NEXT)) == ([other], 8)
