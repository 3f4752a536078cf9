"""Experts as the helpdesk finds them: near a place, with what it takes."""

from datetime import datetime
from enum import StrEnum

from models.base import Value
from models.geography import Spot
from models.matching.problem import HeldSkill
from models.people.expert import ExpertStatus
from models.recorded import Recorded
from models.visit import Position


class ReckonedFrom(StrEnum):
    """Where an expert is taken to be."""

    POSITION = "position"
    VISIT = "visit"
    HOME = "home"


class Sought(Value):
    """Whom somebody looks for. All `skills` and `tools` are needed; of `positions` one that they
    can fill, up to `until`. Distances are reckoned from `near`. `area` is where a visit is: whoever
    does not work there is not looked for, nor who may not work at all."""

    now: datetime
    skills: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    zone: str | None = None
    near: Spot | None = None
    within_km: int | None = None
    area: Spot | None = None
    area_zone: str | None = None
    positions: tuple[Position, ...] = ()
    until: datetime | None = None


class Found(Value):
    """An expert who was found. `km` is how far they are, and `origin` where they were taken
    to be, to within a kilometre; None, where no place was named."""

    id: str
    name: str
    status: Recorded[ExpertStatus]
    zone: str
    skills: tuple[HeldSkill, ...]
    tools: tuple[str, ...]
    km: float | None
    origin: ReckonedFrom | None
