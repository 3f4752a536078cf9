"""What can happen to what was promised."""

from typing import ClassVar

from models.escalation import EscalationReason
from models.event import Audience, Facts, Tells
from models.promise.sla import ClockName
from models.ticket import Coverage


class CoverageDecided(Facts):
    """Somebody settled who pays."""

    kind: ClassVar = "coverage.decided"

    coverage: Coverage
    note_id: str | None


class SlaFacts(Facts):
    """Which clock, and of which round."""

    clock: ClockName
    round: int


class SlaAtRisk(SlaFacts):
    """Three quarters of what a clock may run are over; `due` is when all of it would be."""

    kind: ClassVar = "sla.at_risk"

    due: str | None


class SlaBreached(SlaFacts):
    """A clock of a round ran out, at `due`."""

    kind: ClassVar = "sla.breached"

    due: str


class SlaRestated(SlaFacts):
    """A clock that seemed to have run out was kept: `cause` says how that came to light."""

    kind: ClassVar = "sla.restated"

    cause: str


class DelayNoted(SlaFacts):
    """A person took note that a clock is about to run out, or has: nobody is asked about it any
    more for this reason."""

    kind: ClassVar = "delay.noted"

    reason: EscalationReason
    note_id: str | None


class DelayTold(SlaFacts):
    """The customer is told that it takes longer than was promised, as a person decided."""

    kind: ClassVar = "delay.told"
    tells: ClassVar = Tells(Audience.CUSTOMER, "ticket.delayed", ("clock", "round"))
