"""Of several people who are booked for one visit not all come: who counts, who is asked about."""

from datetime import timedelta

import pytest

from models.errors import Conflict
from models.escalation import Action, Choice, EscalationReason
from models.field import FactKind
from models.messages.visit import ConcludeVisit, ReportVisit
from models.rules.escalation.deed import Deed, Request
from models.rules.escalation.doubts import doubts_of
from models.rules.escalation.kind import Picture
from models.rules.escalation.registry import DECISIONS, KINDS
from models.rules.ticket.finishing import bill_due
from models.rules.transitions import status_of
from models.rules.visit.concluding import concluded
from models.rules.visit.fieldwork import reported
from models.rules.visit.presence import still_there, was_there
from models.ticket import Ticket, TicketStatus
from models.visit import AssignmentState, VisitState
from tests.models.rules.escalation.briefs import told as question
from tests.models.rules.stories import ANNA, BEN, VISIT, fact, named, refused
from tests.models.rules.visit.chains import at, chain, desk, new, visit

K, S = FactKind, VisitState
CARL = named("exp", 3)
MINUTE = timedelta(minutes=1)
OVER = at(15)
"""An hour after the planned end."""


def told(*said: tuple[FactKind, str, float]) -> Ticket:
    """A visit of two, from 13 to 14 o'clock, after these reports."""
    ticket = chain(visit(1, 13, 14, ANNA, BEN))
    ticket = ticket.but(policies=ticket.policies.but(correction_window=timedelta(0)))
    for kind, who, hour in said:
        ticket, _ = reported(ticket, fact(kind, who, at(hour)), at(hour))
    return ticket.but(news=())


def short(*more: tuple[FactKind, str, float]) -> Ticket:
    """Ben began at 13 o'clock without Anna, of whom nobody knows anything."""
    return told((K.START_PARTIAL, BEN, 13), *more)


def billed(ticket: Ticket) -> list[str]:
    bill = bill_due(ticket, OVER)
    return [w.expert_id for w in bill.work] if bill else []


def ask(kind: FactKind, command: str = "req_1") -> ConcludeVisit:
    return ConcludeVisit(visit_id=VISIT, kind=kind, by=desk(command=command))


# Who is paid.


def test_whoever_cannot_come_is_neither_paid_nor_billed() -> None:
    ticket = short((K.CANNOT_ARRIVE, ANNA, 13), (K.COMPLETED, BEN, 14))
    assert ticket.visits[0].state is S.COMPLETED
    assert ticket.visits[0].crew[0].state is AssignmentState.CANNOT_ARRIVE
    assert billed(ticket) == [BEN]


def test_where_one_ends_it_only_those_are_paid_who_came() -> None:
    ticket = short((K.EN_ROUTE, ANNA, 13.5), (K.INCOMPLETE, BEN, 14)).but(cancelled=True)
    assert ticket.visits[0].state is S.INCOMPLETE
    assert billed(ticket) == [BEN]
    both = told((K.ON_SITE, ANNA, 13), (K.STARTED, BEN, 13), (K.INCOMPLETE, BEN, 14))
    assert billed(both.but(cancelled=True)) == [ANNA, BEN]


@pytest.mark.parametrize(
    ("kind", "came"),
    [
        (K.ACKNOWLEDGED, False),
        (K.EN_ROUTE, False),
        (K.CANNOT_ARRIVE, False),
        (K.ON_SITE, True),
        (K.STARTED, True),
        (K.START_PARTIAL, True),
        (K.COMPLETED, True),
    ],
)
def test_whoever_was_there_has_said_so(kind: FactKind, came: bool) -> None:
    [stay] = told((kind, ANNA, 13)).visits
    assert was_there(stay, stay.crew[0]) is came
    assert not was_there(stay, stay.crew[1])


# Who is there.


def test_only_those_are_there_who_came_and_are_not_done() -> None:
    ticket = short()
    assert [a.expert_id for a in still_there(ticket.visits[0])] == [BEN]
    done, _ = reported(ticket, fact(K.COMPLETED, BEN, at(14)), at(14))
    assert still_there(done.visits[0]) == ()


def test_it_is_done_by_those_who_are_there_and_nobody_says_so_of_who_never_came() -> None:
    ticket = concluded(short(), ask(K.COMPLETED), OVER)
    [over] = ticket.visits
    assert (over.state, status_of(ticket)) == (S.COMPLETED, TicketStatus.COMPLETED)
    assert [e.data["expert_id"] for e in ticket.news if e.type == "visit.completed"] == [BEN]
    assert [a.state for a in over.assignments] == [AssignmentState.RELEASED, AssignmentState.DONE]
    let_go = [e.data["expert_id"] for e in ticket.news if e.type == "assignment.released"]
    assert let_go == [ANNA]
    assert billed(ticket) == [BEN]
    assert concluded(ticket, ask(K.COMPLETED), OVER + MINUTE) is ticket


def test_a_follow_up_is_reported_by_who_is_there() -> None:
    ticket = concluded(short(), ask(K.INCOMPLETE), OVER)
    assert ticket.visits[0].state is S.INCOMPLETE
    assert [e.data["expert_id"] for e in ticket.news if e.type == "visit.incomplete"] == [BEN]
    assert ticket.visits[0].assignments[0].state is AssignmentState.RELEASED
    assert ticket.visits[1].follows == VISIT


@pytest.mark.parametrize(
    ("kind", "state"), [(K.COMPLETED, S.COMPLETED), (K.INCOMPLETE, S.INCOMPLETE)]
)
def test_what_waits_only_for_somebody_who_never_came_is_concluded_too(
    kind: FactKind, state: VisitState
) -> None:
    ticket = short((K.COMPLETED, BEN, 14))
    assert ticket.visits[0].state is S.IN_PROGRESS
    assert "OVERRUN" in [d.reason for d in doubts_of(ticket, OVER)]
    ended = concluded(ticket, ask(kind), OVER)
    assert ended.visits[0].state is state
    assert ended.visits[0].actual_end == at(14)
    assert ended.visits[0].assignments[0].state is AssignmentState.RELEASED
    assert concluded(ended, ask(kind), OVER + MINUTE) is ended
    again = refused(lambda: concluded(ended, ask(kind, "req_2"), OVER))
    assert again[:2] == (Conflict, "doubt-gone")


def test_of_the_follow_up_only_those_hear_first_who_were_there() -> None:
    ticket, _ = reported(short(), fact(K.INCOMPLETE, BEN, at(14)), at(14))
    assert new(ticket).first_until is not None
    first = [e.data["expert_id"] for e in ticket.news if e.type == "visit.offered_first"]
    assert first == [BEN]


def more_time(ticket: Ticket) -> Request:
    choice = Choice(action=Action.MORE_TIME, parameter=30, by=desk().actor, at=OVER, command_id="c")
    asked = question().but(choice=choice, subject=VISIT)
    return DECISIONS["1_more_time"].asks(Deed(asked, choice, OVER, ticket=ticket))


def test_more_time_is_asked_for_by_who_is_there_and_the_ticket_takes_it() -> None:
    ticket = short()
    update, asked = more_time(ticket)
    assert update == "report_visit"
    assert isinstance(asked, ReportVisit)
    assert asked.expert_id == BEN
    assert reported(ticket, asked, OVER)[1].state is S.IN_PROGRESS


def test_where_nobody_is_there_any_more_nobody_needs_more_time() -> None:
    ticket = short((K.COMPLETED, BEN, 14))
    seen = Picture(ticket=ticket, now=OVER, visit=ticket.visits[0])
    possible = KINDS[EscalationReason.OVERRUN].possible(seen)
    assert possible == [Action.IT_IS_DONE, Action.FOLLOW_UP]
    assert refused(lambda: more_time(ticket))[:2] == (Conflict, "doubt-gone")
    over = concluded(ticket, ask(K.COMPLETED), OVER)
    assert refused(lambda: more_time(over))[:2] == (Conflict, "doubt-gone")
