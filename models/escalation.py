"""Escalations: where the process asks a person."""

from datetime import datetime
from enum import StrEnum

from models.base import Value


class EscalationReason(StrEnum):
    """Why a person is asked (domain §2); the day's incidents bring their own."""

    NO_PROPOSALS = "NO_PROPOSALS"
    PARTIAL = "PARTIAL"
    NO_COMMON_TIME = "NO_COMMON_TIME"
    COVERAGE_UNKNOWN = "COVERAGE_UNKNOWN"
    NOT_COVERED = "NOT_COVERED"
    DATA_MISSING = "DATA_MISSING"


class EscalationState(StrEnum):
    """Where an escalation stands."""

    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
    AUTO_RESOLVED = "AUTO_RESOLVED"


class Escalation(Value):
    """A question to a person about one subject. Level 1 is helpdesk, 2 manager, 3 admin."""

    id: str
    subject: str
    reason: EscalationReason
    level: int = 1
    state: EscalationState = EscalationState.OPEN
    opened_at: datetime
    closed_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether somebody is still asked."""
        return self.state is EscalationState.OPEN
