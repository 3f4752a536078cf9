"""What the matching rule looks at, and what it answers (docs/rules/matching.md, The rule)."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from models.base import Value
from models.calendar import Window
from models.people.travel import TravelSource
from models.visit import Dependency, Proposal, Visit


class HeldSkill(Value):
    """A skill of an expert; level 1 is the lowest. Not valid from `expires_at` on."""

    code: str
    level: int = 1
    expires_at: datetime | None = None


class Candidate(Value):
    """A proposer as the evaluation sees them.

    `refusal` says why they may not work on this ticket at all (a stable code), else None. `busy`
    are the times at which they cannot be at this address: live assignments elsewhere, widened by
    the travel to and from here, and time off; `travel_sources` say who knew how long that takes.
    """

    expert_id: str
    skills: tuple[HeldSkill, ...]
    busy: tuple[Window, ...] = ()
    refusal: str | None = None
    travel_sources: tuple[TravelSource, ...] = ()


BUDGET = 75_000
"""Steps of search before an evaluation gives up, at first."""


class MatchingProblem(Value):
    """Everything that an evaluation of one group depends on; store it, and it can be recomputed.

    `visits` are the live visits in visit-sequence order; `ended` holds the actual ends of completed
    predecessors, `begins` the starts of successors that stand; `slots` the customer's times per
    visit id; `proposals` the ACTIVE ones. No visit starts before `earliest`. A visit that has a
    start keeps it: a hand fixed it, and only its other positions are to be filled. `budget` is how
    many steps the search may take.
    """

    visits: tuple[Visit, ...]
    dependencies: tuple[Dependency, ...] = ()
    ended: Mapping[str, datetime] = {}
    begins: Mapping[str, datetime] = {}
    slots: Mapping[str, tuple[Window, ...]]
    proposals: tuple[Proposal, ...]
    candidates: tuple[Candidate, ...]
    earliest: datetime
    budget: int = BUDGET


class ChosenExpert(Value):
    """One person on one position, by the proposal of that `seq`."""

    visit_id: str
    position: int
    expert_id: str
    proposal_id: str
    seq: int


class Solution(Value):
    """A start for every live visit (UTC, on the grid) and a person for every position.

    `crew` is in the order of (visit sequence, position index).
    """

    starts: Mapping[str, datetime]
    crew: tuple[ChosenExpert, ...]


class Fullness(StrEnum):
    """What an evaluation found. UNDECIDED: the budget ran out before an answer."""

    EMPTY = "EMPTY"
    PARTIAL = "PARTIAL"
    NO_COMMON_TIME = "NO_COMMON_TIME"
    FULL = "FULL"
    UNDECIDED = "UNDECIDED"


class Evaluation(Value):
    """The answer of the rule. `missing` names positions as `<visit seq>.<position idx>:<skill>`."""

    fullness: Fullness
    missing: tuple[str, ...] = ()
    ineligible: tuple[str, ...] = ()
    solution: Solution | None = None
