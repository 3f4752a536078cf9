"""What a ticket waits for, and whom it asks when that takes too long."""

from datetime import datetime, timedelta

import pytest

from models.escalation import Doubt, EscalationReason
from models.messages.ticket import ConfirmTicket
from models.promise.policy import Policies
from models.rules.escalation.doubts import with_patience
from models.rules.ticket.closing import confirmed
from models.rules.ticket.waiting import auto_close_due, caught_up, next_to_match, timers
from models.rules.transitions import status_of
from models.ticket import Coverage, Ticket, TicketStatus
from models.visit import MatchState
from tests.models.rules.stories import (
    BY_CUSTOMER,
    GROUP,
    HOUR,
    HOUSE,
    LENGTH,
    NOW,
    TICKET,
    UNHURRIED,
    VISIT,
    admitted,
    completed,
    scheduled,
    with_doubts,
    with_matching,
    written,
)

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
PATIENT_UNTIL = NOW + DAY


def running(ticket: Ticket, now: datetime = NOW) -> list[tuple[str, datetime, str]]:
    return [(t.name, t.due_at, t.subject) for t in timers(ticket, now)]


def standing(ticket: Ticket, state: MatchState, **group: object) -> Ticket:
    """The ticket with its group as some evaluation found it."""
    found = {"match_state": state, "needs_matching": False, **group}
    return with_matching(ticket, groups=tuple(g.but(**found) for g in ticket.matching.groups))


def questions(ticket: Ticket) -> list[tuple[EscalationReason, bool]]:
    return [(q.reason, q.is_live) for q in ticket.doubts.questions]


# Experts


def test_a_ticket_waits_a_day_for_experts() -> None:
    assert running(admitted()) == [("pending_timeout", PATIENT_UNTIL, GROUP)]


def test_how_long_it_waits_is_a_policy() -> None:
    hasty = admitted(policies=Policies(pending_timeout=HOUR))
    assert running(hasty) == [("pending_timeout", NOW + HOUR, GROUP)]


def test_a_clock_that_ran_out_runs_no_more() -> None:
    assert running(admitted(), PATIENT_UNTIL - SECOND) != []
    assert running(admitted(), PATIENT_UNTIL) == []


def test_nobody_is_asked_a_second_too_early() -> None:
    waiting = standing(admitted(), MatchState.EMPTY)
    assert caught_up(waiting, PATIENT_UNTIL - SECOND) is waiting
    assert questions(caught_up(waiting, PATIENT_UNTIL)) == [(EscalationReason.NO_PROPOSALS, True)]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (MatchState.EMPTY, EscalationReason.NO_PROPOSALS),
        (MatchState.PARTIAL, EscalationReason.PARTIAL),
        (MatchState.NO_COMMON_TIME, EscalationReason.NO_COMMON_TIME),
    ],
)
def test_the_question_says_what_is_missing(state: MatchState, reason: EscalationReason) -> None:
    asked = caught_up(standing(admitted(), state), PATIENT_UNTIL)
    [question] = asked.doubts.questions
    assert (question.reason, question.subject) == (reason, GROUP)


def test_who_pays_is_asked_at_once_and_a_full_group_asks_nothing_else() -> None:
    held = standing(admitted(Coverage.UNKNOWN), MatchState.FULL_HELD)
    assert questions(caught_up(held, NOW)) == [(EscalationReason.COVERAGE_UNKNOWN, True)]
    assert questions(caught_up(held, PATIENT_UNTIL)) == [(EscalationReason.COVERAGE_UNKNOWN, True)]


def test_every_state_of_a_waiting_group_has_its_question() -> None:
    waiting = set(MatchState) - {
        MatchState.FULL_HELD,
        MatchState.FINALISED,
        MatchState.CANCELLED,
    }
    for state in waiting:
        assert questions(caught_up(standing(admitted(), state), PATIENT_UNTIL))


def test_a_question_is_asked_once() -> None:
    asked = caught_up(standing(admitted(), MatchState.EMPTY), PATIENT_UNTIL)
    assert caught_up(asked, PATIENT_UNTIL + DAY) is asked
    assert len(asked.doubts.questions) == 1


def test_another_trouble_is_another_question_and_the_old_one_is_over() -> None:
    asked = caught_up(standing(admitted(), MatchState.EMPTY), PATIENT_UNTIL)
    changed = caught_up(standing(asked, MatchState.PARTIAL), PATIENT_UNTIL + HOUR)
    assert questions(changed) == [
        (EscalationReason.NO_PROPOSALS, False),
        (EscalationReason.PARTIAL, True),
    ]
    assert changed.doubts.questions[0].answered_at == PATIENT_UNTIL + HOUR


def test_a_ticket_that_is_settled_asks_nothing_any_more() -> None:
    asked = caught_up(standing(admitted(), MatchState.EMPTY), PATIENT_UNTIL)
    settled = scheduled().but(doubts=asked.doubts)
    answered = caught_up(settled, PATIENT_UNTIL + HOUR)
    assert questions(answered)[0] == (EscalationReason.NO_PROPOSALS, False)


def test_a_settled_ticket_waits_for_its_expert_to_answer_and_to_come() -> None:
    start = NOW + 24 * HOUR
    assert running(scheduled()) == [
        ("ack_timeout", NOW + 2 * HOUR, VISIT),
        ("late_start", start + timedelta(minutes=15), VISIT),
        ("overrun", start + LENGTH + HOUR, VISIT),
    ]
    resent = caught_up(scheduled(), NOW + 2 * HOUR)
    assert questions(resent) == []
    assert ("ack_timeout", NOW + 4 * HOUR, VISIT) in running(resent, NOW + 2 * HOUR)
    assert questions(caught_up(resent, NOW + 4 * HOUR)) == [(EscalationReason.NO_ACK, True)]
    late = caught_up(scheduled(), start + timedelta(minutes=15))
    assert questions(late) == [(EscalationReason.LATE_START, True)]


# Review


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [
        (admitted(Coverage.NOT_COVERED), EscalationReason.NOT_COVERED),
        (admitted(zone=None), EscalationReason.DATA_MISSING),
    ],
)
def test_a_ticket_in_review_asks_at_once_and_waits_for_nobody_else(
    ticket: Ticket, reason: EscalationReason
) -> None:
    assert status_of(ticket) is TicketStatus.REVIEW
    assert running(ticket) == []
    assert next_to_match(ticket) is None
    [question] = caught_up(ticket, NOW).doubts.questions
    assert (question.reason, question.subject) == (reason, TICKET)


# A full group that is held


def test_a_held_group_is_looked_at_again_when_its_hold_is_over() -> None:
    held = standing(admitted(), MatchState.FULL_HELD, hold_until=NOW + HOUR)
    assert ("match_hold", NOW + HOUR, GROUP) in running(held)
    assert next_to_match(caught_up(held, NOW + HOUR - SECOND)) is None
    assert next_to_match(caught_up(held, NOW + HOUR)) is not None


def test_a_group_held_because_nobody_pays_waits_for_who_pays() -> None:
    held = standing(admitted(Coverage.UNKNOWN), MatchState.FULL_HELD, hold_until=NOW)
    assert next_to_match(caught_up(held, NOW + HOUR)) is None


# The end


def test_a_completed_ticket_closes_by_itself_after_thirty_days_and_not_a_second_before() -> None:
    done, due = completed(), NOW + 30 * DAY
    assert running(done) == [("auto_close", due, TICKET)]
    assert caught_up(done, due - SECOND) is done
    closed = caught_up(done, due)
    assert status_of(closed) is TicketStatus.CLOSED
    assert written(closed, done) == [("ticket.closed", HOUSE, {"reason": "auto_close"})]


def test_how_long_it_stays_open_is_a_policy() -> None:
    assert auto_close_due(completed(UNHURRIED.but(auto_close_after=HOUR))) == NOW + HOUR


def test_a_ticket_that_was_given_up_or_is_not_done_does_not_close_by_itself() -> None:
    assert auto_close_due(admitted()) is None
    assert auto_close_due(completed().but(cancelled=True)) is None


def test_a_ticket_waits_with_patience_until_it_is_over() -> None:
    until = NOW + 3 * HOUR
    patient = with_patience(scheduled(), Doubt(TICKET, EscalationReason.NOT_COVERED), until)
    assert ("patience", until, f"{TICKET}:NOT_COVERED") in running(patient)
    over = with_doubts(completed().but(closed=True), patience=patient.doubts.patience)
    assert running(over) == []


def test_of_clocks_that_end_together_the_first_by_name_comes_first() -> None:
    same = Policies(ack_timeout=12 * HOUR, late_start_after=timedelta(0))
    told_twice = caught_up(scheduled(policies=same), NOW + 12 * HOUR)
    assert [name for name, _, _ in running(told_twice, NOW + 12 * HOUR)] == [
        "ack_timeout",
        "late_start",
        "overrun",
    ]


def test_only_what_waits_runs_a_clock_of_its_own() -> None:
    ticket = admitted()
    [group] = ticket.matching.groups
    settled = group.but(id="grp_2", match_state=MatchState.FINALISED, hold_until=NOW + HOUR)
    partial = group.but(match_state=MatchState.PARTIAL, hold_until=NOW + HOUR)
    both = with_matching(ticket, groups=(settled, partial))
    assert running(both) == [("pending_timeout", PATIENT_UNTIL, GROUP)]
    held = partial.but(match_state=MatchState.FULL_HELD)
    unhurried = with_matching(ticket, groups=(held,), since=None)
    assert running(unhurried) == [("match_hold", NOW + HOUR, GROUP)]
    assert running(with_matching(unhurried, groups=(held.but(hold_until=None),))) == []


def test_the_next_group_to_match_is_the_first_that_waits_to_be_looked_at() -> None:
    ticket = admitted()
    [group] = ticket.matching.groups
    settled = group.but(id="grp_2", match_state=MatchState.FINALISED)
    seen = group.but(id="grp_3", needs_matching=False)
    assert next_to_match(with_matching(ticket, groups=(settled, seen, group))) == group
    assert next_to_match(with_matching(ticket, groups=(settled, seen))) is None


def test_only_a_full_group_is_looked_at_again_when_a_hold_is_over() -> None:
    for state in (MatchState.PARTIAL, MatchState.FINALISED):
        held = standing(admitted(), state, hold_until=NOW)
        assert not caught_up(held, NOW).matching.groups[0].needs_matching
    endless = standing(admitted(), MatchState.FULL_HELD)
    assert not caught_up(endless, NOW).matching.groups[0].needs_matching


def test_a_closed_ticket_runs_no_clock() -> None:
    closed = confirmed(completed(), ConfirmTicket(by=BY_CUSTOMER), NOW)
    assert running(closed) == []
    assert caught_up(closed, NOW + 100 * DAY) is closed


def test_the_soonest_clock_comes_first() -> None:
    held = standing(admitted(), MatchState.FULL_HELD, hold_until=NOW + HOUR)
    assert [name for name, _, _ in running(held)] == ["match_hold", "pending_timeout"]
    held = standing(admitted(), MatchState.FULL_HELD, hold_until=NOW + 2 * DAY)
    assert [name for name, _, _ in running(held)] == ["pending_timeout", "match_hold"]


# When nobody was there to see to it.


def test_what_is_asked_late_is_what_was_due_and_is_asked_now() -> None:
    waiting = standing(admitted(), MatchState.EMPTY)
    back = PATIENT_UNTIL + 3 * HOUR
    [question] = caught_up(waiting, PATIENT_UNTIL, back).doubts.questions
    assert (question.reason, question.asked_at) == (EscalationReason.NO_PROPOSALS, back)
    assert caught_up(waiting, PATIENT_UNTIL - SECOND, back) is waiting


def test_what_needs_no_answer_any_more_is_answered_when_that_is_seen() -> None:
    asked = caught_up(standing(admitted(), MatchState.EMPTY), PATIENT_UNTIL)
    healed = standing(asked, MatchState.FULL_HELD)
    [question] = caught_up(healed, PATIENT_UNTIL, PATIENT_UNTIL + HOUR).doubts.questions
    assert question.answered_at == PATIENT_UNTIL + HOUR
