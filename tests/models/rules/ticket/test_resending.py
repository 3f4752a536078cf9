"""Experts who have not acknowledged in time are told the same by the next channel."""

from datetime import datetime, timedelta

import pytest

from models.escalation import EscalationReason
from models.field import FactKind
from models.promise.policy import Policies
from models.rules.ticket.resending import resend_due, resent
from models.rules.ticket.waiting import caught_up, timers
from models.ticket import Ticket
from models.visit import AssignmentState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    after,
    scheduled,
    written,
)

SECOND = timedelta(seconds=1)
START = NOW + 24 * HOUR
DUE = NOW + 2 * HOUR
PAIR = ("refrigeration", "electrics")


def due(ticket: Ticket) -> datetime | None:
    return resend_due(ticket, ticket.visits[0])


def told_again(ticket: Ticket, at: datetime = DUE) -> list[str]:
    """Who was told once more."""
    return [facts["expert_id"] for _, _, facts in written(resent(ticket, at, at), ticket)]


def changed(ticket: Ticket, **changes: object) -> Ticket:
    """The ticket as if its first expert were otherwise."""
    [visit] = ticket.visits
    first, *others = visit.assignments
    return ticket.with_visit(visit.but(assignments=(first.but(**changes), *others)))


def test_after_two_hours_of_silence_and_not_a_second_before_the_same_is_told_once_more() -> None:
    before = scheduled()
    assert due(before) == DUE
    assert resent(before, DUE - SECOND, DUE - SECOND) is before
    ticket = resent(before, DUE, DUE + SECOND)
    facts = {
        "assignment_id": "asg_0",
        "visit_id": VISIT,
        "expert_id": ANNA,
        "start": START.isoformat(),
    }
    assert written(ticket, before) == [("assignment.resent", HOUSE, facts)]
    assert ticket.news[-1].recorded_at == DUE + SECOND
    assert ticket.visits[0].assignments[0].resent_at == DUE + SECOND


def test_it_is_told_once_more_and_never_a_third_time() -> None:
    ticket = resent(scheduled(), DUE, DUE)
    assert due(ticket) is None
    assert resent(ticket, DUE + 20 * HOUR, DUE + 20 * HOUR) is ticket


def test_how_long_is_waited_is_a_policy() -> None:
    assert due(scheduled(policies=Policies(ack_timeout=HOUR))) == NOW + HOUR


def test_of_a_crew_only_those_are_told_again_who_are_silent() -> None:
    pair = scheduled(ANNA, BEN, skills=PAIR)
    assert told_again(pair) == [ANNA, BEN]
    assert told_again(after(pair, FactKind.ACKNOWLEDGED)) == [BEN]
    assert told_again(after(pair, FactKind.ACKNOWLEDGED, expert=BEN)) == [ANNA]


def test_of_a_crew_each_has_their_own_two_hours() -> None:
    pair = changed(scheduled(ANNA, BEN, skills=PAIR), booked_at=NOW + HOUR)
    assert due(pair) == DUE
    assert told_again(pair) == [BEN]
    later = resent(pair, DUE, DUE)
    assert due(later) == DUE + HOUR
    assert told_again(later, DUE + HOUR) == [ANNA]


@pytest.mark.parametrize(
    "changes",
    [
        {"booked_at": None},
        {"barred": "expert-not-verified"},
        {"state": AssignmentState.ACKNOWLEDGED},
        {"state": AssignmentState.RELEASED},
    ],
)
def test_nobody_is_told_again_of_whom_no_answer_is_waited_for(changes: dict[str, object]) -> None:
    ticket = changed(scheduled(), **changes)
    assert due(ticket) is None
    assert told_again(ticket) == []


def test_nobody_is_told_again_of_a_visit_that_is_open_or_should_have_begun() -> None:
    ticket = scheduled()
    [visit] = ticket.visits
    opened = ticket.with_visit(visit.but(state=VisitState.OPEN))
    untimed = ticket.with_visit(visit.but(start=None))
    begun = ticket.with_visit(visit.but(start=DUE))
    for other in (opened, untimed, begun):
        assert due(other) is None
        assert told_again(other) == []
    ahead = ticket.with_visit(visit.but(start=DUE + SECOND))
    assert told_again(ahead) == [ANNA]


def test_two_hours_later_still_a_person_is_asked() -> None:
    ticket = caught_up(scheduled(), DUE)
    [ring] = [t.due_at for t in timers(ticket, DUE) if t.name == "ack_timeout"]
    assert ring == NOW + 4 * HOUR
    assert caught_up(ticket, ring - SECOND).doubts.questions == ()
    [asked] = caught_up(ticket, ring).doubts.questions
    assert asked.reason is EscalationReason.NO_ACK


def test_the_clock_of_silence_rings_for_whichever_is_due_first() -> None:
    pair = changed(scheduled(ANNA, BEN, skills=PAIR), booked_at=NOW + 3 * HOUR)
    once = caught_up(pair, DUE)
    rings = [t.due_at for t in timers(once, DUE) if t.name == "ack_timeout"]
    assert rings == [NOW + 4 * HOUR], "a person is asked of one before the other is told again"
    asked = caught_up(once, NOW + 4 * HOUR)
    rings = [t.due_at for t in timers(asked, NOW + 4 * HOUR) if t.name == "ack_timeout"]
    assert rings == [NOW + 5 * HOUR]
