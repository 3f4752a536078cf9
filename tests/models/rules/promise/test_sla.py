"""The clocks of a ticket: what is promised, what waits for the customer, and verdicts that stay."""

from datetime import UTC, datetime, timedelta

import pytest

from models.calendar import Window
from models.field import FactKind
from models.matching.offer import OfferedTimes, OfferedVisit
from models.messages.escalation import RequestPayment
from models.messages.matching import AcceptOffer, OfferSlots
from models.messages.ticket import CancelTicket, ChangeSlots, ReopenTicket
from models.promise.policy import NORMAL, URGENT
from models.promise.sla import (
    ClockState,
    ServiceLevel,
    Targets,
)
from models.rules.escalation import doubts
from models.rules.matching import rescheduling
from models.rules.promise.counting import elapsed, state_at
from models.rules.promise.coverage import HeldPlan, SubscriptionStatus
from models.rules.promise.sla import clocked, overall, promised_anew, service_level
from models.rules.ticket import closing, offering
from models.rules.visit import fieldwork, opening
from models.ticket import Coverage, Ticket, Urgency
from tests.models.rules.promise.hours import CHICAGO, OFFICE
from tests.models.rules.stories import (
    BY_CUSTOMER,
    HELPDESK,
    HOUR,
    LENGTH,
    NOW,
    VISIT,
    admitted,
    after,
    between,
    fact,
    scheduled,
    with_filing,
    with_promise,
)

DAY = timedelta(days=1)
ALWAYS = ServiceLevel(schedule=8 * HOUR, onsite=40 * HOUR, resolve=60 * HOUR)
S = ClockState


# What is promised.


def plan(**targets: Targets) -> HeldPlan:
    return HeldPlan(
        plan_id="p",
        status=SubscriptionStatus.ACTIVE,
        categories=None,
        included_visits=1,
        price=1,
        sla={Urgency(urgency): found for urgency, found in targets.items()},
    )


def test_a_plan_may_promise_more_than_the_policies_for_an_urgency() -> None:
    better = plan(normal=Targets(onsite=3 * HOUR))
    mine = service_level(Urgency.NORMAL, NORMAL, better, OFFICE)
    assert (mine.schedule, mine.onsite) == (NORMAL.sla_schedule, 3 * HOUR)
    urgent = service_level(Urgency.URGENT, URGENT, better, OFFICE)
    assert urgent.onsite == URGENT.sla_onsite


def test_urgent_clocks_run_day_and_night() -> None:
    assert service_level(Urgency.NORMAL, NORMAL, None, OFFICE).hours == OFFICE
    assert service_level(Urgency.URGENT, URGENT, None, OFFICE).hours is None


# A ticket's clocks.


def promised(ticket: Ticket, now: datetime = NOW) -> Ticket:
    return clocked(with_promise(ticket, service=ALWAYS), now)


def states(ticket: Ticket, now: datetime, round_: int = 1) -> list[ClockState]:
    return [state_at(c, now) for c in ticket.promise.clocks if c.round == round_]


def due(ticket: Ticket) -> dict[str, datetime | None]:
    return {c.name.value: c.due_at for c in ticket.promise.clocks if c.round == ticket.round}


def test_a_new_ticket_has_three_clocks_and_nobody_is_late_before_the_customer_is_home() -> None:
    ticket = promised(admitted())
    assert due(ticket) == {
        "schedule": NOW + 8 * HOUR,
        # The customer's first time is in 24 hours.
        "onsite": NOW + 64 * HOUR,
        "resolve": NOW + 84 * HOUR,
    }
    assert states(ticket, NOW) == [S.RUNNING, S.PAUSED, S.PAUSED]
    assert states(ticket, NOW + 25 * HOUR) == [S.BREACHED, S.RUNNING, S.RUNNING]


def test_a_ticket_without_a_promise_has_no_clocks() -> None:
    assert clocked(admitted(), NOW).promise.clocks == ()


def test_without_times_every_clock_waits_for_the_customer_and_goes_on_when_they_name_some() -> None:
    ticket = promised(with_filing(admitted(), slots=()))
    assert due(ticket) == {"schedule": None, "onsite": None, "resolve": None}
    change = ChangeSlots(slots=(between(26, 30),), by=BY_CUSTOMER)
    ticket = clocked(rescheduling.with_slots(ticket, change, NOW + 2 * HOUR), NOW + 2 * HOUR)
    assert due(ticket)["schedule"] == NOW + 10 * HOUR
    assert due(ticket)["onsite"] == NOW + 66 * HOUR


def test_a_finalised_ticket_has_met_its_first_clock_however_late_the_customer_chose() -> None:
    ticket = promised(admitted())
    booked = with_promise(scheduled(), service=ALWAYS, clocks=ticket.promise.clocks)
    kept = clocked(booked, NOW + HOUR)
    assert states(kept, NOW + 90 * DAY)[0] is S.MET
    assert kept.promise.clocks[0].judged_at == NOW + HOUR
    assert kept.promise.clocks[0].due_at == NOW + 8 * HOUR


def test_an_expert_is_on_site_when_they_say_they_were_not_when_their_phone_had_a_network() -> None:
    ticket = promised(scheduled())
    there = fact(FactKind.ON_SITE, at=NOW + 60 * HOUR)
    told, _ = fieldwork.reported(ticket, there, NOW + 70 * HOUR)
    kept = clocked(told, NOW + 70 * HOUR)
    assert states(kept, NOW + 70 * HOUR)[1] is S.MET
    assert kept.promise.clocks[1].judged_at == NOW + 60 * HOUR


def test_a_breach_is_an_event_once_and_stays_one_whatever_happens_later() -> None:
    ticket = promised(admitted())
    late = clocked(ticket, NOW + 9 * HOUR)
    [breach] = [e for e in late.news if e.type == "sla.breached"]
    due_at = (NOW + 8 * HOUR).isoformat()
    assert breach.data == {"clock": "schedule", "round": 1, "due": due_at}
    assert breach.occurred_at == NOW + 8 * HOUR
    booked = with_promise(scheduled(), service=ALWAYS, clocks=late.promise.clocks)
    again = clocked(booked, NOW + 10 * HOUR)
    assert states(again, NOW + 10 * HOUR)[0] is S.BREACHED
    assert not [e for e in again.news if e.type == "sla.breached"]


def test_nothing_changes_while_nothing_happens() -> None:
    ticket = promised(admitted())
    assert clocked(ticket, NOW + HOUR) is ticket


def test_a_customer_who_was_asked_to_pay_stops_the_clocks_until_they_should_have_paid() -> None:
    ticket = promised(admitted(Coverage.NOT_COVERED))
    later = NOW + HOUR
    asked = clocked(doubts.payment_requested(ticket, RequestPayment(by=HELPDESK), later), later)
    assert due(asked)["schedule"] == later + NORMAL.payment_wait + 7 * HOUR
    assert states(asked, later + DAY)[0] is S.PAUSED
    assert states(asked, later + NORMAL.payment_wait + HOUR)[0] is S.RUNNING


def test_another_plan_swaps_the_target_and_keeps_what_was_counted() -> None:
    ticket = promised(admitted())
    better = ALWAYS.but(schedule=5 * HOUR)
    swapped = promised_anew(ticket, better, NOW + 2 * HOUR)
    assert due(swapped)["schedule"] == NOW + 5 * HOUR
    assert elapsed(swapped.promise.clocks[0], None, NOW + 3 * HOUR) == 3 * HOUR


def test_a_zone_that_is_known_later_counts_its_hours_from_then_on() -> None:
    # NOW is a Monday, 02:00 in Chicago.
    ticket = promised(admitted())
    mended = promised_anew(ticket, ALWAYS.but(hours=OFFICE), NOW + HOUR)
    assert due(mended)["schedule"] == datetime(2026, 3, 2, 17, tzinfo=CHICAGO).astimezone(UTC)


def test_what_ran_out_before_a_better_promise_stays_a_breach() -> None:
    late = promised_anew(promised(admitted()), ALWAYS.but(schedule=20 * HOUR), NOW + 9 * HOUR)
    assert states(late, NOW + 9 * HOUR)[0] is S.BREACHED


def test_a_time_that_the_customer_took_from_an_offer_is_their_choice() -> None:
    ticket = promised(admitted())
    later = Window(start=NOW + 480 * HOUR, end=NOW + 480 * HOUR + LENGTH)
    times = OfferedTimes(visits=(OfferedVisit(visit_id=VISIT, window=later),))
    offer = OfferSlots(offer_id="off_1", options=(times,), by=HELPDESK)
    asked = clocked(offering.slots_offered(ticket, offer, NOW + HOUR), NOW + HOUR)
    assert states(asked, NOW + HOUR) == [S.PAUSED] * 3
    answer = AcceptOffer(offer_id="off_1", option=0, by=BY_CUSTOMER)
    taken = clocked(offering.accepted(asked, answer, NOW + 2 * HOUR), NOW + 2 * HOUR)
    assert states(taken, NOW + 2 * HOUR)[0] is S.RUNNING
    assert due(taken)["onsite"] == later.start + 40 * HOUR


def test_an_offer_that_nobody_answers_stops_the_clocks_until_it_is_over() -> None:
    ticket = promised(admitted())
    times = OfferedTimes(visits=(OfferedVisit(visit_id=VISIT, window=between(26, 28)),))
    offer = OfferSlots(offer_id="off_1", options=(times,), by=HELPDESK)
    asked = clocked(offering.slots_offered(ticket, offer, NOW + HOUR), NOW + HOUR)
    over = NOW + HOUR + NORMAL.accept_link_ttl
    assert due(asked)["schedule"] == over + 7 * HOUR
    assert states(asked, over + HOUR)[0] is S.RUNNING


def test_a_payment_that_was_asked_for_while_nothing_was_known_pauses_no_refused_ticket() -> None:
    ticket = promised(admitted(Coverage.UNKNOWN))
    ticket = doubts.payment_requested(ticket, RequestPayment(by=HELPDESK), NOW)
    refused = clocked(with_promise(ticket, coverage=Coverage.NOT_COVERED), NOW + HOUR)
    assert states(refused, NOW + HOUR)[0] is S.RUNNING


def test_the_work_is_done_when_it_was_not_when_the_report_came() -> None:
    ticket, done = promised(scheduled()), NOW + 80 * HOUR
    for kind in (FactKind.ON_SITE, FactKind.STARTED, FactKind.COMPLETED):
        ticket, _ = fieldwork.reported(ticket, fact(kind, at=done), NOW + 99 * HOUR)
    kept = clocked(ticket, NOW + 99 * HOUR)
    assert (states(kept, NOW + 99 * HOUR)[2], kept.promise.clocks[2].judged_at) == (S.MET, done)


def test_a_cancelled_ticket_has_no_running_clock() -> None:
    ticket = clocked(
        closing.cancelled(promised(admitted()), CancelTicket(by=BY_CUSTOMER), NOW), NOW
    )
    assert states(ticket, NOW + 90 * DAY) == [S.CANCELLED] * 3


def test_another_round_has_clocks_of_its_own_and_the_old_ones_keep_their_verdict() -> None:
    done = NOW + DAY + HOUR
    work = (FactKind.ON_SITE, FactKind.STARTED, FactKind.COMPLETED)
    ticket = clocked(after(promised(scheduled()), *work, at=done), done)
    assert states(ticket, done) == [S.MET] * 3
    back = done + HOUR
    command = ReopenTicket(slots=(Window(start=back + HOUR, end=back + 9 * HOUR),), by=BY_CUSTOMER)
    ticket = closing.reopened(ticket, command, *opening.next_ids(ticket), back)
    ticket = clocked(ticket, back)
    assert states(ticket, back) == [S.MET] * 3
    assert states(ticket, back, round_=2) == [S.RUNNING, S.PAUSED, S.PAUSED]
    assert due(ticket)["schedule"] == back + 8 * HOUR


@pytest.mark.parametrize(
    ("found", "together"),
    [
        ([S.MET, S.RUNNING, S.BREACHED], S.BREACHED),
        ([S.MET, S.PAUSED, S.RUNNING], S.RUNNING),
        ([S.MET, S.PAUSED, S.PAUSED], S.PAUSED),
        ([S.MET, S.CANCELLED, S.CANCELLED], S.CANCELLED),
        ([S.MET, S.MET, S.MET], S.MET),
    ],
)
def test_together_the_clocks_say_the_worst(found: list[ClockState], together: ClockState) -> None:
    assert overall(found) is together
