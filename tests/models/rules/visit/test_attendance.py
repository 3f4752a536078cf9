"""What a person decides about experts who do not answer, or are not there."""

from datetime import timedelta

import pytest

from models.errors import Conflict, DomainError, NotFound
from models.escalation import EscalationReason
from models.field import FactKind
from models.messages.escalation import (
    RemindExpert,
    RescheduleVisit,
)
from models.rules.escalation.doubts import doubts_of
from models.rules.visit.attendance import reminded, rescheduled
from models.visit import ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    DESK,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    after,
    completed,
    happenings,
    named,
    proposed,
    refused,
    scheduled,
    written,
)

LATE = NOW + 24 * HOUR
SILENT = NOW + 4 * HOUR


def code(refusal: pytest.ExceptionInfo[DomainError]) -> str:
    return refusal.value.code


def remind(reason: EscalationReason = EscalationReason.NO_ACK) -> RemindExpert:
    return RemindExpert(visit_id=VISIT, reason=reason, by=HELPDESK)


def test_only_those_who_are_silent_are_reminded_and_have_as_long_again() -> None:
    crew = after(scheduled(ANNA, BEN, skills=("a", "b")), FactKind.ACKNOWLEDGED)
    ticket = reminded(crew, remind(), SILENT)
    facts = {
        "assignment_id": "asg_1",
        "visit_id": VISIT,
        "expert_id": BEN,
        "start": "2026-03-03T08:00:00+00:00",
    }
    assert written(ticket, crew) == [("assignment.reminded", DESK, facts)]
    assert doubts_of(ticket, SILENT + 2 * HOUR - HOUR / 60) == []
    assert doubts_of(ticket, SILENT + 2 * HOUR) != []


def test_a_time_that_is_not_known_is_not_made_up_in_a_reminder() -> None:
    before = scheduled()
    before = before.with_visit(before.visits[0].but(start=None))
    [(_, _, facts)] = written(reminded(before, remind(), SILENT), before)
    assert facts["start"] is None


def test_of_a_visit_that_is_late_all_are_reminded_and_have_as_long_as_the_policy_gives() -> None:
    crew = after(scheduled(ANNA, BEN, skills=("a", "b")), FactKind.ACKNOWLEDGED)
    late = LATE + timedelta(minutes=15)
    ticket = reminded(crew, remind(EscalationReason.LATE_START), late)
    told = [facts["expert_id"] for _, _, facts in written(ticket, crew)]
    assert told == [ANNA, BEN]
    quiet = {d.reason for d in doubts_of(ticket, late + timedelta(minutes=14))}
    assert EscalationReason.LATE_START not in quiet
    again = {d.reason for d in doubts_of(ticket, late + timedelta(minutes=15))}
    assert EscalationReason.LATE_START in again


def test_a_visit_that_is_not_there_is_neither_reminded_of_nor_matched_anew() -> None:
    other = named("vis", 9)
    reason = EscalationReason.NO_ACK
    for act in (
        lambda: reminded(
            scheduled(), RemindExpert(visit_id=other, reason=reason, by=HELPDESK), SILENT
        ),
        lambda: rescheduled(scheduled(), RescheduleVisit(visit_id=other, by=HELPDESK), SILENT),
    ):
        assert refused(act) == (NotFound, "visit-unknown", None, {})


def test_nobody_is_reminded_of_what_they_answered() -> None:
    answered = after(scheduled(), FactKind.ACKNOWLEDGED)
    with pytest.raises(Conflict) as refusal:
        reminded(answered, remind(), SILENT)
    assert code(refusal) == "doubt-gone"


def test_a_visit_is_matched_anew_without_those_who_were_silent_and_with_those_who_answered() -> (
    None
):
    crew = after(scheduled(ANNA, BEN, skills=("a", "b")), FactKind.ACKNOWLEDGED)
    ticket = rescheduled(crew, RescheduleVisit(visit_id=VISIT, by=HELPDESK), SILENT)
    [visit], [group] = ticket.visits, ticket.matching.groups
    assert (visit.state, visit.start, visit.crew) == (VisitState.OPEN, None, ())
    assert (group.is_live, group.needs_matching) == (True, True)
    passed_over = {"proposal_id": named("prp", 2), "visit_id": VISIT, "expert_id": BEN}
    assert written(ticket, crew)[0] == ("proposal.passed_over", DESK, passed_over)
    assert {who for _, who, _ in written(ticket, crew)} == {DESK, HOUSE}
    assert happenings(ticket).count("proposal.passed_over") == 1
    states = {p.expert_id: p.state for p in ticket.matching.proposals}
    assert states == {ANNA: ProposalState.ACTIVE, BEN: ProposalState.WITHDRAWN}


def test_a_visit_is_not_matched_anew_for_what_is_not_so_any_more() -> None:
    for reason in (EscalationReason.NO_ACK, EscalationReason.CANNOT_ARRIVE):
        change = RescheduleVisit(visit_id=VISIT, by=HELPDESK, reason=reason)
        with pytest.raises(Conflict) as refusal:
            rescheduled(after(scheduled(), FactKind.ACKNOWLEDGED), change, SILENT)
        assert code(refusal) == "doubt-gone"
    late = RescheduleVisit(visit_id=VISIT, by=HELPDESK, reason=EscalationReason.LATE_START)
    assert rescheduled(after(scheduled(), FactKind.ACKNOWLEDGED), late, LATE).visits[0].crew == ()


def test_where_all_answered_and_nobody_came_nobody_of_them_is_asked_again() -> None:
    late = after(scheduled(), FactKind.ACKNOWLEDGED)
    ticket = rescheduled(late, RescheduleVisit(visit_id=VISIT, by=HELPDESK), LATE + HOUR)
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.WITHDRAWN]


def test_a_visit_on_which_somebody_works_is_not_matched_anew() -> None:
    for there in (after(scheduled(), FactKind.ON_SITE), completed(), proposed(admitted())):
        with pytest.raises(Conflict) as refusal:
            rescheduled(there, RescheduleVisit(visit_id=VISIT, by=HELPDESK), LATE)
        assert code(refusal) == "illegal-transition"
