"""What a person says about work of which nobody in the field says anything."""

from datetime import datetime, timedelta

import pytest

from models.errors import Conflict, Invalid, NotFound
from models.escalation import Action, EscalationReason
from models.field import FactKind, Shortfall
from models.messages.visit import CloseAsItIs, ConcludeVisit, PlanFollowUp
from models.rules.escalation.doubts import doubts_of
from models.rules.escalation.kind import Picture
from models.rules.escalation.registry import KINDS
from models.rules.ticket import calling_off
from models.rules.ticket.finishing import bill_due
from models.rules.ticket.waiting import timers
from models.rules.transitions import status_of
from models.rules.visit.concluding import closed_as_it_is, concluded, planned
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket, TicketStatus, TimerName
from models.visit import AssignmentState, VisitState
from tests.models.rules.stories import ANNA, BEN, VISIT, fact, named, refused
from tests.models.rules.visit import chains
from tests.models.rules.visit.chains import at, chain, desk, visit

K, S = FactKind, VisitState
MINUTE = timedelta(minutes=1)
V2 = named("vis", 2)
OVER = at(15)
"""An hour after the planned end."""


def silent(*crew: str) -> Ticket:
    """Everybody came at 13 o'clock, for an hour, and has said nothing since."""
    ticket = chain(visit(1, 13, 14, *(crew or (ANNA,))))
    ticket = ticket.but(policies=ticket.policies.but(correction_window=timedelta(0)))
    for who in crew or (ANNA,):
        ticket, _ = reported(ticket, fact(K.STARTED, who, at(13)), at(13))
    return ticket.but(news=())


def reasons(ticket: Ticket, when: datetime = OVER) -> list[str]:
    return [d.reason for d in doubts_of(ticket, when)]


# Overrun.


@pytest.mark.parametrize(("minutes", "asked"), [(59.9, False), (60, True)])
def test_somebody_is_asked_an_hour_after_the_planned_end(minutes: float, asked: bool) -> None:
    when = at(14) + minutes * MINUTE
    assert reasons(silent(), when) == ["OVERRUN"] * asked
    due = [t.due_at for t in timers(silent(), at(14)) if t.name == TimerName.OVERRUN]
    assert due == [OVER]


def test_from_an_end_that_was_granted_it_runs_anew() -> None:
    ticket = silent()
    longer = ticket.with_visit(ticket.visits[0].but(extra=15 * MINUTE))
    assert reasons(longer) == []
    assert reasons(longer, OVER + 15 * MINUTE) == ["OVERRUN"]


@pytest.mark.parametrize("kind", [K.COMPLETED, K.INCOMPLETE])
def test_whoever_ends_it_is_not_asked_about(kind: FactKind) -> None:
    ticket, _ = reported(silent(), fact(kind, ANNA, at(14)), at(14))
    assert "OVERRUN" not in reasons(ticket)


def test_it_is_done_for_everybody_in_the_name_of_who_was_told() -> None:
    ticket = concluded(
        silent(ANNA, BEN), ConcludeVisit(visit_id=VISIT, kind=K.COMPLETED, by=desk("usr_ana")), OVER
    )
    assert ticket.visits[0].state is S.COMPLETED
    assert ticket.visits[0].actual_end == OVER
    told = [e for e in ticket.news if e.type == "visit.completed"]
    assert [e.data["expert_id"] for e in told] == [ANNA, BEN]
    assert {e.actor.id for e in told} == {"usr_ana"}
    assert status_of(ticket) is TicketStatus.COMPLETED


def test_only_those_are_reported_on_who_are_there() -> None:
    ticket, _ = reported(silent(ANNA, BEN), fact(K.COMPLETED, BEN, at(14)), at(14))
    ticket = concluded(
        ticket.but(news=()), ConcludeVisit(visit_id=VISIT, kind=K.COMPLETED, by=desk()), OVER
    )
    told = [e.data["expert_id"] for e in ticket.news if e.type == "visit.completed"]
    assert told == [ANNA]


def test_a_follow_up_goes_on_with_what_time_did_not_suffice_for() -> None:
    ticket = concluded(
        silent(ANNA, BEN), ConcludeVisit(visit_id=VISIT, kind=K.INCOMPLETE, by=desk()), OVER
    )
    first = ticket.visits[0]
    assert (first.state, first.shortfall) == (S.INCOMPLETE, Shortfall.OUT_OF_TIME)
    assert [a.state for a in first.crew] == [AssignmentState.DONE, AssignmentState.WORKING]
    assert ticket.visits[1].follows == VISIT
    assert reasons(ticket) == []


@pytest.mark.parametrize("kind", [K.COMPLETED, K.INCOMPLETE])
def test_said_twice_it_is_said_once(kind: FactKind) -> None:
    said = ConcludeVisit(visit_id=VISIT, kind=kind, by=desk())
    ticket = concluded(silent(), said, OVER)
    assert concluded(ticket, said, OVER + MINUTE) is ticket


def test_what_is_over_is_not_concluded_again() -> None:
    said = ConcludeVisit(visit_id=VISIT, kind=K.COMPLETED, by=desk())
    ticket = concluded(silent(), said, OVER)
    other = ConcludeVisit(visit_id=VISIT, kind=K.COMPLETED, by=desk(command="req_2"))
    assert refused(lambda: concluded(ticket, other, OVER))[:2] == (Conflict, "doubt-gone")
    early = chain(visit(1, 13, 14))
    assert refused(lambda: concluded(early, said, at(13.9)))[:2] == (Conflict, "doubt-gone")
    nowhere = ConcludeVisit(visit_id=V2, kind=K.COMPLETED, by=desk())
    assert refused(lambda: concluded(ticket, nowhere, OVER))[:2] == (NotFound, "visit-unknown")


# No follow-up.


def left(*, chained: bool = False) -> Ticket:
    """The work is not done, and its expert wants no follow-up."""
    ticket = silent()
    if chained:
        ticket = chain(visit(1, 13, 14), visit(2, 14, 15, BEN), rules=[chains.after(1, 2)])
        ticket = ticket.but(policies=ticket.policies.but(correction_window=timedelta(0)))
        ticket, _ = reported(ticket, fact(K.STARTED, ANNA, at(13)), at(13))
    return reported(ticket, fact(K.INCOMPLETE, ANNA, at(14), follow_up=False), at(14))[0]


def test_somebody_is_asked_what_becomes_of_it_at_once() -> None:
    ticket = left()
    assert reasons(ticket, at(14)) == ["FOLLOW_UP_MISSING"]
    assert status_of(ticket) is TicketStatus.IN_PROGRESS
    assert bill_due(ticket, at(14)) is None


@pytest.mark.parametrize(
    ("state", "asked"),
    [(S.OPEN, False), (S.INCOMPLETE, True), (S.CANCELLED, True), (S.COMPLETED, False)],
)
def test_nobody_is_asked_while_something_goes_on_with_it(state: VisitState, asked: bool) -> None:
    ticket = left()
    next_one = ticket.visits[0].but(id=V2, seq=2, follows=VISIT, state=state)
    ticket = ticket.but(visits=(*ticket.visits, next_one))
    assert (reasons(ticket) == ["FOLLOW_UP_MISSING"]) is asked


def test_a_person_plans_another_visit_of_so_many_minutes() -> None:
    plan = PlanFollowUp(visit_id=VISIT, minutes=45, by=desk())
    ticket = planned(left(chained=True), plan, at(16))
    follow_up = ticket.visits[-1]
    assert (follow_up.follows, follow_up.duration) == (VISIT, 45 * MINUTE)
    assert ticket.visits[1].state is S.OPEN
    assert reasons(ticket, at(16)) == []
    assert planned(ticket, plan, at(17)) is ticket
    again = PlanFollowUp(visit_id=VISIT, minutes=45, by=desk(command="req_2"))
    assert refused(lambda: planned(ticket, again, at(16)))[:2] == (Conflict, "doubt-gone")


@pytest.mark.parametrize(
    ("minutes", "fits"), [(0, False), (15, True), (20, False), (480, True), (495, False)]
)
def test_its_minutes_are_those_of_a_visit(minutes: int, fits: bool) -> None:
    plan = PlanFollowUp(visit_id=VISIT, minutes=minutes, by=desk())
    if fits:
        assert planned(left(), plan, at(16)).visits[-1].duration == minutes * MINUTE
    else:
        told = refused(lambda: planned(left(), plan, at(16)))
        assert told[:3] == (Invalid, "minutes-off-the-grid", "/minutes")


def test_closed_as_it_is_it_is_billed_for_what_was_done() -> None:
    close = CloseAsItIs(visit_id=VISIT, by=desk())
    ticket = closed_as_it_is(left(), close, at(16))
    assert status_of(ticket) is TicketStatus.COMPLETED
    bill = bill_due(ticket, at(16))
    assert bill is not None
    assert [(w.visit_id, w.worked) for w in bill.work] == [(VISIT, timedelta(hours=1))]
    assert reasons(ticket, at(16)) == []
    assert closed_as_it_is(ticket, close, at(17)) is ticket


def test_what_was_to_follow_it_waits_for_nothing_then_and_the_timeline_says_so() -> None:
    ticket = closed_as_it_is(left(chained=True), CloseAsItIs(visit_id=VISIT, by=desk()), at(16))
    assert ticket.matching.groups[0].dependencies == ()
    assert ticket.visits[1].state is S.SCHEDULED
    [told] = [e for e in ticket.news if e.type == "visit.closed_as_it_is"]
    assert told.data == {"visit_id": VISIT, "freed": [V2]}
    assert status_of(ticket) is TicketStatus.SCHEDULED


def test_or_it_is_called_off_with_all_that_was_to_come_after_it() -> None:
    rules = [chains.after(1, 2), chains.after(2, 3)]
    ticket = chain(visit(1, 13, 14), visit(2, 14, 15, BEN), visit(3, 15, 16, BEN), rules=rules)
    ticket = ticket.but(policies=ticket.policies.but(correction_window=timedelta(0)))
    ticket, _ = reported(ticket, fact(K.STARTED, ANNA, at(13)), at(13))
    ticket, _ = reported(ticket, fact(K.INCOMPLETE, ANNA, at(14), follow_up=False), at(14))
    before = ticket.but(news=())
    close = CloseAsItIs(visit_id=VISIT, by=desk(), without_rest=True)
    closed = calling_off.closed_as_it_is(before, close, at(14))
    assert [v.state for v in closed.visits] == [S.INCOMPLETE, S.CANCELLED, S.CANCELLED]
    assert status_of(closed) is TicketStatus.COMPLETED
    said = [e.data["visit_id"] for e in closed.news if e.type == "visit.called_off"]
    assert said == [V2, named("vis", 3)]
    freed = [e.data["expert_id"] for e in closed.news if e.type == "assignment.released"]
    assert freed == [BEN, BEN]
    assert calling_off.closed_as_it_is(closed, close, at(15)) is closed


def test_what_has_begun_goes_on_all_the_same() -> None:
    ticket = left(chained=True)
    told = fact(K.EN_ROUTE, BEN, at(14)).model_copy(update={"visit_id": V2})
    begun, _ = reported(ticket, told, at(14))
    close = CloseAsItIs(visit_id=VISIT, by=desk(), without_rest=True)
    closed = calling_off.closed_as_it_is(begun, close, at(14.1))
    assert closed.visits[1].state is S.EN_ROUTE


@pytest.mark.parametrize("chained", [True, False])
def test_only_where_something_was_to_follow_it_is_called_off(*, chained: bool) -> None:
    ticket, kind = left(chained=chained), KINDS[EscalationReason.FOLLOW_UP_MISSING]
    picture = Picture(ticket=ticket, now=at(14), visit=ticket.visits[0])
    assert (Action.CLOSE_WITHOUT_REST in kind.possible(picture)) is chained
    assert bool(kind.says(picture)) is chained
    assert any("To follow it: visit 2" in line for line in kind.facts(picture)) is chained


def test_what_goes_on_is_not_closed_as_it_is() -> None:
    ticket = planned(left(), PlanFollowUp(visit_id=VISIT, minutes=45, by=desk()), at(16))
    close = CloseAsItIs(visit_id=VISIT, by=desk())
    assert refused(lambda: closed_as_it_is(ticket, close, at(16)))[:2] == (Conflict, "doubt-gone")
