"""What the decisions of escalations change on a ticket."""

from datetime import timedelta

import pytest

from models.errors import Conflict, DomainError
from models.escalation import EscalationReason
from models.messages.escalation import (
    ExtendWait,
    LeaveModelOpen,
    NotificationFailed,
    NotificationSettled,
    Readmit,
    RemindExpert,
    RequestPayment,
    RescheduleVisit,
)
from models.messages.ticket import Admission, DecideCoverage
from models.rules.escalation.doubts import doubts_of, payment_requested, wait_extended
from models.rules.message.undeliverable import notification_failed, notification_settled
from models.rules.ticket.intake import with_coverage
from models.rules.ticket.readmission import readmitted, without_model
from models.rules.visit.attendance import reminded, rescheduled
from models.ticket import Attention, Coverage, Ticket
from models.visit import FactKind, Position, ProposalState, Visit, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    GROUP,
    HELPDESK,
    HOUR,
    LENGTH,
    NOW,
    VISIT,
    admitted,
    after,
    completed,
    happenings,
    named,
    proposed,
    scheduled,
    with_filing,
)

LATE = NOW + 24 * HOUR
SILENT = NOW + 2 * HOUR


def admission(zone: str | None = "berlin", skill: str = "electrical", **more: object) -> Admission:
    found = {
        "zone": zone,
        "category": "oven",
        "plan_id": "home-eur",
        "coverage": Coverage.COVERED,
        "duration": HOUR,
        "positions": (Position(idx=0, skill=skill),),
    }
    return Admission.model_validate({**found, **more})


def looked_up(ticket: Ticket, found: Admission, model_id: str | None = None) -> Ticket:
    return readmitted(ticket, Readmit(admission=found, by=HELPDESK, model_id=model_id), LATE)


def code(refusal: pytest.ExceptionInfo[DomainError]) -> str:
    return refusal.value.code


# Waiting longer.


def extend(reason: EscalationReason, hours: int | None = None) -> ExtendWait:
    until = None if hours is None else LATE + hours * HOUR
    return ExtendWait(subject=GROUP, reason=reason, by=HELPDESK, until=until)


def test_a_wait_is_extended_by_hours_or_by_as_long_again() -> None:
    ticket = admitted()
    for hours, end in ((3, LATE + 3 * HOUR), (None, LATE + 24 * HOUR)):
        longer = wait_extended(ticket, extend(EscalationReason.NO_PROPOSALS, hours), LATE)
        assert doubts_of(longer, end - HOUR) == []
        assert doubts_of(longer, end) != []
        assert happenings(longer)[-1] == "wait.extended"


def test_a_group_that_lacks_something_else_by_now_is_waited_for_all_the_same() -> None:
    assert wait_extended(admitted(), extend(EscalationReason.PARTIAL), LATE).doubts.patience


def test_what_is_in_doubt_no_more_is_waited_for_no_longer() -> None:
    ask = extend(EscalationReason.NO_PROPOSALS)
    for ticket, now in ((admitted(), NOW), (scheduled(), NOW), (completed(), LATE)):
        with pytest.raises(Conflict) as refusal:
            wait_extended(ticket, ask, now)
        assert code(refusal) == "doubt-gone"


# Who pays.


@pytest.mark.parametrize("coverage", [Coverage.NOT_COVERED, Coverage.UNKNOWN])
def test_a_customer_who_is_asked_to_pay_has_a_week(coverage: Coverage) -> None:
    asked = payment_requested(admitted(coverage), RequestPayment(by=HELPDESK), NOW)
    reason = EscalationReason(doubts_of(admitted(coverage), NOW)[0].reason)
    week = NOW + timedelta(days=7)
    assert reason not in {d.reason for d in doubts_of(asked, week - HOUR)}
    assert reason in {d.reason for d in doubts_of(asked, week)}
    with pytest.raises(Conflict) as refusal:
        payment_requested(asked, RequestPayment(by=HELPDESK), NOW)
    assert code(refusal) == "doubt-gone"


# Looked up again.


def test_a_ticket_whose_customer_is_known_at_last_begins_to_wait() -> None:
    ticket = looked_up(admitted(zone=None), admission())
    assert (ticket.filing.zone, ticket.review_open, ticket.matching.since) == (
        "berlin",
        False,
        LATE,
    )
    [visit] = ticket.visits
    assert (visit.duration, visit.positions[0].skill) == (HOUR, "electrical")
    assert happenings(ticket)[-2:] == ["ticket.readmitted", "visit.offered"]


def test_a_ticket_whose_customer_nobody_knows_still_waits_for_the_helpdesk() -> None:
    ticket = looked_up(admitted(zone=None), admission(zone=None))
    assert ticket.review_open
    assert "visit.offered" not in happenings(ticket)


def test_what_another_skill_is_needed_for_is_offered_to_those_who_hold_it() -> None:
    changed = looked_up(admitted(), admission(), "mod_oven")
    assert changed.filing.model_id == "mod_oven"
    assert happenings(changed).count("visit.offered") == 2
    same = looked_up(admitted(), admission(skill="refrigeration", duration=LENGTH))
    assert happenings(same).count("visit.offered") == 1


def test_a_visit_that_the_helpdesk_added_needs_what_it_said() -> None:
    extra = Visit(
        id=named("vis", 2),
        seq=2,
        duration=3 * HOUR,
        positions=(Position(idx=0, skill="networking"),),
    )
    ticket = admitted()
    ticket = looked_up(ticket.but(visits=(*ticket.visits, extra)), admission())
    assert [v.positions[0].skill for v in ticket.visits] == ["electrical", "networking"]
    assert ticket.visits[1].duration == 3 * HOUR


def test_a_visit_that_is_settled_stays_as_it_is() -> None:
    before = scheduled()
    ticket = looked_up(before, admission())
    assert ticket.visits == before.visits


@pytest.mark.parametrize("decided", [Coverage.WAIVED, Coverage.PAY_PER_JOB, Coverage.COVERED])
def test_what_a_person_decided_about_payment_stays(decided: Coverage) -> None:
    ticket = admitted(Coverage.NOT_COVERED)
    ticket = with_coverage(ticket, DecideCoverage(coverage=decided, by=HELPDESK), NOW)
    refused = admission(coverage=Coverage.NOT_COVERED, plan_id=None)
    ticket = looked_up(ticket, refused)
    assert (ticket.promise.coverage, ticket.review_open) == (decided, False)


def test_a_model_that_nobody_looks_for_any_more_is_not_looked_for_again() -> None:
    ticket = with_filing(admitted(), attention=(Attention.MODEL_UNRESOLVED,), model_text_given=True)
    left = without_model(ticket, LeaveModelOpen(by=HELPDESK), NOW)
    found = admission(attention=(Attention.MODEL_UNRESOLVED, Attention.SLOTS_MISSING))
    assert looked_up(left, found).filing.attention == ()
    assert looked_up(ticket, found).filing.attention == (Attention.MODEL_UNRESOLVED,)


def test_once_the_work_is_done_nothing_is_looked_up_again() -> None:
    for over in (completed(), admitted().but(cancelled=True)):
        with pytest.raises(Conflict) as refusal:
            looked_up(over, admission())
        assert code(refusal) == "illegal-transition"


# Messages that reach nobody.


def test_a_message_that_was_seen_to_is_asked_about_no_more_however_often_that_is_said() -> None:
    ticket = notification_failed(admitted(), NotificationFailed(notification_id="ntf_1"), NOW)
    said = NotificationSettled(notification_id="ntf_1", by=HELPDESK)
    settled = notification_settled(ticket, said, NOW)
    assert settled.doubts.undeliverable == ()
    assert notification_settled(settled, said, NOW) is settled


def test_a_message_that_failed_twice_failed_once_until_it_was_seen_to() -> None:
    failed = NotificationFailed(notification_id="ntf_1")
    ticket = notification_failed(admitted(), failed, NOW)
    assert notification_failed(ticket, failed, NOW) is ticket


# Experts who do not answer.


def remind(reason: EscalationReason = EscalationReason.NO_ACK) -> RemindExpert:
    return RemindExpert(visit_id=VISIT, reason=reason, by=HELPDESK)


def test_only_those_who_are_silent_are_reminded_and_have_as_long_again() -> None:
    crew = after(scheduled(ANNA, BEN, skills=("a", "b")), FactKind.ACKNOWLEDGED)
    ticket = reminded(crew, remind(), SILENT)
    told = [e.data["expert_id"] for e in ticket.news if e.type == "assignment.reminded"]
    assert told == [BEN]
    assert doubts_of(ticket, SILENT + 2 * HOUR - HOUR / 60) == []
    assert doubts_of(ticket, SILENT + 2 * HOUR) != []


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
    states = {p.expert_id: p.state for p in ticket.matching.proposals}
    assert states == {ANNA: ProposalState.ACTIVE, BEN: ProposalState.WITHDRAWN}


def test_where_all_answered_and_nobody_came_nobody_of_them_is_asked_again() -> None:
    late = after(scheduled(), FactKind.ACKNOWLEDGED)
    ticket = rescheduled(late, RescheduleVisit(visit_id=VISIT, by=HELPDESK), LATE + HOUR)
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.WITHDRAWN]


def test_a_visit_on_which_somebody_works_is_not_matched_anew() -> None:
    for there in (after(scheduled(), FactKind.ON_SITE), completed(), proposed(admitted())):
        with pytest.raises(Conflict) as refusal:
            rescheduled(there, RescheduleVisit(visit_id=VISIT, by=HELPDESK), LATE)
        assert code(refusal) == "illegal-transition"
