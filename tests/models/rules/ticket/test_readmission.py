"""A ticket that is looked up again, once its customer's file or its model was mended."""

import pytest

from models.errors import Conflict, DomainError
from models.escalation import EscalationReason
from models.field import FactKind
from models.messages.escalation import (
    LeaveModelOpen,
    NotificationFailed,
    Readmit,
)
from models.messages.ticket import Admission, DecideCoverage
from models.promise.sla import ServiceLevel
from models.rules.escalation.doubts import doubts_of
from models.rules.message.undeliverable import notification_failed
from models.rules.ticket.finishing import bill_due
from models.rules.ticket.intake import with_coverage
from models.rules.ticket.readmission import readmitted, without_model
from models.rules.transitions import status_of
from models.ticket import Attention, Coverage, Ticket, TicketStatus
from models.visit import Assignment, Position, Visit
from tests.models.rules.stories import (
    ANNA,
    DESK,
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
    scheduled,
    with_filing,
    with_matching,
    with_promise,
    written,
)

LATE = NOW + 24 * HOUR


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


def with_extra_visit(ticket: Ticket) -> Ticket:
    """The ticket with a visit that the helpdesk added."""
    extra = Visit(
        id=named("vis", 2),
        seq=2,
        duration=3 * HOUR,
        positions=(Position(idx=0, skill="networking"),),
    )
    return ticket.but(visits=(*ticket.visits, extra))


def code(refusal: pytest.ExceptionInfo[DomainError]) -> str:
    return refusal.value.code


def test_a_ticket_whose_customer_is_known_at_last_begins_to_wait() -> None:
    ticket = looked_up(admitted(zone=None), admission())
    assert (ticket.filing.zone, ticket.review_open, ticket.matching.since) == (
        "berlin",
        False,
        LATE,
    )
    [visit] = ticket.visits
    assert (visit.duration, visit.positions[0].skill) == (HOUR, "electrical")
    facts = {"zone": "berlin", "category": "oven", "coverage": "COVERED", "model_id": None}
    assert written(ticket)[-2:] == [
        ("ticket.readmitted", DESK, facts),
        ("visit.offered", DESK, {"visit_id": VISIT}),
    ]
    assert ticket.filing.category == "oven"
    assert [g.needs_matching for g in ticket.matching.groups] == [True]


def test_what_the_file_says_about_payment_holds_where_nobody_decided_otherwise() -> None:
    ticket = looked_up(admitted(Coverage.UNKNOWN, zone=None), admission())
    assert (ticket.promise.coverage, ticket.promise.plan_id) == (Coverage.COVERED, "home-eur")


def test_a_visit_added_to_a_ticket_that_was_kept_back_is_offered_with_the_others() -> None:
    kept_back = with_extra_visit(admitted(zone=None))
    ticket = looked_up(kept_back, admission())
    offered = [facts["visit_id"] for kind, _, facts in written(ticket) if kind == "visit.offered"]
    assert offered == [VISIT, named("vis", 2)]
    at_work = with_extra_visit(admitted())
    ticket = looked_up(at_work, admission(), "mod_oven")
    assert happenings(ticket)[-2:] == ["ticket.readmitted", "visit.offered"]
    assert written(ticket)[-2][2]["model_id"] == "mod_oven"


def test_a_ticket_that_waits_already_goes_on_waiting_from_when_it_began() -> None:
    assert looked_up(admitted(), admission()).matching.since == NOW
    unpaid = looked_up(admitted(Coverage.UNKNOWN), admission(coverage=Coverage.NOT_COVERED))
    assert (unpaid.review_open, unpaid.matching.since) == (True, NOW)
    assert happenings(unpaid)[-1] == "ticket.readmitted"
    for still in (admission(zone=None), admission(coverage=Coverage.NOT_COVERED)):
        assert looked_up(admitted(Coverage.NOT_COVERED), still).matching.since == NOW


def test_a_group_is_looked_at_again_with_what_its_visits_need_now() -> None:
    idle = admitted()
    idle = idle.with_group(idle.matching.groups[0].but(needs_matching=False))
    assert [g.needs_matching for g in looked_up(idle, admission()).matching.groups] == [True]


def test_a_visit_to_which_a_hand_sent_somebody_needs_what_it_needed() -> None:
    ticket = admitted(skills=("refrigeration", "electrical"))
    taken = Assignment(id="asg_1", visit_id=VISIT, position=0, expert_id=ANNA)
    ticket = ticket.with_visit(ticket.visits[0].but(assignments=(taken,)))
    assert looked_up(ticket, admission()).visits == ticket.visits


def test_another_plan_promises_anew_unless_a_person_decided_who_pays() -> None:
    service = ServiceLevel(schedule=HOUR, onsite=2 * HOUR, resolve=3 * HOUR)
    before = ServiceLevel(schedule=50 * HOUR, onsite=60 * HOUR, resolve=70 * HOUR)
    covered = with_promise(admitted(), plan_id="home-eur", service=before)
    ticket = looked_up(covered, admission(service=service))
    assert ticket.promise.service == service
    assert [c.target for c in ticket.promise.clocks] == [HOUR, 2 * HOUR, 3 * HOUR]
    assert looked_up(covered, admission()).promise.service == before
    waived = with_coverage(
        with_promise(admitted(Coverage.UNKNOWN), service=before),
        DecideCoverage(coverage=Coverage.WAIVED, by=HELPDESK),
        NOW,
    )
    kept = looked_up(waived, admission(service=service))
    assert (kept.promise.service, kept.promise.plan_id) == (before, None)


def test_a_plan_that_paid_is_looked_up_like_any_other() -> None:
    paid = with_promise(admitted(), plan_id="home-eur")
    ticket = looked_up(paid, admission(coverage=Coverage.UNKNOWN, plan_id=None))
    assert (ticket.promise.coverage, ticket.promise.plan_id) == (Coverage.UNKNOWN, None)


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
    ticket = looked_up(with_extra_visit(admitted()), admission())
    assert [v.positions[0].skill for v in ticket.visits] == ["electrical", "networking"]
    assert ticket.visits[1].duration == 3 * HOUR


def test_a_ticket_without_a_visit_is_looked_up_like_any_other() -> None:
    bare = with_matching(admitted().but(visits=()), groups=())
    assert looked_up(bare, admission()).filing.category == "oven"


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
    assert written(left, ticket) == [("model.left_open", DESK, {})]
    found = admission(attention=(Attention.MODEL_UNRESOLVED, Attention.SLOTS_MISSING))
    assert looked_up(left, found).filing.attention == ()
    assert looked_up(ticket, found).filing.attention == (Attention.MODEL_UNRESOLVED,)


def test_once_the_work_is_done_nothing_is_looked_up_again() -> None:
    for over in (completed(), admitted().but(cancelled=True)):
        with pytest.raises(Conflict) as refusal:
            looked_up(over, admission())
        assert code(refusal) == "illegal-transition"
        assert refusal.value.evidence["allowed"] == []


def kept_back_and_done() -> Ticket:
    """Kept back by a plan that does not pay, while its expert was on the way and did the work."""
    under_way = after(with_promise(scheduled(), plan_id="home-eur"), FactKind.EN_ROUTE)
    refused = looked_up(under_way, admission(coverage=Coverage.NOT_COVERED))
    done = after(refused, FactKind.COMPLETED)
    assert (status_of(done), done.completed_at) == (TicketStatus.REVIEW, None)
    return done


def test_work_that_was_done_while_a_review_kept_it_back_is_complete_once_that_is_decided() -> None:
    by_hand = DecideCoverage(coverage=Coverage.WAIVED, by=HELPDESK)
    for let_go in (
        with_coverage(kept_back_and_done(), by_hand, LATE),
        looked_up(kept_back_and_done(), admission()),
    ):
        assert (status_of(let_go), let_go.completed_at) == (TicketStatus.COMPLETED, NOW)
        assert happenings(let_go)[-1] == "ticket.completed"
        assert bill_due(let_go, LATE) is not None


def test_what_else_a_person_should_look_at_stays_when_a_model_is_left_open() -> None:
    both = (Attention.SLOTS_MISSING, Attention.MODEL_UNRESOLVED)
    left = without_model(with_filing(admitted(), attention=both), LeaveModelOpen(by=HELPDESK), NOW)
    assert left.filing.attention == (Attention.SLOTS_MISSING,)


def test_missing_times_and_an_unknown_customer_are_still_missing_when_they_are() -> None:
    found = admission(attention=(Attention.CUSTOMER_UNKNOWN, Attention.SLOTS_MISSING))
    assert looked_up(admitted(), found).filing.attention == (Attention.CUSTOMER_UNKNOWN,)
    without = with_filing(admitted(), slots=())
    assert looked_up(without, found).filing.attention == found.attention


def test_what_could_not_be_told_without_a_file_needs_nobody_once_there_is_one() -> None:
    lost = NotificationFailed(notification_id="ntf_1")
    unfiled = notification_failed(admitted(zone=None), lost, NOW)
    assert [d.reason for d in doubts_of(unfiled, NOW)] == [EscalationReason.DATA_MISSING]
    filed = looked_up(unfiled, admission())
    assert filed.doubts.undeliverable == ()
    assert "notification.settled" in [event.type for event in filed.news]
    still = looked_up(unfiled, admission(zone=None))
    assert still.doubts.undeliverable == ("ntf_1",)
    known = notification_failed(admitted(), lost, NOW)
    assert looked_up(known, admission()).doubts.undeliverable == ("ntf_1",)


def test_how_old_the_knowledge_of_who_pays_is_goes_with_it() -> None:
    remembered = looked_up(admitted(Coverage.UNKNOWN), admission(coverage_as_of=NOW))
    assert remembered.promise.coverage_as_of == NOW
    assert looked_up(remembered, admission()).promise.coverage_as_of is None, "just heard"
    by_hand = DecideCoverage(coverage=Coverage.WAIVED, by=HELPDESK)
    waived = with_coverage(admitted(Coverage.UNKNOWN), by_hand, NOW)
    still = looked_up(waived, admission(coverage_as_of=NOW))
    assert still.promise.coverage_as_of is None, "a person decided"
