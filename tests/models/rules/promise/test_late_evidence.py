"""A breach is provisional for a day: a report that comes late of what happened in time mends it."""

from datetime import datetime, timedelta

import pytest

from models.field import FactKind
from models.promise.sla import Clock, ClockName, ClockState, ServiceLevel
from models.rules.promise.counting import is_provisional
from models.rules.promise.sla import clocked
from models.rules.visit import correcting, fieldwork
from models.ticket import Ticket
from tests.models.rules.stories import (
    ANNA,
    HOUR,
    HOUSE,
    NOW,
    UNHURRIED,
    admitted,
    after,
    fact,
    scheduled,
    with_promise,
    written,
)

SERVICE = ServiceLevel(schedule=8 * HOUR, onsite=40 * HOUR, resolve=60 * HOUR)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
C, S, K = ClockName, ClockState, FactKind
ONSITE_DUE, RESOLVE_DUE = NOW + 64 * HOUR, NOW + 84 * HOUR


def late() -> Ticket:
    """Booked in time; nobody has reported that they are there, and they should be."""
    return clocked(with_promise(scheduled(), service=SERVICE), NOW).but(news=())


def overdue(now: datetime = ONSITE_DUE) -> Ticket:
    return clocked(late(), now)


def clock(ticket: Ticket, name: ClockName = C.ONSITE) -> Clock:
    return next(c for c in ticket.promise.clocks if (c.name, c.round) == (name, ticket.round))


def told(
    ticket: Ticket, kind: FactKind, at: datetime, heard: datetime, received: datetime | None = None
) -> Ticket:
    """The ticket that hears, at a time, of what happened at another; it came to us at a third."""
    report = fact(kind, at=at).model_copy(update={"received_at": received})
    ticket, _ = fieldwork.reported(ticket, report, heard)
    return clocked(ticket, heard)


def test_a_breach_is_provisional_for_the_grace_and_final_from_then_on() -> None:
    breached = clock(overdue())
    assert (breached.verdict, breached.final_at) == (S.BREACHED, ONSITE_DUE + DAY)
    assert is_provisional(breached, ONSITE_DUE + DAY - SECOND)
    assert not is_provisional(breached, ONSITE_DUE + DAY)


def test_how_long_is_a_policy() -> None:
    hasty = late().but(policies=UNHURRIED.but(evidence_grace=HOUR))
    assert clock(clocked(hasty, ONSITE_DUE)).final_at == ONSITE_DUE + HOUR


def test_only_a_breach_is_provisional_and_one_that_nobody_noticed_yet_is_too() -> None:
    running = clock(late())
    assert not is_provisional(running, ONSITE_DUE - SECOND)
    assert is_provisional(running, ONSITE_DUE)
    met = clock(told(late(), K.ON_SITE, ONSITE_DUE, ONSITE_DUE))
    assert (met.verdict, is_provisional(met, ONSITE_DUE)) == (S.MET, False)


def test_a_report_that_comes_within_the_grace_and_was_in_time_restates_the_verdict() -> None:
    before, heard = overdue(), ONSITE_DUE + DAY - SECOND
    mended = told(before, K.ON_SITE, ONSITE_DUE, heard)
    kept = clock(mended)
    assert (kept.verdict, kept.judged_at, kept.restated) == (S.MET, ONSITE_DUE, True)
    assert (kept.final_at, kept.happened_at) == (None, None)
    facts = {"clock": "onsite", "round": 1, "cause": "late_evidence"}
    assert ("sla.restated", HOUSE, facts) in written(mended, before)
    [event] = [e for e in mended.news if e.type == "sla.restated"]
    assert (event.occurred_at, event.recorded_at) == (ONSITE_DUE, heard)
    again = clocked(mended, heard + HOUR)
    assert [e.type for e in again.news].count("sla.restated") == 1


def test_one_that_comes_when_the_verdict_is_final_changes_nothing() -> None:
    final = told(overdue(), K.ON_SITE, ONSITE_DUE - HOUR, ONSITE_DUE + DAY)
    assert clock(final).verdict is S.BREACHED
    assert "sla.restated" not in {e.type for e in final.news}
    assert clock(final).happened_at == ONSITE_DUE - HOUR


def test_one_of_what_happened_too_late_changes_nothing() -> None:
    at = ONSITE_DUE + SECOND
    after_all = told(overdue(), K.ON_SITE, at, at)
    assert (clock(after_all).verdict, clock(after_all).happened_at) == (S.BREACHED, at)
    assert clock(after_all).final_at == ONSITE_DUE + DAY


def test_what_counts_is_when_it_came_to_us_and_not_when_the_ticket_heard_of_it() -> None:
    heard = ONSITE_DUE + 3 * DAY
    left_for_us = told(overdue(), K.ON_SITE, ONSITE_DUE, heard, ONSITE_DUE + DAY - SECOND)
    assert clock(left_for_us).verdict is S.MET
    too_late = told(overdue(), K.ON_SITE, ONSITE_DUE, heard, ONSITE_DUE + DAY)
    assert clock(too_late).verdict is S.BREACHED


def test_a_second_report_that_comes_when_it_is_final_takes_nothing_from_the_first() -> None:
    heard = ONSITE_DUE + HOUR
    mended = told(overdue(), K.ON_SITE, ONSITE_DUE, heard)
    later = told(mended, K.STARTED, ONSITE_DUE + HOUR, heard + 3 * DAY)
    assert clock(later).verdict is S.MET


def test_somebody_who_was_there_late_can_still_turn_out_to_have_been_there_in_time() -> None:
    started = told(overdue(), K.STARTED, ONSITE_DUE + HOUR, ONSITE_DUE + HOUR)
    assert clock(started).verdict is S.BREACHED
    mended = told(started, K.ON_SITE, ONSITE_DUE - HOUR, ONSITE_DUE + 2 * HOUR)
    assert (clock(mended).verdict, clock(mended).judged_at) == (S.MET, ONSITE_DUE - HOUR)


@pytest.mark.parametrize(
    ("received", "verdict"), [(RESOLVE_DUE + DAY - SECOND, S.MET), (RESOLVE_DUE + DAY, S.BREACHED)]
)
def test_work_that_was_done_in_time_is_shown_by_the_report_that_it_was(
    received: datetime, verdict: ClockState
) -> None:
    there = after(late(), K.ON_SITE, K.STARTED, at=RESOLVE_DUE - HOUR)
    breached = clocked(there, RESOLVE_DUE)
    assert clock(breached, C.RESOLVE).verdict is S.BREACHED
    done = told(breached, K.COMPLETED, RESOLVE_DUE, RESOLVE_DUE + 5 * DAY, received)
    assert clock(done, C.RESOLVE).verdict is verdict


def test_of_when_a_visit_was_booked_nobody_reports() -> None:
    breached = clocked(with_promise(admitted(), service=SERVICE), NOW + 8 * HOUR)
    booked = with_promise(scheduled(), service=SERVICE, clocks=breached.promise.clocks)
    settled = clocked(booked, NOW + 9 * HOUR)
    assert clock(settled, C.SCHEDULE).verdict is S.BREACHED
    assert clock(settled, C.SCHEDULE).happened_at == NOW + 9 * HOUR


def test_an_implausible_report_mends_nothing_before_somebody_has_looked() -> None:
    hurried = late().but(policies=UNHURRIED.but(longest_work=HOUR))
    breached = clocked(after(hurried, K.STARTED, at=RESOLVE_DUE - 2 * HOUR), RESOLVE_DUE)
    done = told(breached, K.COMPLETED, RESOLVE_DUE, RESOLVE_DUE + HOUR)
    assert clock(done, C.RESOLVE).verdict is S.BREACHED
    looked = done.but(policies=UNHURRIED)
    assert clock(clocked(looked, RESOLVE_DUE + 2 * HOUR), C.RESOLVE).verdict is S.MET


def test_a_clock_judged_before_there_was_a_grace_is_final() -> None:
    known = overdue()
    old = tuple(c.but(final_at=None) for c in known.promise.clocks)
    known = known.but(promise=known.promise.but(clocks=old))
    assert not is_provisional(clock(known), ONSITE_DUE)
    assert clock(told(known, K.ON_SITE, ONSITE_DUE, ONSITE_DUE + HOUR)).verdict is S.BREACHED


# What a sender takes back was never said.


def taken_back(ticket: Ticket, kind: FactKind, now: datetime) -> Ticket:
    name = f"{ANNA}-{kind}"
    report = fact(kind, at=now, name=f"{name}-back").model_copy(update={"corrects": name})
    ticket, _ = correcting.withdrawn(ticket, report, now)
    return clocked(ticket, now)


def test_a_verdict_by_a_report_that_was_taken_back_is_none() -> None:
    at = NOW + 30 * HOUR
    unmistaken = late().but(policies=UNHURRIED.but(correction_window=HOUR))
    met = told(unmistaken, K.ON_SITE, at, at)
    assert clock(met).verdict is S.MET
    waiting = taken_back(met, K.ON_SITE, at + SECOND)
    assert (clock(waiting).verdict, clock(waiting).judged_at) == (None, None)
    assert clock(waiting).due_at == ONSITE_DUE
    assert clock(clocked(waiting, ONSITE_DUE)).verdict is S.BREACHED


def test_what_another_report_says_too_stays_as_it_was_judged() -> None:
    at = NOW + 30 * HOUR
    unmistaken = late().but(policies=UNHURRIED.but(correction_window=HOUR))
    both = told(told(unmistaken, K.ON_SITE, at, at), K.STARTED, at, at)
    assert clock(taken_back(both, K.STARTED, at)).verdict is S.MET


def test_a_mended_breach_is_one_again_if_its_evidence_is_taken_back() -> None:
    unmistaken = overdue().but(policies=UNHURRIED.but(correction_window=2 * HOUR))
    mended = told(unmistaken, K.ON_SITE, ONSITE_DUE, ONSITE_DUE + HOUR)
    again = taken_back(mended, K.ON_SITE, ONSITE_DUE + HOUR + SECOND)
    assert (clock(again).verdict, clock(again).restated) == (S.BREACHED, False)
    assert [e.type for e in again.news].count("sla.breached") == 2


def test_what_happened_after_all_and_was_taken_back_has_not_happened() -> None:
    at = ONSITE_DUE + HOUR
    unmistaken = overdue().but(policies=UNHURRIED.but(correction_window=HOUR))
    came = told(unmistaken, K.ON_SITE, at, at)
    assert clock(came).happened_at == at
    assert clock(taken_back(came, K.ON_SITE, at)).happened_at is None


def test_an_arrival_in_time_that_comes_after_work_ended_undone_restates_the_verdict() -> None:
    left = told(overdue(), K.INCOMPLETE, ONSITE_DUE + HOUR, ONSITE_DUE + HOUR)
    assert clock(left).verdict is S.BREACHED
    mended = told(left, K.ON_SITE, ONSITE_DUE - HOUR, ONSITE_DUE + 2 * HOUR)
    assert (clock(mended).verdict, clock(mended).judged_at) == (S.MET, ONSITE_DUE - HOUR)


def at_work() -> Ticket:
    """Begun in time; what is reported may be taken back."""
    patient = late().but(policies=UNHURRIED.but(correction_window=HOUR))
    return told(patient, K.STARTED, ONSITE_DUE - 2 * HOUR, ONSITE_DUE - 2 * HOUR)


def test_work_that_had_ended_undone_before_it_was_called_done_is_not_resolved() -> None:
    done = told(at_work(), K.COMPLETED, ONSITE_DUE, ONSITE_DUE)
    assert clock(done, C.RESOLVE).verdict is S.MET
    undone = told(done, K.INCOMPLETE, ONSITE_DUE - HOUR, ONSITE_DUE)
    assert clock(undone, C.RESOLVE).verdict is None


def test_another_end_that_comes_later_takes_nothing_from_the_first() -> None:
    done = told(at_work(), K.COMPLETED, ONSITE_DUE, ONSITE_DUE)
    kept = told(done, K.INCOMPLETE, ONSITE_DUE + SECOND, ONSITE_DUE + SECOND)
    assert clock(kept, C.RESOLVE).judged_at == ONSITE_DUE
