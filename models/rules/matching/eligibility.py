"""Which experts may propose themselves for a visit (docs/rules/matching.md, Who counts)."""

from collections.abc import Sequence
from datetime import datetime

from models.errors import Forbidden
from models.geography import Spot, great_circle_km
from models.matching.problem import HeldSkill
from models.people.expert import Expert
from models.visit import Position

NOT_VERIFIED = "expert-not-verified"
OUTSIDE_AREA = "outside-area"
SKILL_MISSING = "skill-missing"


def refusal_of(expert: Expert, zone: str, place: Spot) -> str | None:
    """Why an expert may not work at a place at all; None if they may."""
    if not expert.status.may_work:
        return NOT_VERIFIED
    if expert.zone != zone and great_circle_km(expert.home, place) > expert.radius_km:
        return OUTSIDE_AREA
    return None


def has_skill(skills: Sequence[HeldSkill], position: Position, at: datetime) -> bool:
    """Whether one of the skills fills a position at an instant."""
    return any(
        held.code == position.skill
        and held.level >= position.min_level
        and (held.expires_at is None or at < held.expires_at)
        for held in skills
    )


def holds_until(skills: Sequence[HeldSkill], position: Position, end: datetime) -> bool:
    """Whether one of the skills fills a position up to an end: what expires then has filled it."""
    return has_skill(skills, position, end - datetime.resolution)


def require_eligible(
    expert: Expert, zone: str, place: Spot, positions: Sequence[Position], at: datetime
) -> None:
    """Let an expert make a proposal.

    Raises:
        Forbidden: `expert-not-verified`, `outside-area`, `skill-missing`.
    """
    explanations = {
        NOT_VERIFIED: "Only verified experts propose themselves.",
        OUTSIDE_AREA: "The visit lies outside your zone and radius.",
        SKILL_MISSING: "The visit needs a skill, at a level, that you do not hold.",
    }
    refusal = refusal_of(expert, zone, place)
    if refusal is None and not any(has_skill(expert.skills, p, at) for p in positions):
        refusal = SKILL_MISSING
    if refusal is not None:
        raise Forbidden(refusal, explanations[refusal], skills=[p.skill for p in positions])
