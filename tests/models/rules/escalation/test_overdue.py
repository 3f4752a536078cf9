"""When somebody is asked about a clock that is late, why not, what they read, what they decide."""

from datetime import datetime, timedelta

import pytest

from models.escalation import Doubt, EscalationReason
from models.field import FactKind
from models.matching.offer import OfferedTimes, OfferedVisit
from models.messages.escalation import ExtendWait
from models.messages.matching import OfferSlots
from models.messages.ticket import ConfirmTicket
from models.promise.sla import ClockName, ServiceLevel, SlaAsks
from models.rules.escalation.asking import with_due_questions
from models.rules.escalation.doubts import doubts_of, wait_extended
from models.rules.escalation.overdue import SAME_CAUSE, SOON, unexplained
from models.rules.promise.sla import clocked
from models.rules.ticket import offering
from models.rules.ticket.closing import confirmed
from models.rules.ticket.waiting import caught_up
from models.ticket import Coverage, Ticket
from tests.models.rules.stories import (
    BY_CUSTOMER,
    GROUP,
    HELPDESK,
    HOUR,
    NOW,
    TICKET,
    VISIT,
    admitted,
    after,
    between,
    scheduled,
    with_matching,
    with_promise,
)

SERVICE = ServiceLevel(schedule=8 * HOUR, onsite=40 * HOUR, resolve=60 * HOUR)
SECOND = timedelta(seconds=1)
RISK, DUE = NOW + 6 * HOUR, NOW + 8 * HOUR
SCHEDULE, ONSITE, RESOLVE = (f"{TICKET}:{name}" for name in ClockName)
R = EscalationReason


def promised(ticket: Ticket, asks: SlaAsks = SlaAsks.BREACH, **policies: timedelta) -> Ticket:
    ticket = ticket.but(policies=ticket.policies.but(sla_asks=asks, **policies))
    return clocked(with_promise(ticket, service=SERVICE), NOW)


def waiting(asks: SlaAsks = SlaAsks.BREACH, **policies: timedelta) -> Ticket:
    """Nobody has come forward, and nobody is asked about that for a week."""
    ticket = promised(admitted(), asks, **{"pending_timeout": 168 * HOUR, **policies})
    [group] = ticket.matching.groups
    return with_matching(ticket, groups=(group.but(needs_matching=False),))


def live(ticket: Ticket) -> list[tuple[str, EscalationReason]]:
    return [(q.subject, q.reason) for q in ticket.doubts.questions if q.is_live]


# When


@pytest.mark.parametrize(
    ("asks", "at_risk", "breached"),
    [
        (SlaAsks.NOBODY, [], []),
        (SlaAsks.BREACH, [], [(SCHEDULE, R.SLA_BREACHED)]),
        (SlaAsks.RISK, [(SCHEDULE, R.SLA_AT_RISK)], [(SCHEDULE, R.SLA_BREACHED)]),
    ],
)
def test_the_policy_says_of_which_moments_somebody_is_asked(
    asks: SlaAsks, at_risk: list[object], breached: list[object]
) -> None:
    ticket = waiting(asks)
    assert live(caught_up(ticket, RISK - SECOND)) == []
    risky = caught_up(ticket, RISK)
    assert live(risky) == live(caught_up(risky, DUE - SECOND)) == at_risk
    late = caught_up(risky, DUE)
    assert live(late) == breached
    assert [e.type for e in late.news if e.type.startswith("sla.")] == [
        "sla.at_risk",
        "sla.breached",
    ]


def test_it_is_asked_until_what_was_promised_has_happened() -> None:
    late = caught_up(waiting(), DUE)
    booked = scheduled().but(doubts=late.doubts, promise=late.promise)
    assert (SCHEDULE, R.SLA_BREACHED) not in live(caught_up(booked, DUE, DUE + HOUR))
    settled = clocked(booked, DUE, DUE + HOUR)
    matched_anew = with_matching(settled, groups=late.matching.groups)
    assert (SCHEDULE, R.SLA_BREACHED) not in live(caught_up(matched_anew, DUE + 2 * HOUR))


def test_a_clock_that_waits_for_the_customer_is_not_at_risk_meanwhile() -> None:
    risky = caught_up(waiting(SlaAsks.RISK), RISK)
    assert live(risky) == [(SCHEDULE, R.SLA_AT_RISK)]
    times = OfferedTimes(visits=(OfferedVisit(visit_id=VISIT, window=between(26, 28)),))
    offer = OfferSlots(offer_id="off_1", options=(times,), by=HELPDESK)
    asked = offering.slots_offered(risky, offer, RISK + HOUR)
    # The last timer that rang is an hour old.
    assert live(caught_up(asked, RISK, RISK + HOUR)) == []


def test_it_ends_with_the_ticket() -> None:
    work = (FactKind.ON_SITE, FactKind.STARTED, FactKind.COMPLETED)
    done = after(promised(scheduled()), *work, at=NOW + 25 * HOUR)
    ended = confirmed(done, ConfirmTicket(by=BY_CUSTOMER), NOW + 26 * HOUR)
    assert live(caught_up(ended, NOW + 999 * HOUR)) == []


def test_what_ran_out_in_an_earlier_round_is_asked_about_no_more() -> None:
    late = caught_up(waiting(), DUE)
    assert doubts_of(late.but(round=2), DUE) == []


# One cause, one question


@pytest.mark.parametrize("name", ClockName)
@pytest.mark.parametrize("reason", [R.SLA_AT_RISK, R.SLA_BREACHED])
def test_a_clock_is_not_asked_about_beside_what_keeps_it(
    name: ClockName, reason: EscalationReason
) -> None:
    late = [Doubt(f"{TICKET}:{name}", reason)]
    assert unexplained(late, set()) == late
    for cause in EscalationReason:
        assert unexplained(late, {cause}) == ([] if cause in SAME_CAUSE[name] else late)


def test_what_keeps_an_earlier_clock_keeps_the_later_ones_too() -> None:
    schedule, onsite, resolve = SAME_CAUSE.values()
    assert schedule < onsite < resolve
    late = [Doubt(subject, R.SLA_BREACHED) for subject in (SCHEDULE, ONSITE, RESOLVE)]
    assert unexplained(late, set()) == late[:1]
    assert unexplained(late[1:], set()) == late[1:2]
    assert unexplained([Doubt(SCHEDULE, R.SLA_AT_RISK), *late[1:]], set())[0].subject == SCHEDULE


@pytest.mark.parametrize(
    ("after_it", "asked"),
    [
        (timedelta(seconds=2), []),
        (timedelta(seconds=3), [(SCHEDULE, R.SLA_BREACHED)]),
    ],
)
def test_what_will_be_asked_in_a_moment_is_asked_by_its_cause_alone(
    after_it: timedelta, asked: list[object]
) -> None:
    pending = DUE - NOW + after_it
    late = caught_up(waiting(pending_timeout=pending), DUE)
    assert live(late) == asked
    assert live(caught_up(late, NOW + pending)) == [(GROUP, R.NO_PROPOSALS)]


def test_of_whom_nobody_proposes_for_it_is_asked_once_and_by_the_question_that_helps_most() -> None:
    ticket = waiting(pending_timeout=24 * HOUR)
    late = caught_up(ticket, DUE)
    assert live(late) == [(SCHEDULE, R.SLA_BREACHED)]
    assert live(caught_up(late, NOW + 24 * HOUR)) == [(GROUP, R.NO_PROPOSALS)]
    asked = caught_up(waiting(pending_timeout=HOUR), NOW + HOUR)
    assert live(caught_up(asked, DUE)) == [(GROUP, R.NO_PROPOSALS)]


def waited(ticket: Ticket, now: datetime, until: datetime) -> Ticket:
    """Somebody decides to wait for proposals."""
    wait = ExtendWait(subject=GROUP, reason=R.NO_PROPOSALS, by=HELPDESK, until=until)
    return with_due_questions(wait_extended(ticket, wait, now), now)


def test_whoever_decided_to_wait_for_the_cause_is_asked_when_the_clock_runs_out() -> None:
    asked = caught_up(waiting(pending_timeout=HOUR), NOW + HOUR)
    patient = waited(asked, NOW + 2 * HOUR, NOW + 20 * HOUR)
    assert live(caught_up(patient, DUE - SECOND)) == []
    late = caught_up(patient, DUE)
    assert live(late) == [(SCHEDULE, R.SLA_BREACHED)]
    assert live(caught_up(late, NOW + 20 * HOUR)) == [(GROUP, R.NO_PROPOSALS)]


def test_and_of_its_risk_if_the_policy_says_so() -> None:
    asked = caught_up(waiting(SlaAsks.RISK, pending_timeout=HOUR), NOW + HOUR)
    patient = waited(asked, NOW + 2 * HOUR, NOW + 20 * HOUR)
    risky = caught_up(patient, RISK)
    assert live(risky) == [(SCHEDULE, R.SLA_AT_RISK)]
    assert live(caught_up(risky, DUE)) == [(SCHEDULE, R.SLA_BREACHED)]


@pytest.mark.parametrize("pending", [HOUR, DUE - NOW, DUE - NOW + SECOND])
def test_whoever_was_asked_when_it_ran_out_and_decides_to_wait_is_not_asked_once_more(
    pending: timedelta,
) -> None:
    late = caught_up(caught_up(waiting(pending_timeout=pending), DUE), DUE + SECOND)
    assert live(late) == [(GROUP, R.NO_PROPOSALS)]
    patient = waited(late, DUE + HOUR, DUE + 20 * HOUR)
    assert live(caught_up(patient, DUE + 2 * HOUR)) == []


def test_what_is_waited_for_does_not_come_soon() -> None:
    asked = caught_up(waiting(pending_timeout=HOUR), NOW + HOUR)
    for until, found in (
        (DUE + SOON, []),
        (DUE + SOON + SECOND, [(SCHEDULE, R.SLA_BREACHED)]),
    ):
        patient = waited(asked, NOW + 2 * HOUR, until)
        assert live(caught_up(patient, DUE)) == found


def test_of_who_waits_with_one_clock_the_next_is_asked_when_it_runs_out() -> None:
    """What they decided to wait for is that it is settled; that nobody is there is news."""
    late = caught_up(waiting(), DUE)
    wait = ExtendWait(subject=SCHEDULE, reason=R.SLA_BREACHED, by=HELPDESK, until=NOW + 160 * HOUR)
    patient = with_due_questions(wait_extended(late, wait, DUE + HOUR), DUE + HOUR)
    onsite = NOW + 64 * HOUR
    assert live(caught_up(patient, onsite - SECOND)) == []
    assert live(caught_up(patient, onsite)) == [(ONSITE, R.SLA_BREACHED)]
    # Who was asked still about the first when the second ran out is not asked once more.
    both = caught_up(late, onsite)
    assert live(both) == [(SCHEDULE, R.SLA_BREACHED)]
    patient = with_due_questions(wait_extended(both, wait, onsite + HOUR), onsite + HOUR)
    assert live(caught_up(patient, onsite + 2 * HOUR)) == []


def test_beside_a_late_expert_nobody_is_asked_about_the_clock_of_the_site() -> None:
    ticket = promised(scheduled())
    late = caught_up(caught_up(ticket, NOW + 25 * HOUR), NOW + 64 * HOUR)
    assert live(late) == [(VISIT, R.LATE_START)]
    assert [e.data["clock"] for e in late.news if e.type == "sla.breached"] == ["onsite"]


def test_while_nobody_pays_nobody_is_asked_why_it_is_not_settled() -> None:
    ticket = promised(admitted(Coverage.NOT_COVERED))
    assert live(caught_up(ticket, DUE)) == [(TICKET, R.NOT_COVERED)]
