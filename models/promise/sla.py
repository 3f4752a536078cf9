"""Service levels: what the company owes a ticket, and the clocks that hold it to it
(docs/rules/service-levels.md)."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from models.base import Value
from models.calendar import Stretch


class ClockName(StrEnum):
    """What a clock waits for: everything scheduled, the first expert on site, the work done."""

    SCHEDULE = "schedule"
    ONSITE = "onsite"
    RESOLVE = "resolve"


class ClockState(StrEnum):
    """Where a clock stands. MET, BREACHED and CANCELLED are verdicts; BREACHED is provisional for
    a while."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    MET = "MET"
    BREACHED = "BREACHED"
    CANCELLED = "CANCELLED"


class SlaAsks(StrEnum):
    """When a person is asked about a clock: never, when it has run out, or also when it is about
    to."""

    NOBODY = "nobody"
    BREACH = "breach"
    RISK = "risk"


LATE_EVIDENCE = "late_evidence"
"""Why a verdict is restated, and what was asked about it needs no answer: a report came late of
what had happened in time."""


class Targets(Value):
    """How long each clock may run. What is None, another rule decides."""

    schedule: timedelta | None = None
    onsite: timedelta | None = None
    resolve: timedelta | None = None


class BusinessHours(Value):
    """When a service area works: stretches of the local week, and days on which it does not."""

    tz: str
    week: tuple[Stretch, ...]
    holidays: tuple[date, ...] = ()


class ServiceLevel(Value):
    """What was promised when the ticket was admitted. Without hours time counts day and night."""

    schedule: timedelta
    onsite: timedelta
    resolve: timedelta
    hours: BusinessHours | None = None

    def target(self, clock: ClockName) -> timedelta:
        """How long a clock may run."""
        match clock:
            case ClockName.SCHEDULE:
                return self.schedule
            case ClockName.ONSITE:
                return self.onsite
            case ClockName.RESOLVE:
                return self.resolve


class Segment(Value):
    """A piece of a clock's life, `[start, end)`; the last one has no end."""

    start: datetime
    end: datetime | None = None
    running: bool


class Clock(Value):
    """One clock of one round. `target` is how long its running segments may last together.

    `due_at` is when the target is reached if all goes on as it is: never, while the clock is paused
    without an end; `risk_at` is when three quarters of it are, and `at_risk` that this moment has
    come. `judged_at` is when what it waited for happened, or time ran out. `in_doubt`: a person has
    to look at a report before it is judged.

    A BREACHED is provisional until `final_at`; `restated`: it was one, and late evidence mended it.
    `happened_at` is when what it waited for happened after all. `noted` are the reasons for which
    nobody is asked about it any more, because somebody took note.
    """

    name: ClockName
    round: int
    target: timedelta
    segments: tuple[Segment, ...]
    verdict: ClockState | None = None
    due_at: datetime | None = None
    judged_at: datetime | None = None
    in_doubt: bool = False
    risk_at: datetime | None = None
    at_risk: bool = False
    final_at: datetime | None = None
    restated: bool = False
    happened_at: datetime | None = None
    noted: tuple[str, ...] = ()
