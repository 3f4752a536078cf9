"""Whoever is to come cannot: somebody else is sent, or the visit is matched anew."""

import time
from datetime import timedelta
from typing import Any

from tests.house import House
from tests.workflows.company import (
    add,
    after,
    assignments,
    bare,
    between,
    crew,
    hire,
    proposals,
    rest,
    rows,
    stands,
    times,
    told,
    waiting,
)
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    decide,
    details,
    known,
    open_question,
    policy,
    shown,
)

REPLACE, RESCHEDULE, ASK, CANCEL = "1_replace", "2_reschedule", "3_ask_customer", "4_cancel_visit"
MORNING = between(8, 12)
VEHICLE = {"reason": "VEHICLE"}


async def booked(house: House, *skills: str, **visit: Any) -> tuple[str, str, str]:
    """A ticket whose visit is settled, the visit, and who comes."""
    expert = hire(house, *(skills or ("refrigeration",)))
    ticket_id, visit_id = await waiting(house, MORNING, **visit)
    await house.propose(visit_id, expert, [MORNING])
    await house.until(ticket_id, "SCHEDULED")
    return ticket_id, visit_id, expert


async def hindered(house: House) -> tuple[str, str, str, str, Any]:
    """The same, whose expert cannot come: who else could, and the question."""
    ticket_id, visit, expert = await booked(house)
    colleague = hire(house, "refrigeration")
    await house.report(visit, "cannot_arrive", expert, **VEHICLE)
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    return ticket_id, visit, expert, colleague, asked


async def number_of(house: House, asked: Any, expert: str) -> int:
    """The number of a candidate, once the facts are gathered."""

    async def listed() -> Any:
        brief = (await known(asked)).brief
        found = brief.candidates if brief else ()
        return next((c.number for c in found if c.expert_id == bare(expert)), None)

    number: int = await house.soon(listed, "the candidate")
    return number


async def test_a_person_is_asked_within_two_seconds_with_who_could_come_instead(
    house: House,
) -> None:
    ticket_id, visit, expert = await booked(house)
    colleague = hire(house, "refrigeration")
    said = time.monotonic()
    await house.report(visit, "cannot_arrive", expert, **VEHICLE)
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)

    async def gathered() -> Any:
        brief = (await known(asked)).brief
        return brief and [c.expert_id for c in brief.candidates]

    assert bare(colleague) in await house.soon(gathered, "the candidates")
    assert time.monotonic() - said < 2
    assert "says that they cannot come (vehicle)" in await details(asked)
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (seen["state"], crew(seen)) == ("SCHEDULED", [])
    assert [a["state"] for a in seen["assignments"]] == ["CANNOT_ARRIVE"]


async def test_whoever_comes_after_all_ends_the_question(house: House) -> None:
    ticket_id, visit, expert, _, asked = await hindered(house)
    await house.report(visit, "en_route", expert)
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (seen["state"], crew(seen)) == ("EN_ROUTE", [expert])


async def test_the_new_one_is_told_before_the_old_one_is_let_go_and_the_customer_last(
    house: House,
) -> None:
    ticket_id, _, old, new, asked = await hindered(house)
    await decide(asked, ANA, REPLACE, await number_of(house, asked, new))
    assert (await asked.result())["action"] == "replace"
    seen = (await rest(house, ticket_id))["visits"][0]
    assert (seen["state"], crew(seen)) == ("SCHEDULED", [new])
    entries = [e["type"] for e in await house.timeline(ticket_id)]
    happened = [kind for kind in entries if not kind.startswith("notification.")]
    first = happened.index("expert.assigned")
    assert happened[first : first + 3] == [
        "expert.assigned",
        "assignment.released",
        "visit.changed",
    ]
    outbox = rows(
        house,
        """select template, recipient_id, created_at from notifications where ticket_id = %s
        and template in ('expert.assigned', 'assignment.cancelled', 'visit.changed')
        order by created_at""",
        ticket_id,
    )
    assert [(n["template"], n["recipient_id"]) for n in outbox] == [
        ("expert.assigned", bare(new)),
        ("assignment.cancelled", bare(old)),
        ("visit.changed", (await house.ticket(ticket_id))["customer_id"]),
    ]
    assert len({n["created_at"] for n in outbox}) == 3, "each was written before the next"
    booked_at = {a["expert_id"]: a for a in assignments(house, ticket_id)}
    assert booked_at[bare(old)]["relieved_by"] == booked_at[bare(new)]["id"]
    assert booked_at[bare(old)]["state"] == "RELEASED"


async def test_where_nobody_else_could_come_it_is_matched_anew_without_a_person(
    house: House,
) -> None:
    """Of level 5 there is nobody beside those whom the test hires."""
    expert = hire(house, "refrigeration", level=5)
    ticket_id, first = await waiting(house, MORNING)
    second = await add(house, ticket_id, positions=[{"skill": "refrigeration", "min_level": 5}])
    await house.propose(first, hire(house, "refrigeration"), [MORNING])
    await house.propose(second, expert, [MORNING])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(second, "cannot_arrive", expert, **VEHICLE)
    seen = await stands(house, ticket_id, "EMPTY", 1)
    assert (seen["state"], seen["start"]) == ("OPEN", None)
    assert await shown(house, ticket_id) == []
    released = [e for e in await house.timeline(ticket_id) if e["type"] == "visit.released"]
    assert [(e["data"]["visit_id"], e["data"]["reason"]) for e in released] == [
        (second, "cannot_arrive")
    ]
    states = {p["expert_id"]: p["state"] for p in (await proposals(house, second)).values()}
    assert states[bare(expert)] == "WITHDRAWN"


async def test_where_no_time_is_left_nobody_is_asked_either(house: House) -> None:
    async with policy(house, "replacement_min_lead", "P60D", "PT30M"):
        ticket_id, visit, expert = await booked(house)
    hire(house, "refrigeration")
    await house.report(visit, "cannot_arrive", expert, **VEHICLE)
    seen = await stands(house, ticket_id, "EMPTY")
    assert seen["state"] == "OPEN"
    assert await shown(house, ticket_id) == []
    [told_so] = await told(house, ticket_id, "visit.cancelled")
    assert told_so == (await house.ticket(ticket_id))["customer_id"]


async def test_a_question_that_nobody_answered_in_time_is_answered_by_rescheduling(
    house: House,
) -> None:
    async with policy(house, "replacement_min_lead", "P10D", "PT30M"):
        ticket_id, _, _, _, asked = await hindered(house)
    # Ten days before the morning, at whatever hour of a day it is now.
    await house.later(ticket_id, timedelta(days=11))
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    assert (await stands(house, ticket_id, "EMPTY"))["state"] == "OPEN"


async def test_a_visit_that_is_rescheduled_is_open_again_and_its_customer_told(
    house: House,
) -> None:
    ticket_id, _, expert, _, asked = await hindered(house)
    await decide(asked, ANA, RESCHEDULE)
    await asked.result()
    seen = await stands(house, ticket_id, "EMPTY")
    assert (seen["state"], crew(seen)) == ("OPEN", [])
    customer = (await house.ticket(ticket_id))["customer_id"]
    assert await told(house, ticket_id, "visit.cancelled") == [customer]
    assert await told(house, ticket_id, "assignment.cancelled") == [bare(expert)]


async def test_the_customer_is_asked_first_and_if_they_stay_silent_the_next_level(
    house: House,
) -> None:
    ticket_id, _, _, _, asked = await hindered(house)
    await decide(asked, ANA, ASK)
    await asked.result()
    seen = await rest(house, ticket_id)
    assert await told(house, ticket_id, "visit.choice_offered") == [seen["customer_id"]]
    assert [e["state"] for e in await shown(house, ticket_id)] == ["RESOLVED"]
    assert seen["visits"][0]["state"] == "SCHEDULED"
    assert await house.later(ticket_id, timedelta(hours=3, minutes=59))
    assert [e["state"] for e in await shown(house, ticket_id)] == ["RESOLVED"]
    await house.later(ticket_id, timedelta(minutes=2))
    again = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    assert (await known(again)).level == 2


async def test_of_whose_visit_nobody_can_say_a_time_the_customer_is_asked_for_theirs(
    house: House,
) -> None:
    """Two of a crew cannot come: whom to send then is no question of one time."""
    one, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, first = await waiting(house, MORNING)
    crew_of_two = [{"skill": "refrigeration"}, {"skill": "refrigeration"}]
    second = await add(house, ticket_id, positions=crew_of_two)
    await house.propose(second, one, [MORNING])
    await house.propose(second, other, [MORNING])
    await house.propose(first, hire(house, "refrigeration"), [MORNING])
    await house.until(ticket_id, "SCHEDULED")
    for _ in "12":
        hire(house, "refrigeration")
    await house.report(second, "cannot_arrive", one, **VEHICLE)
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 2)
    await house.report(second, "cannot_arrive", other, **VEHICLE)
    await decide(asked, ANA, ASK)
    await asked.result()
    seen = await rest(house, ticket_id)
    assert await told(house, ticket_id, "visit.times_asked") == [seen["customer_id"]]
    assert await told(house, ticket_id, "visit.choice_offered") == []


async def test_one_visit_is_called_off_and_what_had_to_follow_it_is_matched_anew(
    house: House,
) -> None:
    expert, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, first = await waiting(house)
    second = await add(house, ticket_id, "refrigeration", **after(first, most="PT4H"))
    await house.propose(first, expert, [MORNING])
    await house.propose(second, other, [MORNING])
    await times(house, ticket_id, MORNING)
    await house.until(ticket_id, "SCHEDULED")
    await house.report(first, "cannot_arrive", expert, **VEHICLE)
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    assert "matched anew: visit 2" in await details(asked)
    await decide(asked, ANA, CANCEL)
    await asked.result()
    seen = await rest(house, ticket_id)
    assert [v["state"] for v in seen["visits"]] == ["CANCELLED", "SCHEDULED"]
    assert crew(seen["visits"][1]) == [other]
    assert bare(expert) in await told(house, ticket_id, "assignment.cancelled")


async def test_with_its_last_visit_a_ticket_is_given_up(house: House) -> None:
    ticket_id, _, expert, _, asked = await hindered(house)
    await decide(asked, ANA, CANCEL)
    await asked.result()
    seen = await house.until(ticket_id, "CANCELLED")
    assert await told(house, ticket_id, "ticket.cancelled") == [seen["customer_id"]]
    assert await told(house, ticket_id, "assignment.cancelled") == [bare(expert)]


async def test_whoever_takes_their_selected_offer_back_cannot_come(house: House) -> None:
    ticket_id, visit, expert = await booked(house)
    hire(house, "refrigeration")
    [offer] = await proposals(house, visit)
    await house.expect(expert, "DELETE", f"/proposals/{offer}")
    asked = await open_question(house, ticket_id, "CANNOT_ARRIVE", 1)
    seen = (await rest(house, ticket_id))["visits"][0]
    assert [a["state"] for a in seen["assignments"]] == ["CANNOT_ARRIVE"]
    await decide(asked, ANA, RESCHEDULE)
    await asked.result()
    assert (await stands(house, ticket_id, "EMPTY"))["state"] == "OPEN"


async def test_the_letters_go_out_in_that_order_too(house: House) -> None:
    ticket_id, visit, old, new, asked = await hindered(house)
    number = await number_of(house, asked, new)
    await decide(asked, ANA, REPLACE, number)
    await asked.result()

    async def sent() -> Any:
        found = rows(
            house,
            """select n.template, n.recipient_id, d.sent_at from notifications n
            join deliveries d on d.notification_id = n.id and d.state = 'SENT'
            where n.ticket_id = %s and (n.facts ->> 'visit_id') = %s
            and n.template in ('expert.assigned', 'assignment.cancelled', 'visit.changed')
            order by d.sent_at""",
            ticket_id,
            visit,
        )
        return found if len(found) > 2 else None

    letters = await house.soon(sent, "the three letters")
    customer = (await house.ticket(ticket_id))["customer_id"]
    assert [n["recipient_id"] for n in letters] == [bare(new), bare(old), customer]
