"""What can happen to what was promised."""

from typing import ClassVar

from models.event import Facts
from models.promise.sla import ClockName
from models.ticket import Coverage


class CoverageDecided(Facts):
    """Somebody settled who pays."""

    kind: ClassVar = "coverage.decided"

    coverage: Coverage
    note_id: str | None


class SlaBreached(Facts):
    """A clock of a round ran out."""

    kind: ClassVar = "sla.breached"

    clock: ClockName
    round: int
