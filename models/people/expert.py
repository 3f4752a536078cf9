"""Experts, as matching knows them."""

from enum import StrEnum

from models.base import Value
from models.geography import Spot
from models.matching.problem import HeldSkill
from models.message.notification import Stop


class ExpertStatus(StrEnum):
    """Where an expert stands with us."""

    APPLIED = "APPLIED"
    VETTING = "VETTING"
    VERIFIED = "VERIFIED"
    FLAGGED = "FLAGGED"
    SUSPENDED = "SUSPENDED"
    REJECTED = "REJECTED"

    @property
    def may_work(self) -> bool:
        """Whether the expert may propose and be booked."""
        return self in (ExpertStatus.VERIFIED, ExpertStatus.FLAGGED)


class Expert(Value):
    """An expert without their personal data."""

    id: str
    status: ExpertStatus
    zone: str
    home: Spot
    radius_km: int
    skills: tuple[HeldSkill, ...]


class ExpertFile(Expert):
    """An expert as the helpdesk keeps them: by name, in the time they live by; and over what they
    want to be told nothing."""

    name: str
    tz: str
    opted_out: tuple[Stop, ...] = ()
