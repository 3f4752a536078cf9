"""Of several people who are booked for one visit not all come: who counts, who is asked about."""

from datetime import timedelta

import pytest

from models.errors import Conflict
from models.escalation import Action, Choice, EscalationReason
from models.field import FactKind
from models.matching.problem import HeldSkill
from models.messages.escalation import RemindExpert, RescheduleVisit
from models.messages.matching import AssignExpert
from models.messages.visit import ConcludeVisit, ReportVisit
from models.rules.escalation.deed import Deed, Request
from models.rules.escalation.doubts import doubts_of
from models.rules.escalation.kind import Picture
from models.rules.escalation.lacking import position_to_fill
from models.rules.escalation.ranking import Able
from models.rules.escalation.registry import DECISIONS, KINDS
from models.rules.escalation.stand_ins import stand_ins
from models.rules.matching.replacing import booking_instead
from models.rules.ticket.finishing import bill_due
from models.rules.ticket.waiting import caught_up, timers
from models.rules.transitions import status_of
from models.rules.visit.attendance import reminded, rescheduled
from models.rules.visit.concluding import concluded
from models.rules.visit.fieldwork import reported
from models.rules.visit.presence import still_there, was_there
from models.ticket import Ticket, TicketStatus, TimerName
from models.visit import AssignmentState, ProposalState, VisitState
from tests.models.rules.escalation.briefs import told as question
from tests.models.rules.stories import ANNA, BEN, VISIT, fact, happenings, named, refused
from tests.models.rules.visit.chains import HERE, at, chain, desk, expert, new, span, visit

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


# Who is missing.


def test_who_is_silent_is_asked_about_though_another_has_set_out() -> None:
    for further in (K.EN_ROUTE, K.ON_SITE):
        ticket = told((further, ANNA, 12))
        assert [d.reason for d in doubts_of(ticket, at(12.5))] == ["NO_ACK"]
    answered, _ = reported(ticket, fact(K.ACKNOWLEDGED, BEN, at(12)), at(12))
    assert doubts_of(answered, at(12.5)) == []


def late(ticket: Ticket) -> list[str]:
    return [d.reason for d in doubts_of(ticket, at(13.25))]


def test_whoever_is_missing_is_asked_about_though_another_is_there() -> None:
    ticket = told((K.ACKNOWLEDGED, BEN, 12), (K.ON_SITE, ANNA, 13))
    assert ticket.visits[0].state is S.ON_SITE
    assert late(ticket) == ["LATE_START"]
    due = [t.due_at for t in timers(ticket, at(13)) if t.name == TimerName.LATE_START]
    assert due == [at(13.25)]
    there, _ = reported(ticket, fact(K.ON_SITE, BEN, at(13.1)), at(13.1))
    assert late(there) == []
    assert not [t for t in timers(there, at(13.1)) if t.name == TimerName.LATE_START]


def test_whoever_began_without_them_has_decided_that() -> None:
    assert late(short()) == []


def test_whose_customer_has_somebody_there_is_not_told_that_nobody_came() -> None:
    late_one = caught_up(told((K.ON_SITE, ANNA, 13)), at(13.25))
    assert "visit.late_start" not in happenings(late_one)
    assert "visit.late_start" in happenings(caught_up(told(), at(13.25)))


def remind() -> RemindExpert:
    return RemindExpert(visit_id=VISIT, reason=EscalationReason.LATE_START, by=desk())


def anew() -> RescheduleVisit:
    return RescheduleVisit(visit_id=VISIT, reason=EscalationReason.LATE_START, by=desk())


WAITING = ((K.ON_SITE, ANNA, 13.0), (K.ACKNOWLEDGED, BEN, 12.0))
"""Anna is there, and waits for Ben, who has said that he knows of it."""


def test_only_who_is_missing_is_reminded() -> None:
    ticket = reminded(told(*WAITING), remind(), at(13.25))
    assert [e.data["expert_id"] for e in ticket.news] == [BEN]


def test_matched_anew_it_is_without_who_did_not_come_and_with_who_did() -> None:
    ticket = rescheduled(told(*WAITING), anew(), at(13.25))
    assert (ticket.visits[0].state, ticket.visits[0].crew) == (S.OPEN, ())
    states = {p.expert_id: p.state for p in ticket.matching.proposals}
    assert states == {ANNA: ProposalState.ACTIVE, BEN: ProposalState.WITHDRAWN}
    everybody = told((K.ON_SITE, ANNA, 13), (K.ON_SITE, BEN, 13))
    assert refused(lambda: rescheduled(everybody, anew(), at(13.25)))[1] == "illegal-transition"


def instead_of(who: str) -> AssignExpert:
    return AssignExpert(
        request_id="upd_1",
        visit_id=VISIT,
        position=1 if who == BEN else 0,
        expert_id=CARL,
        start=at(13),
        instead_of=who,
        reason=EscalationReason.LATE_START,
        by=desk(),
    )


def test_somebody_else_takes_the_place_of_who_is_missing_and_of_nobody_who_is_there() -> None:
    ticket = told(*WAITING)
    assert booking_instead(ticket, instead_of(BEN), at(13.25)).end == at(14)
    early = refused(lambda: booking_instead(ticket, instead_of(ANNA), at(13.25)))
    assert early[1] == "illegal-transition"
    begun = short()
    assert refused(lambda: booking_instead(begun, instead_of(ANNA), at(13.25)))[1] == early[1]


def test_the_page_asks_about_who_is_missing() -> None:
    ticket = told(*WAITING)
    seen = Picture(ticket=ticket, now=at(13.25), number=7, visit=ticket.visits[0])
    kind = KINDS[EscalationReason.LATE_START]
    assert kind.headline(seen) == "An expert of visit 1 of T-7 has not arrived."
    assert position_to_fill(ticket.visits[0], ticket.matching.groups[0]).idx == 1


def test_late_evidence_is_that_everybody_was_there_in_time() -> None:
    asked = caught_up(told(*WAITING), at(13.25))
    for when, because in ((13.2, "late_evidence"), (13.5, None)):
        there, _ = reported(asked, fact(K.ON_SITE, BEN, at(when)), at(14))
        ended = caught_up(there, at(14))
        [question] = [q for q in ended.doubts.questions if q.reason == "LATE_START"]
        assert (question.is_live, question.because) == (False, because)


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


# Who comes instead, to a visit that takes longer.


def longer() -> Ticket:
    """Anna was granted half an hour more, and Ben cannot come."""
    ticket = told((K.ON_SITE, ANNA, 13), (K.CANNOT_ARRIVE, BEN, 13))
    return ticket.with_visit(ticket.visits[0].but(extra=30 * MINUTE))


def test_whoever_comes_instead_is_booked_until_the_end_that_was_granted() -> None:
    ticket = longer()
    assert (
        booking_instead(ticket, instead_of(BEN), at(13.1)).end == ticket.visits[0].end == at(14.5)
    )


@pytest.mark.parametrize(("busy_from", "could"), [(14.25, False), (14.5, True)])
def test_only_who_is_free_until_then_could_come(busy_from: float, could: bool) -> None:
    ticket = longer()
    ticket = ticket.but(policies=ticket.policies.but(replacement_min_lead=timedelta(0)))
    able = Able(
        expert=expert(CARL).but(skills=(HeldSkill(code="refrigeration"),)),
        number=3,
        busy=(span(busy_from, 20),),
    )
    position = ticket.visits[0].positions[1]
    found = stand_ins([able], ticket, ticket.visits[0], position, HERE, at(12))
    assert [(c.start, c.end) for c in found] == [(at(13), at(14.5))] * could
