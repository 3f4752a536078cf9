"""The clocks of a ticket: what is left of each, and when it is due (docs/rules/service-levels.md,
Clocks; Pauses; Verdicts).

A clock's life is a list of segments. Only running ones count, and of those only business hours
where the service level has any. What was counted stays counted; from now on the clock runs, or
waits for the customer, perhaps until a moment that is known.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from models.event import OURSELVES
from models.events.promise import SlaBreached
from models.promise.policy import Policies
from models.promise.sla import (
    BusinessHours,
    Clock,
    ClockName,
    ClockState,
    Segment,
    ServiceLevel,
    Targets,
)
from models.rules.promise.business_time import moment_after, worked
from models.rules.promise.coverage import HeldPlan
from models.rules.promise.paying import waits_for_payment_until
from models.ticket import Ticket, Urgency
from models.visit import FactKind, Visit, VisitState

_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_WORST_FIRST = (
    ClockState.BREACHED,
    ClockState.RUNNING,
    ClockState.PAUSED,
    ClockState.CANCELLED,
    ClockState.MET,
)
_ARRIVED = (FactKind.ON_SITE, FactKind.STARTED, FactKind.COMPLETED)


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


def clocked(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket with its clocks as its facts have them at `now`; a round has clocks of its own.

    A verdict stays, whatever happens later. A breach is an event of the ticket.
    """
    if ticket.promise.service is None:
        return ticket
    clocks = ticket.promise.clocks
    if all(c.round != ticket.round for c in clocks):
        since = ticket.filing.opened_at if ticket.round == 1 else now
        clocks = (*clocks, *_started(ticket, ticket.promise.service, since))
    kept = tuple(_kept(c, ticket, ticket.promise.service.hours, now) for c in clocks)
    if kept == ticket.promise.clocks:
        return ticket
    ticket = ticket.but(promise=ticket.promise.but(clocks=kept))
    for clock, before in zip(kept, clocks, strict=True):
        if clock.verdict is ClockState.BREACHED and before.verdict is None:
            ticket = ticket.happened(
                SlaBreached(clock=clock.name, round=clock.round),
                now,
                OURSELVES,
                occurred_at=clock.due_at,
            )
    return ticket


def promised_anew(ticket: Ticket, service: ServiceLevel, now: datetime) -> Ticket:
    """The ticket under another service level: what was counted stays counted, and is judged by what
    was promised until now."""
    ticket = clocked(ticket, now)
    clocks = tuple(
        c if c.verdict else _aimed(c.but(target=service.target(c.name)), service.hours)
        for c in ticket.promise.clocks
    )
    return ticket.but(promise=ticket.promise.but(service=service, clocks=clocks))


def elapsed(clock: Clock, hours: BusinessHours | None, now: datetime) -> timedelta:
    """How much of its target a clock has used up at `now`."""
    used = timedelta(0)
    for segment in clock.segments:
        end = min(segment.end or now, now)
        if segment.running and segment.start < end:
            used += worked(hours, segment.start, end)
    return used


def deadline(clock: Clock, hours: BusinessHours | None) -> datetime | None:
    """When a clock reaches its target if all goes on as it is; never, while it is paused."""
    last = clock.segments[-1]
    if not last.running:
        return None
    left = clock.target - elapsed(clock, hours, last.start)
    return moment_after(hours, last.start, max(left, timedelta(0)))


def state_at(clock: Clock, now: datetime) -> ClockState:
    """Where a clock stands at `now`."""
    if clock.verdict:
        return clock.verdict
    if clock.due_at is not None and clock.due_at < now:
        return ClockState.BREACHED
    return ClockState.RUNNING if _paused_until(clock.segments, now) is None else ClockState.PAUSED


def overall(states: Iterable[ClockState]) -> ClockState:
    """What the clocks of a round say together: the worst that is true of any."""
    found = set(states)
    return next(state for state in _WORST_FIRST if state in found)


def _started(ticket: Ticket, service: ServiceLevel, since: datetime) -> Iterator[Clock]:
    for name in ClockName:
        target = service.target(name)
        segments = _onward(since, _customer_until(name, ticket, since))
        clock = Clock(name=name, round=ticket.round, target=target, segments=segments)
        yield _aimed(clock, service.hours)


def _aimed(clock: Clock, hours: BusinessHours | None) -> Clock:
    return clock.but(due_at=deadline(clock, hours))


def _kept(clock: Clock, ticket: Ticket, hours: BusinessHours | None, now: datetime) -> Clock:
    if clock.verdict:
        return clock
    done = _done_at(clock, ticket, now)
    if clock.due_at is not None and clock.due_at < (done or now):
        return clock.but(verdict=ClockState.BREACHED, judged_at=clock.due_at)
    if done is not None:
        return clock.but(verdict=ClockState.MET, judged_at=done)
    if ticket.cancelled:
        return clock.but(verdict=ClockState.CANCELLED, judged_at=now)
    until = _customer_until(clock.name, ticket, now)
    if until == _paused_until(clock.segments, now):
        return clock
    segments = (*_before(clock.segments, now), *_onward(now, until))
    return _aimed(clock.but(segments=segments), hours)


def _done_at(clock: Clock, ticket: Ticket, now: datetime) -> datetime | None:
    """When what a clock waits for happened; an expert's word counts from the time it names."""
    visits = [
        v for v in ticket.visits if v.round == clock.round and v.state is not VisitState.CANCELLED
    ]
    match clock.name:
        case ClockName.SCHEDULE:
            waiting = (
                not visits or ticket.cancelled or any(g.is_live for g in ticket.matching.groups)
            )
            return None if waiting else now
        case ClockName.ONSITE:
            facts = (f for v in visits for f in v.facts)
            return min((f.occurred_at for f in facts if f.kind in _ARRIVED), default=None)
        case ClockName.RESOLVE:
            open_ = any(v.state is not VisitState.COMPLETED for v in visits)
            if not visits or ticket.cancelled or open_:
                return None
            return max(v.actual_end or now for v in visits)


def _customer_until(name: ClockName, ticket: Ticket, now: datetime) -> datetime | None:
    """Until when a clock waits for the customer, not for us: they owe times, an answer or a
    payment; and nobody can be with them before the first time they named, or the one taken."""
    live = [v for v in ticket.visits if v.is_live]
    if not all(ticket.slots_of(v) for v in live):
        return _FOR_EVER
    found = [*_offers_until(name, ticket)]
    if payment_until := waits_for_payment_until(ticket):
        found.append(payment_until)
    if live and name is not ClockName.SCHEDULE:
        found.append(min(_at_home_from(ticket, v) for v in live))
    return max((until for until in found if until > now), default=None)


def _at_home_from(ticket: Ticket, visit: Visit) -> datetime:
    taken = [
        chosen.window.start
        for offer in ticket.matching.offers
        if offer.accepted is not None
        for chosen in offer.options[offer.accepted].visits
        if chosen.visit_id == visit.id
    ]
    return taken[-1] if taken else min(s.start for s in ticket.slots_of(visit))


def _offers_until(name: ClockName, ticket: Ticket) -> Iterator[datetime]:
    """When the offers run out that a group has no answer to yet: the last one of each."""
    if name is ClockName.ONSITE and any(v.state is VisitState.SCHEDULED for v in ticket.visits):
        # Somebody is expected there already.
        return
    latest = {offer.options[0].visits[0].visit_id: offer for offer in ticket.matching.offers}
    for visit_id, offer in latest.items():
        group = ticket.group_of(visit_id)
        asked = group is not None and group.is_live and group.offered_round == group.round
        if asked and offer.accepted is None:
            yield offer.expires_at


def _onward(since: datetime, paused_until: datetime | None) -> tuple[Segment, ...]:
    if paused_until is None:
        return (Segment(start=since, running=True),)
    if paused_until == _FOR_EVER:
        return (Segment(start=since, running=False),)
    return (
        Segment(start=since, end=paused_until, running=False),
        Segment(start=paused_until, running=True),
    )


def _before(segments: tuple[Segment, ...], now: datetime) -> Iterator[Segment]:
    for segment in segments:
        if segment.start < now:
            yield segment if segment.end and segment.end <= now else segment.but(end=now)


def _paused_until(segments: tuple[Segment, ...], now: datetime) -> datetime | None:
    current = next(s for s in segments if s.end is None or now < s.end)
    return None if current.running else current.end or _FOR_EVER
