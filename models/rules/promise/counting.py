"""One clock by itself: what it has counted, and when that will be too much
(docs/rules/service-levels.md, Clocks). Times are UTC.

A clock's life is a list of segments. Only running ones count, and of those only business hours
where the service level has any.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from models.promise.sla import BusinessHours, Clock, ClockState, Segment
from models.rules.promise.business_time import moment_after, worked

FOR_EVER = datetime.max.replace(tzinfo=UTC)
"""Until when somebody is waited for of whom nobody knows when they will answer."""


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
    return _moment(clock, hours, clock.target)


def risky_moment(clock: Clock, hours: BusinessHours | None) -> datetime | None:
    """When a clock reaches three quarters of its target, counted as its deadline is."""
    return _moment(clock, hours, risky(clock))


def risky(clock: Clock) -> timedelta:
    """How much a clock has used up when it is at risk."""
    return clock.target * 3 / 4


def aimed(clock: Clock, hours: BusinessHours | None) -> Clock:
    """The clock with what it is due for."""
    return clock.but(due_at=deadline(clock, hours), risk_at=risky_moment(clock, hours))


def onward(since: datetime, paused_until: datetime | None) -> tuple[Segment, ...]:
    """How a clock goes on: it runs, or waits until a moment, or for ever."""
    if paused_until is None:
        return (Segment(start=since, running=True),)
    if paused_until == FOR_EVER:
        return (Segment(start=since, running=False),)
    return (
        Segment(start=since, end=paused_until, running=False),
        Segment(start=paused_until, running=True),
    )


def before(segments: tuple[Segment, ...], now: datetime) -> Iterator[Segment]:
    """What of a clock's life is over at `now`."""
    for segment in segments:
        if segment.start < now:
            yield segment if segment.end and segment.end <= now else segment.but(end=now)


def paused_until(clock: Clock, now: datetime) -> datetime | None:
    """Until when a clock waits at `now`; None if it runs."""
    current = next(s for s in clock.segments if s.end is None or now < s.end)
    return None if current.running else current.end or FOR_EVER


def state_at(clock: Clock, now: datetime) -> ClockState:
    """Where a clock stands at `now`."""
    if clock.verdict:
        return clock.verdict
    if clock.in_doubt:
        return ClockState.PAUSED
    if clock.due_at is not None and clock.due_at <= now:
        return ClockState.BREACHED
    return ClockState.RUNNING if paused_until(clock, now) is None else ClockState.PAUSED


def is_provisional(clock: Clock, now: datetime) -> bool:
    """Whether a clock is BREACHED at `now`, and a report may still show that it was kept."""
    if clock.verdict is None:
        return state_at(clock, now) is ClockState.BREACHED
    return clock.final_at is not None and now < clock.final_at


def _moment(clock: Clock, hours: BusinessHours | None, length: timedelta) -> datetime | None:
    last = clock.segments[-1]
    if not last.running:
        return None
    left = length - elapsed(clock, hours, last.start)
    return moment_after(hours, last.start, max(left, timedelta(0)))
