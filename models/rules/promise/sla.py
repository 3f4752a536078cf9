"""The clocks of a ticket: what was promised, what is left of it, and whether it was kept
(docs/rules/service-levels.md).

What was counted stays counted; from now on a clock runs, or waits for the customer, perhaps until a
moment that is known. Both of its moments, three quarters and the whole, have a timer
(`clock_timers`), so a clock is judged when that rings, and by when it was set for.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from models.event import OURSELVES
from models.events.promise import SlaAtRisk, SlaBreached, SlaRestated
from models.promise.policy import Policies
from models.promise.sla import (
    LATE_EVIDENCE,
    BusinessHours,
    Clock,
    ClockName,
    ClockState,
    ServiceLevel,
    Targets,
)
from models.rules.promise.counting import aimed, before, elapsed, onward, paused_until, risky
from models.rules.promise.coverage import HeldPlan
from models.rules.promise.happening import happened_at, is_in_doubt, is_taken_back, shown_in_time
from models.rules.promise.pausing import customer_until
from models.ticket import Ticket, Timer, TimerName, Urgency

_WORST_FIRST = (
    ClockState.BREACHED,
    ClockState.RUNNING,
    ClockState.PAUSED,
    ClockState.CANCELLED,
    ClockState.MET,
)


def service_level(
    urgency: Urgency, policies: Policies, plan: HeldPlan | None, hours: BusinessHours | None
) -> ServiceLevel:
    """What a new ticket is promised: the targets of its plan, or else those of the policies.
    Urgent clocks run day and night, the others in the zone's business hours."""
    own = (plan.sla or {}).get(urgency) if plan else None
    own = own or Targets()
    return ServiceLevel(
        schedule=policies.sla_schedule if own.schedule is None else own.schedule,
        onsite=policies.sla_onsite if own.onsite is None else own.onsite,
        resolve=policies.sla_resolve if own.resolve is None else own.resolve,
        hours=None if urgency is Urgency.URGENT else hours,
    )


def clocked(ticket: Ticket, due: datetime, now: datetime | None = None) -> Ticket:
    """The ticket with its clocks as its facts have them, and every moment that has come by `due`;
    a round has clocks of its own. What that was is written down as of `now`, which is `due` if left
    out.

    A verdict stays, but for a BREACHED that late evidence mends, for a MET whose report its sender
    took back, and for one that waits again while a report of its round is in doubt.
    """
    now = now or due
    service, clocks = ticket.promise.service, _clocks(ticket, now)
    if service is None:
        return ticket
    kept = tuple(_kept(c, ticket, service.hours, due, now) for c in clocks)
    if kept == ticket.promise.clocks:
        return ticket
    ticket = ticket.but(promise=ticket.promise.but(clocks=kept))
    for clock, known in zip(kept, clocks, strict=True):
        ticket = _written(ticket, known, clock, now)
    return ticket


def promised_anew(ticket: Ticket, service: ServiceLevel, now: datetime) -> Ticket:
    """The ticket under another service level: what was counted stays counted, and what has run out
    by what was promised until now is judged by that."""
    clocks = tuple(
        c if c.verdict or _has_run_out(c, now) else _anew(c, service, now)
        for c in _clocks(ticket, now)
    )
    return ticket.but(promise=ticket.promise.but(service=service, clocks=clocks))


def with_evidence_grace(ticket: Ticket, grace: timedelta, now: datetime) -> Ticket:
    """The ticket whose breaches that are provisional at `now` are so for another while."""
    clocks = tuple(
        c.but(final_at=c.due_at + grace) if c.due_at and c.final_at and c.final_at > now else c
        for c in ticket.promise.clocks
    )
    return ticket.but(promise=ticket.promise.but(clocks=clocks))


def clock_timers(ticket: Ticket) -> Iterator[Timer]:
    """When each clock that is not judged yet is at risk, and when it has run out."""
    for clock in ticket.promise.clocks:
        if clock.verdict or clock.in_doubt:
            continue
        subject = subject_of(ticket, clock.name)
        if clock.risk_at and not clock.at_risk:
            yield Timer(name=TimerName.SLA_AT_RISK, due_at=clock.risk_at, subject=subject)
        if clock.due_at:
            yield Timer(name=TimerName.SLA_BREACHED, due_at=clock.due_at, subject=subject)


def mendable_until(ticket: Ticket) -> datetime | None:
    """Until when a report can still mend a breach of any round; None where there is none. Of when a
    visit was booked nobody reports."""
    finals = (
        c.final_at
        for c in ticket.promise.clocks
        if c.verdict is ClockState.BREACHED and c.name is not ClockName.SCHEDULE
    )
    return max((at for at in finals if at is not None), default=None)


def subject_of(ticket: Ticket, name: ClockName) -> str:
    """How a clock of a ticket is named: `<ticket id>:<clock>`."""
    return f"{ticket.id}:{name}"


def clock_of(ticket: Ticket, subject: str) -> Clock | None:
    """The clock of the present round that a subject names."""
    clocks = (c for c in ticket.promise.clocks if c.round == ticket.round)
    return next((c for c in clocks if subject_of(ticket, c.name) == subject), None)


def overall(states: Iterable[ClockState]) -> ClockState:
    """What the clocks of a round say together: the worst that is true of any."""
    found = set(states)
    return next(state for state in _WORST_FIRST if state in found)


def _clocks(ticket: Ticket, now: datetime) -> tuple[Clock, ...]:
    """The clocks of every round, the present one's among them."""
    service, clocks = ticket.promise.service, ticket.promise.clocks
    if service is None or any(c.round == ticket.round for c in clocks):
        return clocks
    since = ticket.filing.opened_at if ticket.round == 1 else now
    return (*clocks, *_started(ticket, service, since))


def _started(ticket: Ticket, service: ServiceLevel, since: datetime) -> Iterator[Clock]:
    for name in ClockName:
        target = service.target(name)
        segments = onward(since, customer_until(name, ticket, since))
        clock = Clock(name=name, round=ticket.round, target=target, segments=segments)
        yield aimed(clock, service.hours)


def _anew(clock: Clock, service: ServiceLevel, now: datetime) -> Clock:
    swapped = aimed(clock.but(target=service.target(clock.name)), service.hours)
    at_risk = clock.at_risk and elapsed(swapped, service.hours, now) >= risky(swapped)
    return swapped.but(at_risk=at_risk, noted=clock.noted if at_risk else ())


def _kept(
    clock: Clock, ticket: Ticket, hours: BusinessHours | None, due: datetime, now: datetime
) -> Clock:
    doubtful = is_in_doubt(clock, ticket)
    if is_taken_back(clock, ticket, now):
        clock = clock.but(happened_at=None)
        if clock.verdict is ClockState.MET:
            clock = clock.but(verdict=None, judged_at=None, restated=False)
    if doubtful and clock.verdict is ClockState.MET:
        return clock.but(verdict=None, judged_at=None, in_doubt=True, restated=False)
    if clock.verdict is ClockState.BREACHED and not doubtful:
        return _mended(clock, ticket, now)
    if clock.verdict:
        return clock
    clock = clock.but(in_doubt=doubtful)
    if doubtful:
        return clock
    judged = _judged(clock, ticket, due, now)
    if judged.verdict or _has_run_out(judged, now):
        # One that has run out waits for its timer, which rings in a moment.
        return judged
    return _going_on(judged, ticket, hours, now)


def _has_run_out(clock: Clock, now: datetime) -> bool:
    return clock.due_at is not None and clock.due_at <= now


def _judged(clock: Clock, ticket: Ticket, due: datetime, now: datetime) -> Clock:
    """The clock with its verdict, if there is one by now; at risk, if that moment has come."""
    happened, due_at = happened_at(clock, ticket, now), clock.due_at
    if _is_risky(clock, happened, due):
        clock = clock.but(at_risk=True)
    if due_at is not None and (due_at <= due if happened is None else due_at < happened):
        final_at = due_at + ticket.policies.evidence_grace
        breached = clock.but(verdict=ClockState.BREACHED, judged_at=due_at, final_at=final_at)
        return breached.but(happened_at=happened)
    if happened is not None:
        return clock.but(verdict=ClockState.MET, judged_at=happened)
    if ticket.cancelled:
        return clock.but(verdict=ClockState.CANCELLED, judged_at=now)
    return clock


def _is_risky(clock: Clock, happened: datetime | None, due: datetime) -> bool:
    if clock.risk_at is None or clock.risk_at > due:
        return False
    return happened is None or clock.risk_at < happened


def _going_on(clock: Clock, ticket: Ticket, hours: BusinessHours | None, now: datetime) -> Clock:
    """The clock that runs, or waits for the customer, as the ticket has it now."""
    until = customer_until(clock.name, ticket, now)
    if until == paused_until(clock, now):
        return clock
    segments = (*before(clock.segments, now), *onward(now, until))
    return aimed(clock.but(segments=segments), hours)


def _mended(clock: Clock, ticket: Ticket, now: datetime) -> Clock:
    """The clock that ran out, kept if that comes to light before it is final; or at least with when
    it happened."""
    at = shown_in_time(clock, ticket, now)
    if at is not None:
        mended = clock.but(verdict=ClockState.MET, judged_at=at, final_at=None, happened_at=None)
        return mended.but(restated=True)
    if clock.happened_at is None:
        return clock.but(happened_at=happened_at(clock, ticket, now))
    return clock


def _written(ticket: Ticket, known: Clock, clock: Clock, now: datetime) -> Ticket:
    """The ticket with what is new of a clock in its timeline."""
    name, round_ = clock.name, clock.round
    due = clock.due_at.isoformat() if clock.due_at else None
    if clock.at_risk and not known.at_risk:
        at_risk = SlaAtRisk(clock=name, round=round_, due=due)
        ticket = ticket.happened(at_risk, now, OURSELVES, occurred_at=clock.risk_at)
    is_news = clock.verdict is ClockState.BREACHED and known.verdict is not clock.verdict
    if is_news and due is not None:
        breached = SlaBreached(clock=name, round=round_, due=due)
        ticket = ticket.happened(breached, now, OURSELVES, occurred_at=clock.due_at)
    if clock.restated and not known.restated:
        restated = SlaRestated(clock=name, round=round_, cause=LATE_EVIDENCE)
        ticket = ticket.happened(restated, now, OURSELVES, occurred_at=clock.judged_at)
    return ticket
