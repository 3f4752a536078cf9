"""What is in doubt, what somebody decided to wait for, and until when."""

from datetime import datetime, timedelta

import pytest

from models.errors import Conflict, DomainError
from models.escalation import Doubt, EscalationReason, Patience
from models.field import FactKind
from models.messages.escalation import ExtendWait, RequestPayment
from models.promise.policy import Policies
from models.rules.escalation.attendance import acknowledgement_due, late_due
from models.rules.escalation.doubts import (
    doubts_of,
    payment_requested,
    require_doubt,
    wait_extended,
    with_patience,
)
from models.rules.escalation.matching import offer_due, waits_too_long
from models.ticket import Attention, Coverage, Ticket
from models.visit import MatchState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    DESK,
    GROUP,
    HELPDESK,
    HOUR,
    NOW,
    TICKET,
    VISIT,
    admitted,
    after,
    completed,
    named,
    refused,
    scheduled,
    with_filing,
    with_matching,
    written,
)

LATE = NOW + 24 * HOUR


def code(refusal: pytest.ExceptionInfo[DomainError]) -> str:
    return refusal.value.code


def extend(reason: EscalationReason, hours: int | None = None) -> ExtendWait:
    until = None if hours is None else LATE + hours * HOUR
    return ExtendWait(subject=GROUP, reason=reason, by=HELPDESK, until=until)


def test_a_wait_is_extended_by_hours_or_by_as_long_again() -> None:
    ticket = admitted()
    for hours, end in ((3, LATE + 3 * HOUR), (None, LATE + 24 * HOUR)):
        longer = wait_extended(ticket, extend(EscalationReason.NO_PROPOSALS, hours), LATE)
        assert doubts_of(longer, end - HOUR) == []
        assert doubts_of(longer, end) != []
        facts = {"subject": GROUP, "until": end.isoformat()}
        assert written(longer, ticket) == [("wait.extended", DESK, facts)]


def test_a_group_that_lacks_something_else_by_now_is_waited_for_all_the_same() -> None:
    assert wait_extended(admitted(), extend(EscalationReason.PARTIAL), LATE).doubts.patience


def test_of_a_ticket_only_the_reason_that_was_named_is_waited_for() -> None:
    ticket = admitted(Coverage.UNKNOWN)
    wait = ExtendWait(subject=TICKET, reason=EscalationReason.COVERAGE_UNKNOWN, by=HELPDESK)
    longer = wait_extended(ticket, wait, NOW)
    assert [p.subject for p in longer.doubts.patience] == [f"{TICKET}:COVERAGE_UNKNOWN"]


def test_what_is_in_doubt_no_more_is_waited_for_no_longer() -> None:
    ask = extend(EscalationReason.NO_PROPOSALS)
    for ticket, now in ((admitted(), NOW), (scheduled(), NOW), (completed(), LATE)):
        with pytest.raises(Conflict) as refusal:
            wait_extended(ticket, ask, now)
        assert code(refusal) == "doubt-gone"


@pytest.mark.parametrize("coverage", [Coverage.NOT_COVERED, Coverage.UNKNOWN])
def test_a_customer_who_is_asked_to_pay_has_a_week(coverage: Coverage) -> None:
    before = admitted(coverage)
    asked = payment_requested(before, RequestPayment(by=HELPDESK), NOW)
    facts = {"expires_at": "2026-03-09T08:00:00+00:00"}
    assert written(asked, before) == [("payment.requested", DESK, facts)]
    reason = EscalationReason(doubts_of(admitted(coverage), NOW)[0].reason)
    week = NOW + timedelta(days=7)
    assert reason not in {d.reason for d in doubts_of(asked, week - HOUR)}
    assert reason in {d.reason for d in doubts_of(asked, week)}
    with pytest.raises(Conflict) as refusal:
        payment_requested(asked, RequestPayment(by=HELPDESK), NOW)
    assert code(refusal) == "doubt-gone"


# What is in doubt.


def doubt(ticket: Ticket, now: datetime = LATE) -> list[Doubt]:
    return doubts_of(ticket, now)


def standing(ticket: Ticket, state: MatchState, **group: object) -> Ticket:
    found = {"match_state": state, "needs_matching": False, **group}
    return with_matching(ticket, groups=tuple(g.but(**found) for g in ticket.matching.groups))


def two_groups(first: MatchState, second: MatchState) -> Ticket:
    """Two visits, numbers 1 and 2, that wait apart."""
    ticket = admitted()
    [visit], [group] = ticket.visits, ticket.matching.groups
    other = group.but(id=named("grp", 2), visit_ids=(named("vis", 2),), match_state=second)
    return ticket.but(
        visits=(visit, visit.but(id=named("vis", 2), seq=2)),
        matching=ticket.matching.but(groups=(group.but(match_state=first), other)),
    )


def test_of_several_groups_the_visit_is_named_and_of_one_it_is_not() -> None:
    both = two_groups(MatchState.PARTIAL, MatchState.EMPTY)
    assert doubt(both) == [
        Doubt(GROUP, EscalationReason.PARTIAL, 1),
        Doubt(named("grp", 2), EscalationReason.NO_PROPOSALS, 2),
    ]
    one = two_groups(MatchState.FINALISED, MatchState.NO_COMMON_TIME)
    assert doubt(one) == [Doubt(named("grp", 2), EscalationReason.NO_COMMON_TIME)]
    joined = both.with_group(both.matching.groups[0].but(visit_ids=(named("vis", 2), VISIT)))
    assert doubt(joined)[0].visit == 1


def test_a_group_is_in_doubt_once_it_waited_as_long_as_the_policy_gives() -> None:
    waiting = standing(admitted(), MatchState.EMPTY)
    [group] = waiting.matching.groups
    assert waits_too_long(waiting, group, LATE)
    assert not waits_too_long(waiting, group, LATE - timedelta(seconds=1))
    assert not waits_too_long(with_matching(waiting, since=None), group, LATE)
    assert not waits_too_long(waiting.but(review_open=True), group, LATE)
    assert not waits_too_long(waiting, group.but(match_state=MatchState.FINALISED), LATE)
    hasty = admitted(policies=Policies(pending_timeout=HOUR))
    assert waits_too_long(hasty, group, NOW + HOUR)


def test_a_group_of_which_nobody_knows_is_asked_about_when_its_search_gets_no_more_steps() -> None:
    asked = [Doubt(GROUP, EscalationReason.MATCH_UNDECIDED)]
    for undecided, at_once in ((1, []), (2, []), (3, asked)):
        ticket = standing(admitted(), MatchState.UNDECIDED, undecided=undecided)
        assert doubt(ticket, NOW) == at_once
        assert doubt(ticket, LATE) == asked
    reasons = [d.reason for d in doubt(ticket.but(review_open=True), NOW)]
    assert EscalationReason.MATCH_UNDECIDED not in reasons


def test_before_it_is_admitted_a_ticket_asks_nothing() -> None:
    assert doubt(admitted(zone=None).but(admitted=False), LATE) == []


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [
        (admitted(zone=None), EscalationReason.DATA_MISSING),
        (admitted(Coverage.NOT_COVERED), EscalationReason.NOT_COVERED),
        (admitted(Coverage.UNKNOWN), EscalationReason.COVERAGE_UNKNOWN),
    ],
)
def test_who_pays_and_where_to_go_are_asked_at_once(
    ticket: Ticket, reason: EscalationReason
) -> None:
    assert [d.reason for d in doubt(ticket, NOW)] == [reason]


def test_a_full_group_that_is_held_is_not_in_doubt() -> None:
    assert doubt(standing(admitted(), MatchState.FULL_HELD)) == []


@pytest.mark.parametrize(
    ("auto", "state", "offered", "due"),
    [
        (True, MatchState.NO_COMMON_TIME, 0, True),
        (True, MatchState.NO_COMMON_TIME, 1, False),
        (True, MatchState.PARTIAL, 0, False),
        (True, MatchState.EMPTY, 0, False),
        (False, MatchState.NO_COMMON_TIME, 0, False),
    ],
)
def test_times_are_offered_before_anybody_is_asked_where_the_policy_says_so(
    auto: bool, state: MatchState, offered: int, due: bool
) -> None:
    ticket = standing(
        admitted(policies=Policies(auto_offer_slots=auto)), state, offered_round=offered
    )
    found = offer_due(ticket, LATE)
    assert found == (ticket.matching.groups[0] if due else None)
    assert (doubt(ticket) == []) is due
    assert offer_due(ticket, LATE - timedelta(seconds=1)) is None


def test_a_later_round_is_offered_times_again() -> None:
    policies = Policies(auto_offer_slots=True)
    ticket = standing(admitted(policies=policies), MatchState.NO_COMMON_TIME, offered_round=1)
    again = standing(ticket, MatchState.NO_COMMON_TIME, round=2)
    assert offer_due(again, LATE) == again.matching.groups[0]


def test_experts_have_twice_two_hours_to_answer_from_when_the_first_of_them_was_booked() -> None:
    def due(ticket: Ticket) -> datetime | None:
        return acknowledgement_due(ticket, ticket.visits[0])

    pair = scheduled(ANNA, BEN, skills=("a", "b"))
    [visit] = pair.visits
    anna, ben = visit.assignments
    later = visit.but(assignments=(anna.but(booked_at=NOW + HOUR), ben))
    assert due(pair.with_visit(later)) == NOW + 4 * HOUR
    answered = after(pair.with_visit(later), FactKind.ACKNOWLEDGED, expert=BEN)
    assert due(answered) == NOW + 5 * HOUR
    unknown = visit.but(assignments=(anna.but(booked_at=None),))
    assert due(pair.with_visit(unknown)) is None
    assert due(after(pair, FactKind.EN_ROUTE)) == NOW + 4 * HOUR
    assert due(after(scheduled(), FactKind.EN_ROUTE)) is None
    assert due(scheduled(policies=Policies(ack_timeout=HOUR))) == NOW + 2 * HOUR


def test_a_visit_is_late_while_nobody_has_reached_it() -> None:
    def due(ticket: Ticket) -> datetime | None:
        return late_due(ticket, ticket.visits[0])

    quarter = timedelta(minutes=15)
    assert due(scheduled()) == due(after(scheduled(), FactKind.EN_ROUTE)) == LATE + quarter
    assert due(scheduled(policies=Policies(late_start_after=HOUR))) == LATE + HOUR
    for reached in (after(scheduled(), FactKind.ON_SITE), completed(), admitted()):
        assert due(reached) is None
    fixed = scheduled()
    fixed = fixed.with_visit(fixed.visits[0].but(state=VisitState.OPEN))
    assert due(fixed) is None


def test_a_visit_in_doubt_is_named_by_its_number() -> None:
    [silent] = doubt(scheduled(), NOW + 4 * HOUR)
    assert silent == Doubt(VISIT, EscalationReason.NO_ACK, 1)
    [late] = doubt(scheduled(), LATE + timedelta(minutes=15))
    assert late == Doubt(VISIT, EscalationReason.LATE_START, 1)
    assert doubt(scheduled(), NOW + 4 * HOUR - timedelta(seconds=1)) == []


def test_a_model_is_in_doubt_until_somebody_is_on_the_way() -> None:
    wrote = {"attention": (Attention.MODEL_UNRESOLVED,), "model_text_given": True}
    reasons = EscalationReason.MODEL_UNRESOLVED
    for early in (
        admitted(),
        admitted(Coverage.NOT_COVERED),
        scheduled(),
        with_matching(admitted().but(visits=()), groups=()),
    ):
        assert reasons in [d.reason for d in doubt(with_filing(early, **wrote), NOW)]
    under_way = after(scheduled(), FactKind.EN_ROUTE)
    assert reasons not in [d.reason for d in doubt(with_filing(under_way, **wrote), NOW)]


def test_patience_replaces_the_patience_about_the_same_and_leaves_the_rest() -> None:
    unknown = Doubt(TICKET, EscalationReason.COVERAGE_UNKNOWN)
    data = Doubt(TICKET, EscalationReason.DATA_MISSING)
    ticket = with_patience(with_patience(admitted(), unknown, NOW), data, NOW)
    ticket = with_patience(ticket, unknown, LATE)
    assert ticket.doubts.patience == (
        Patience(subject=f"{TICKET}:DATA_MISSING", until=NOW),
        Patience(subject=f"{TICKET}:COVERAGE_UNKNOWN", until=LATE),
    )


def test_a_doubt_is_required_by_its_subject_and_its_reason() -> None:
    ticket = admitted(Coverage.UNKNOWN)
    unknown = EscalationReason.COVERAGE_UNKNOWN
    assert require_doubt(ticket, TICKET, unknown, NOW) == Doubt(TICKET, unknown)
    gone = (Conflict, "doubt-gone", None, {})
    for subject, reason in ((TICKET, EscalationReason.DATA_MISSING), (GROUP, unknown)):
        assert refused(lambda s=subject, r=reason: require_doubt(ticket, s, r, NOW)) == gone
    over = with_patience(ticket, Doubt(TICKET, unknown), LATE)
    assert refused(lambda: require_doubt(over, TICKET, unknown, LATE - HOUR)) == gone
    assert require_doubt(over, TICKET, unknown, LATE)


def test_how_long_a_payment_and_a_longer_wait_take_are_policies() -> None:
    policies = Policies(payment_wait=3 * HOUR, pending_timeout=5 * HOUR)
    unpaid = admitted(Coverage.NOT_COVERED, policies=policies)
    asked = payment_requested(unpaid, RequestPayment(by=HELPDESK), NOW)
    assert asked.doubts.patience == (
        Patience(subject=f"{TICKET}:NOT_COVERED", until=NOW + 3 * HOUR),
    )
    longer = wait_extended(admitted(policies=policies), extend(EscalationReason.PARTIAL), LATE)
    assert longer.doubts.patience == (Patience(subject=GROUP, until=LATE + 5 * HOUR),)
