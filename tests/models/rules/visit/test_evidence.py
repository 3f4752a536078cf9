"""Reports of somebody who may not work any more."""

from datetime import timedelta

import pytest

from models.field import FactKind
from models.messages.escalation import RescheduleVisit
from models.messages.people import Checked, RightsChanged, RightsFound
from models.rules.ticket.rights import checked, in_doubt
from models.rules.transitions import status_of
from models.rules.visit.attendance import rescheduled
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket, TicketStatus
from models.visit import AssignmentState, ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    HOUR,
    NOW,
    VISIT,
    after,
    fact,
    scheduled,
    written,
)

K = FactKind
PAIR = ("plumbing", "electrical")


def barred(ticket: Ticket, name: str = "asg_0", expert: str = ANNA) -> Ticket:
    """The expert of an assignment was suspended."""
    ticket = in_doubt(ticket, RightsChanged(expert_ids=(expert,)), NOW)
    posts = (Checked(assignment_id=name, lost="expert-not-verified"),)
    return checked(ticket, RightsFound(posts=posts), NOW)


@pytest.mark.parametrize("kind", K)
def test_a_report_is_kept_and_moves_nothing(kind: FactKind) -> None:
    before = barred(scheduled())
    said = fact(kind, at=NOW - HOUR).model_copy(update={"report_id": "rpt_1"})
    ticket, answer = reported(before, said, NOW)
    assert (answer.recorded_only, answer.repeated) == (True, False)
    assert answer.state is VisitState.SCHEDULED
    visit = ticket.visits[0]
    assert (visit.state, visit.facts) == (VisitState.SCHEDULED, ())
    assert visit.crew[0].state is AssignmentState.RESERVED
    assert [f.client_event_id for f in visit.evidence] == [said.client_event_id]
    facts = {
        "visit_id": VISIT,
        "expert_id": ANNA,
        "reported": kind,
        "client_event_id": said.client_event_id,
        "report_id": "rpt_1",
    }
    assert written(ticket, before) == [("rights.report_kept", ANNA, facts)]
    assert ticket.news[-1].occurred_at == NOW - HOUR
    assert status_of(ticket) is TicketStatus.SCHEDULED


def test_the_same_report_again_is_kept_once() -> None:
    ticket, _ = reported(barred(scheduled()), fact(K.STARTED), NOW)
    again, answer = reported(ticket, fact(K.STARTED), NOW + timedelta(seconds=1))
    assert (again, answer.repeated, answer.recorded_only) == (ticket, True, True)


def test_after_the_visit_was_given_to_others_their_reports_are_kept_as_well() -> None:
    ticket = rescheduled(barred(scheduled()), RescheduleVisit(visit_id=VISIT, by=HELPDESK), NOW)
    ticket, answer = reported(ticket, fact(K.COMPLETED), NOW)
    assert (answer.state, answer.recorded_only) == (VisitState.OPEN, True)
    assert ticket.visits[0].state is VisitState.OPEN


def test_who_was_there_before_they_lost_the_right_finishes() -> None:
    ticket = barred(after(scheduled(), K.ON_SITE))
    ticket, answer = reported(ticket, fact(K.COMPLETED), NOW)
    assert (answer.state, answer.recorded_only) == (VisitState.COMPLETED, False)


def test_a_colleague_reports_as_before_and_the_helpdesk_speaks_for_anybody() -> None:
    crew = barred(scheduled(ANNA, BEN, skills=PAIR))
    _, bens = reported(crew, fact(K.EN_ROUTE, BEN), NOW)
    assert (bens.state, bens.recorded_only) == (VisitState.EN_ROUTE, False)
    by_desk = fact(K.EN_ROUTE).model_copy(update={"by": HELPDESK})
    _, desks = reported(crew, by_desk, NOW)
    assert (desks.state, desks.recorded_only) == (VisitState.EN_ROUTE, False)


def test_of_a_crew_only_who_may_not_come_is_passed_over_when_it_is_matched_anew() -> None:
    crew = barred(scheduled(ANNA, BEN, skills=PAIR))
    ticket = rescheduled(crew, RescheduleVisit(visit_id=VISIT, by=HELPDESK), NOW)
    states = {p.expert_id: p.state for p in ticket.matching.proposals}
    assert states == {ANNA: ProposalState.WITHDRAWN, BEN: ProposalState.ACTIVE}
    assert ticket.visits[0].crew == ()


def test_whoever_sent_a_report_that_is_only_kept_hears_when_it_came() -> None:
    said = fact(K.STARTED).model_copy(update={"received_at": NOW + HOUR})
    ticket, answer = reported(barred(scheduled()), said, NOW + HOUR)
    assert answer.received_at == NOW + HOUR
    assert [f.received_at for f in ticket.visits[0].evidence] == [NOW + HOUR]
