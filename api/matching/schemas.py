"""Chained visits, suggestions and decisions on the wire."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.http.ids import ExpertRef, GroupRef, OfferRef, ProposalRef, VisitRef
from api.http.text import A_MORNING, AS_ISO_8601, Body, Slot, Truth, Whole, shown
from api.ticket.schemas import SlotView
from models.actor import Role
from models.identity import Code, GroupId, VisitId
from models.matching.decision import Verdict
from models.people.travel import TravelSource
from models.recorded import Recorded
from models.visit import AssignmentSource, Dependency, MatchState

Minutes = Annotated[Whole, Field(ge=15, le=480, multiple_of=15)]
Gap = Annotated[
    timedelta,
    Field(ge=timedelta(0), le=timedelta(days=60), description="ISO 8601"),
    *AS_ISO_8601,
]


class NeededPosition(Body):
    """A place in the visit for one expert."""

    skill: Code
    min_level: Whole = Field(default=1, ge=1, le=5)


class Follows(Body):
    """The visit that must come before, and how long before: one right after another by default.
    `max_gap` null: no upper bound."""

    visit_id: VisitId
    min_gap: Gap = timedelta(0)
    max_gap: Gap | None = timedelta(minutes=60)
    same_expert: Truth = False


class NewVisit(Body):
    """Another visit of a ticket."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "minutes": 60,
                    "positions": [{"skill": "electrical"}],
                    "after": [
                        {
                            "visit_id": "vis_01a1fc09-5bb0-739e-8c74-82db84ba2ae8",
                            "min_gap": "PT0S",
                            "max_gap": "PT1H",
                        }
                    ],
                }
            ]
        }
    )

    minutes: Minutes
    positions: list[NeededPosition] = Field(min_length=1, max_length=5)
    slots: list[Slot] | None = Field(default=None, min_length=1, max_length=20)
    after: list[Follows] = Field(default=[], max_length=5)


class NewDependency(Body):
    """`min_gap ≤ start(successor) - end(predecessor) ≤ max_gap`."""

    model_config = shown(
        predecessor="vis_01a1fc09-5bb0-739e-8c74-82db84ba2ae8",
        successor="vis_01a1fc0a-3c11-7c05-9a41-5c0e8f5fd6be",
        min_gap="PT0S",
        max_gap="PT1H",
    )

    predecessor: VisitId
    successor: VisitId
    min_gap: Gap = timedelta(0)
    max_gap: Gap | None = timedelta(minutes=60)
    same_expert: Truth = False


class VisitAddedView(BaseModel):
    """The new visit and the group it is settled with."""

    visit_id: VisitRef
    group_id: GroupRef


class GroupView(BaseModel):
    """Visits that are settled together."""

    id: GroupRef
    round: int
    match_state: Recorded[MatchState]
    missing: list[str]
    visit_ids: list[VisitRef]
    dependencies: list[Dependency]
    hold_until: datetime | None


class FewerWindows(Body):
    """Windows of a proposal, less than before."""

    model_config = shown(windows=[A_MORNING])

    windows: list[Slot] = Field(min_length=1, max_length=50)


class SuggestedVisit(SlotView):
    """When one visit would be."""

    visit_id: VisitRef


class Suggestion(BaseModel):
    """Times at which a group could be staffed."""

    visits: list[SuggestedVisit]


class SuggestedTimes(BaseModel):
    """The best times first; nobody's name."""

    group_id: GroupRef
    suggestions: list[Suggestion]


class NewSlotOffer(Body):
    """Offer the customer the times at which a group could be staffed."""

    model_config = shown(group_id="grp_01a1fc09-5bb0-739e-8c74-82db84ba2ae9")

    group_id: GroupId | None = None


class SlotOfferView(BaseModel):
    """Offered times, good for one answer until `expires_at`; `accepted` is the option that was
    taken, counted from 0."""

    offer_id: OfferRef
    expires_at: datetime
    options: list[Suggestion]
    accepted: int | None


class OfferAnswer(Body):
    """The chosen option, counted from 0."""

    model_config = shown(option=0)

    option: Whole = Field(ge=0, le=20)


class ChosenView(BaseModel):
    """One expert on one position."""

    visit_id: VisitRef
    position: int
    expert_id: ExpertRef
    proposal_id: ProposalRef | None


class ByHandView(ChosenView):
    """One expert whom somebody sent: when, who decided so and why; staff alone reads these."""

    start: datetime
    decided_at: datetime
    actor_role: Recorded[Role]
    actor_id: str | None
    reason: str | None


class VerdictView(BaseModel):
    """Why a proposal won or lost. `travel_sources`: who said how long the ways take between this
    visit and others that the expert is booked for; none, where there are no others."""

    proposal_id: ProposalRef
    visit_id: VisitRef
    expert_id: ExpertRef
    seq: int
    verdict: Verdict
    first_start: datetime | None
    beaten_by: int | None
    travel_sources: list[TravelSource]


class KeysView(BaseModel):
    """What the solution is least by: starts ascending, starts by visit, places ascending, places by
    position."""

    k1: list[datetime]
    k2: list[datetime]
    k3: list[int]
    k4: list[int]


class DecisionView(BaseModel):
    """Why a group was booked as it was. `source` AUTO: by the rule, around whatever was fixed
    `by_hand`; recompute it with `python -m workers.tools.decisions verify-decisions`. MANUAL: by
    hand alone, and there are no `keys`."""

    group_id: GroupRef
    round: int
    source: AssignmentSource
    decided_at: datetime
    starts: dict[str, datetime]
    crew: list[ChosenView]
    keys: KeysView | None
    by_hand: list[ByHandView]
    proposals: list[VerdictView]


class GroupStandingView(BaseModel):
    """How far a group is after it was evaluated."""

    group_id: GroupRef
    round: int
    match_state: MatchState
    missing: list[str]
