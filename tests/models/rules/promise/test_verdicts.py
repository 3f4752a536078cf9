"""How a clock ends, what is written down of it, and what was promised."""

from datetime import datetime, timedelta

from models.field import FactKind
from models.promise.policy import Policies
from models.promise.sla import (
    Clock,
    ClockName,
    ClockState,
    ServiceLevel,
    Targets,
)
from models.rules.promise.counting import state_at
from models.rules.promise.coverage import HeldPlan, SubscriptionStatus
from models.rules.promise.sla import clocked, overall, promised_anew, service_level
from models.ticket import Ticket, Urgency
from models.visit import VisitState
from tests.models.rules.stories import (
    HOUR,
    HOUSE,
    NOW,
    admitted,
    after,
    named,
    scheduled,
    with_promise,
    written,
)

SERVICE = ServiceLevel(schedule=8 * HOUR, onsite=40 * HOUR, resolve=60 * HOUR)
SECOND = timedelta(seconds=1)
C, S = ClockName, ClockState


def promised(ticket: Ticket, now: datetime = NOW) -> Ticket:
    return clocked(with_promise(ticket, service=SERVICE), now)


def clock(ticket: Ticket, name: ClockName) -> Clock:
    return next(c for c in ticket.promise.clocks if (c.name, c.round) == (name, ticket.round))


def test_a_breach_is_written_down_when_it_is_seen_and_dated_when_it_was() -> None:
    before = clocked(promised(admitted()), NOW + 6 * HOUR)
    assert clocked(before, NOW + 8 * HOUR - SECOND) is before
    late = clocked(before, NOW + 8 * HOUR, NOW + 8 * HOUR + SECOND)
    facts = {"clock": "schedule", "round": 1, "due": (NOW + 8 * HOUR).isoformat()}
    assert written(late, before) == [("sla.breached", HOUSE, facts)]
    judged = clock(late, C.SCHEDULE)
    assert (judged.verdict, judged.judged_at) == (S.BREACHED, NOW + 8 * HOUR)
    assert (late.news[-1].occurred_at, late.news[-1].recorded_at) == (
        NOW + 8 * HOUR,
        NOW + 8 * HOUR + SECOND,
    )


def test_another_promise_leaves_what_was_judged_as_it_was() -> None:
    late = clocked(promised(admitted()), NOW + 9 * HOUR)
    anew = promised_anew(late, SERVICE.but(schedule=99 * HOUR), NOW + 9 * HOUR)
    assert clock(anew, C.SCHEDULE) == clock(late, C.SCHEDULE)


# How it ends.


def test_the_first_who_is_on_site_meets_the_clock_whatever_was_reported_first() -> None:
    at = NOW + 25 * HOUR
    ticket = promised(scheduled())
    on_the_way = clocked(after(ticket, FactKind.EN_ROUTE, at=at), at)
    assert clock(on_the_way, C.ONSITE).verdict is None
    for kind in (FactKind.ON_SITE, FactKind.STARTED, FactKind.COMPLETED):
        there = clocked(after(ticket, kind, at=at), at + HOUR)
        assert (clock(there, C.ONSITE).verdict, clock(there, C.ONSITE).judged_at) == (S.MET, at)
    later = after(after(ticket, FactKind.STARTED, at=at + HOUR), FactKind.ON_SITE, at=at)
    assert clock(clocked(later, at + 2 * HOUR), C.ONSITE).judged_at == at


def test_work_is_resolved_when_the_last_visit_of_the_round_is_done() -> None:
    at = NOW + 25 * HOUR
    ticket = after(promised(scheduled()), FactKind.COMPLETED, at=at)
    [visit] = ticket.visits
    second = visit.but(id=named("vis", 2), actual_end=at + 2 * HOUR)
    both = ticket.but(visits=(visit, second))
    assert clock(clocked(both, at + 3 * HOUR), C.RESOLVE).judged_at == at + 2 * HOUR
    unknown = both.with_visit(second.but(actual_end=None))
    assert clock(clocked(unknown, at + 3 * HOUR), C.RESOLVE).judged_at == at + 3 * HOUR
    waiting = both.with_visit(second.but(state=VisitState.IN_PROGRESS))
    assert clock(clocked(waiting, at + 3 * HOUR), C.RESOLVE).verdict is None
    given_up = both.with_visit(second.but(state=VisitState.CANCELLED))
    assert clock(clocked(given_up, at + 3 * HOUR), C.RESOLVE).judged_at == at
    older = both.with_visit(second.but(round=0))
    assert clock(clocked(older, at + 3 * HOUR), C.RESOLVE).judged_at == at


def test_a_ticket_without_any_visit_has_met_nothing() -> None:
    ticket = promised(scheduled().but(visits=()))
    assert [c.verdict for c in clocked(ticket, NOW + HOUR).promise.clocks] == [None] * 3


def test_what_was_met_in_its_last_moment_was_met() -> None:
    due = NOW + 64 * HOUR
    for at, verdict in ((due, S.MET), (due + SECOND, S.BREACHED)):
        there = clocked(after(promised(scheduled()), FactKind.ON_SITE, at=at), at)
        assert clock(there, C.ONSITE).verdict is verdict


def test_a_cancelled_ticket_stops_its_clocks_then_and_a_breach_before_stays_one() -> None:
    ticket = promised(admitted()).but(cancelled=True)
    stopped = clocked(ticket, NOW + HOUR)
    assert [(c.verdict, c.judged_at) for c in stopped.promise.clocks] == [
        (S.CANCELLED, NOW + HOUR)
    ] * 3
    late = clocked(ticket, NOW + 9 * HOUR)
    assert clock(late, C.SCHEDULE).verdict is S.BREACHED
    assert clock(late, C.ONSITE).verdict is S.CANCELLED


def test_a_clock_that_ran_out_unseen_is_a_breach_already() -> None:
    kept = clock(promised(admitted()), C.SCHEDULE)
    assert state_at(kept, NOW + 8 * HOUR - SECOND) is S.RUNNING
    assert state_at(kept, NOW + 8 * HOUR) is S.BREACHED
    assert state_at(kept.but(verdict=S.MET), NOW + 9 * HOUR) is S.MET
    assert overall([S.CANCELLED, S.PAUSED]) is S.PAUSED


# What is promised.


def test_what_a_plan_does_not_promise_the_policies_do() -> None:
    policies = Policies(sla_schedule=HOUR, sla_onsite=2 * HOUR, sla_resolve=3 * HOUR)
    own = {"schedule": 4 * HOUR, "onsite": 5 * HOUR, "resolve": 6 * HOUR}
    for name, target in own.items():
        plan = HeldPlan(
            plan_id="p",
            status=SubscriptionStatus.ACTIVE,
            categories=None,
            included_visits=1,
            price=1,
            sla={Urgency.NORMAL: Targets.model_validate({name: target})},
        )
        found = service_level(Urgency.NORMAL, policies, plan, None)
        assert found == ServiceLevel(schedule=HOUR, onsite=2 * HOUR, resolve=3 * HOUR).but(
            **{name: target}
        )
    nothing = plan.but(sla=None)
    assert service_level(Urgency.NORMAL, policies, nothing, None).schedule == HOUR
    at_once = plan.but(sla={Urgency.NORMAL: Targets(schedule=timedelta(0))})
    assert service_level(Urgency.NORMAL, policies, at_once, None).schedule == timedelta(0)
