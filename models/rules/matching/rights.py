"""What an expert may still do, and read, of what they are booked for (docs/rules/states.md, Rights
of an expert)."""

from datetime import datetime, timedelta

from models.base import Value
from models.geography import Spot
from models.people.expert import Expert
from models.recorded import Recorded
from models.rules.matching.eligibility import (
    NOT_VERIFIED,
    SKILL_MISSING,
    holds_until,
    refusal_of,
)
from models.visit import AssignmentSource, AssignmentState, Position

KEPT = timedelta(days=2)
"""How long whoever was at a customer's may read who that was, counted from the end of the work."""
DONE = "visit-done"
AHEAD = (AssignmentState.RESERVED, AssignmentState.ACKNOWLEDGED, AssignmentState.EN_ROUTE)
"""Where somebody else can still come."""


class Post(Value):
    """What an expert is booked for: a position, until when, and who chose them."""

    position: Position
    source: Recorded[AssignmentSource]
    state: Recorded[AssignmentState]
    end: datetime


def lost(expert: Expert, post: Post, zone: str | None, place: Spot | None) -> str | None:
    """Why an expert may not do what they are booked for any more; None if they may.

    Whom the helpdesk sent may live anywhere. Whoever is there already needs their standing alone:
    the skill was theirs when they came.
    """
    if not expert.status.may_work:
        return NOT_VERIFIED
    if post.state not in AHEAD:
        return None
    if post.source is AssignmentSource.AUTO and zone is not None and place is not None:
        refusal = refusal_of(expert, zone, place)
        if refusal is not None:
            return refusal
    return None if holds_until(expert.skills, post.position, post.end) else SKILL_MISSING


def withheld(
    expert: Expert,
    post: Post,
    zone: str | None,
    place: Spot | None,
    done_at: datetime | None,
    now: datetime,
) -> str | None:
    """Why an expert may not read any more whom they are booked for; None if they may. `done_at` is
    when their work there ended, if it did."""
    if why := lost(expert, post, zone, place):
        return why
    return DONE if done_at is not None and done_at + KEPT <= now else None
