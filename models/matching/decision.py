"""Why a group was booked as it was."""

from datetime import datetime
from enum import StrEnum

from models.base import Value
from models.people.travel import TravelSource


class Verdict(StrEnum):
    """Why a proposal won or lost, in the order in which the rule would have put it aside."""

    WON = "won"
    INELIGIBLE = "ineligible"
    SKILL_MISSING = "skill-missing"
    NO_WINDOW = "no-window-holds-the-visit"
    OUTSIDE_SLOTS = "outside-the-customers-slots"
    BUSY = "busy-elsewhere"
    LATER = "later-than-chosen"
    NO_CREW = "no-full-crew-at-their-times"
    PRIORITY = "proposed-later"
    WITHDRAWN = "withdrawn"
    BY_HAND = "chosen-by-hand"


class ProposalVerdict(Value):
    """What became of one proposal. `first_start` is the earliest start that the expert could
    make, `beaten_by` the place that was preferred to theirs at the chosen starts: the first in
    which the booked crew differs from the best one with them. `travel_sources` say who knew how
    long the ways take between this visit and the expert's others."""

    proposal_id: str
    visit_id: str
    expert_id: str
    seq: int
    verdict: Verdict
    first_start: datetime | None = None
    beaten_by: int | None = None
    travel_sources: tuple[TravelSource, ...] = ()
