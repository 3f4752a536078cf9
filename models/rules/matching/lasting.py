"""Whether a skill lasts until the visit that it is offered for (docs/rules/matching.md, Who
counts)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from models.calendar import Window, bounds_of, packed
from models.errors import Invalid
from models.matching.problem import Candidate
from models.people.expert import Expert
from models.rules.matching.grid import first_start, last_start
from models.visit import Position


def require_lasting(
    expert: Expert,
    positions: Sequence[Position],
    windows: Sequence[Window],
    length: timedelta,
    now: datetime,
) -> None:
    """Let an expert offer times, if a skill of theirs outlasts the visit at the first of them.

    Raises:
        Invalid: `skill-ends-before`, with the last end of those that they hold.
    """
    candidate = Candidate(expert_id=expert.id, skills=expert.skills)
    first = first_start(bounds_of(packed(windows)), length, now)
    if any(first <= last_start(candidate, position, length) for position in positions):
        return
    needed = {position.skill for position in positions}
    ends = [s.expires_at for s in expert.skills if s.code in needed and s.expires_at is not None]
    raise Invalid(
        "skill-ends-before",
        "Your skill ends before the visit would.",
        field="/windows",
        expires_at=max(ends).isoformat() if ends else None,
    )
