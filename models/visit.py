"""Visits, who proposes for them, who is assigned, and how they hang together."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from models.base import Value
from models.calendar import Window, unpacked
from models.identity import Code, ExpertId, GroupId, ProposalId, VisitId


class VisitState(StrEnum):
    """Where a visit stands (docs/rules/states.md, Visit)."""

    OPEN = "OPEN"
    SCHEDULED = "SCHEDULED"
    EN_ROUTE = "EN_ROUTE"
    ON_SITE = "ON_SITE"
    IN_PROGRESS = "IN_PROGRESS"
    BLOCKED = "BLOCKED"
    COMPLETED = "COMPLETED"
    INCOMPLETE = "INCOMPLETE"
    CANCELLED = "CANCELLED"


class AssignmentState(StrEnum):
    """Where one expert's part of a visit stands."""

    RESERVED = "RESERVED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    EN_ROUTE = "EN_ROUTE"
    ON_SITE = "ON_SITE"
    WORKING = "WORKING"
    DONE = "DONE"
    CANNOT_ARRIVE = "CANNOT_ARRIVE"
    RELEASED = "RELEASED"


class AssignmentSource(StrEnum):
    """How the assignment came about."""

    AUTO = "AUTO"
    MANUAL = "MANUAL"
    REPLACEMENT = "REPLACEMENT"


class ProposalState(StrEnum):
    """Where a proposal stands."""

    ACTIVE = "ACTIVE"
    SELECTED = "SELECTED"
    RELEASED = "RELEASED"
    WITHDRAWN = "WITHDRAWN"
    INELIGIBLE = "INELIGIBLE"


class MatchState(StrEnum):
    """How far a group is from being staffed (docs/rules/matching.md, How far a group is)."""

    EMPTY = "EMPTY"
    PARTIAL = "PARTIAL"
    NO_COMMON_TIME = "NO_COMMON_TIME"
    FULL_HELD = "FULL_HELD"
    FINALISED = "FINALISED"
    CANCELLED = "CANCELLED"


class FactKind(StrEnum):
    """What an expert reports from the field."""

    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    STARTED = "started"
    COMPLETED = "completed"


class Position(Value):
    """A place in a visit for one expert with a skill."""

    idx: int
    skill: Code
    min_level: int = Field(default=1, ge=1, le=5)


class Assignment(Value):
    """One expert on one position of one visit."""

    id: str
    visit_id: VisitId
    position: int
    expert_id: ExpertId
    proposal_id: ProposalId | None = None
    source: AssignmentSource = AssignmentSource.AUTO
    state: AssignmentState = AssignmentState.RESERVED
    booked_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether it still holds the expert."""
        return self.state not in (AssignmentState.CANNOT_ARRIVE, AssignmentState.RELEASED)


class ReportedFact(Value):
    """A fact from the field, known by the id its sender gave it."""

    client_event_id: str
    kind: FactKind
    expert_id: ExpertId
    occurred_at: datetime


class Visit(Value):
    """One appointment at the customer's: who must come, for how long, and what became of it.
    `asked_by` names the request that added it, if one did."""

    id: VisitId
    group_id: str = ""
    round: int = 1
    seq: int
    duration: timedelta
    positions: tuple[Position, ...]
    slots: tuple[Window, ...] | None = None
    state: VisitState = VisitState.OPEN
    start: datetime | None = None
    assignments: tuple[Assignment, ...] = ()
    facts: tuple[ReportedFact, ...] = ()
    report_id: str | None = None
    asked_by: str | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None

    @property
    def end(self) -> datetime | None:
        """The scheduled end, where there is a start."""
        return None if self.start is None else self.start + self.duration

    @property
    def is_live(self) -> bool:
        """Neither completed nor given up: matching still concerns it."""
        return self.state not in (
            VisitState.COMPLETED,
            VisitState.INCOMPLETE,
            VisitState.CANCELLED,
        )

    @property
    def is_fixed(self) -> bool:
        """Open still, but for a start that was fixed by hand: only positions are to be filled."""
        return self.state is VisitState.OPEN and self.start is not None

    @property
    def crew(self) -> tuple[Assignment, ...]:
        """The live assignments."""
        return tuple(a for a in self.assignments if a.is_live)

    def assignment_of(self, expert_id: str) -> Assignment | None:
        """The live assignment of an expert on this visit."""
        return next((a for a in self.crew if a.expert_id == expert_id), None)


class Dependency(Value):
    """`min_gap ≤ start(successor) - end(predecessor) ≤ max_gap`; no `max_gap`, no upper bound."""

    predecessor: VisitId
    successor: VisitId
    min_gap: timedelta = timedelta(0)
    max_gap: timedelta | None = timedelta(minutes=60)
    same_expert: bool = False


class Following(Value):
    """What a new visit must follow: the rest of a dependency, seen from its successor."""

    predecessor: VisitId
    min_gap: timedelta = timedelta(0)
    max_gap: timedelta | None = timedelta(minutes=60)
    same_expert: bool = False


class Proposal(Value):
    """An expert's offer for a visit, with every time that works for them.

    `seq` is given when the proposal is accepted: the priority in time. It counts over the whole
    ticket, so that places stay unique and in order of arrival when groups are merged. `times` are
    its windows, packed, since a ticket carries up to 200 proposals of 50 windows through Temporal.
    """

    id: ProposalId
    visit_id: VisitId
    expert_id: ExpertId
    times: tuple[int, ...]
    seq: int
    state: ProposalState = ProposalState.ACTIVE

    @property
    def windows(self) -> tuple[Window, ...]:
        """Every time that works for the expert."""
        return unpacked(self.times)


class VisitGroup(Value):
    """Visits that are settled together, all or none."""

    id: GroupId
    visit_ids: tuple[VisitId, ...]
    dependencies: tuple[Dependency, ...] = ()
    round: int = 1
    match_state: MatchState = MatchState.EMPTY
    missing: tuple[str, ...] = ()
    hold_until: datetime | None = None
    needs_matching: bool = True
    offered_round: int = 0

    @property
    def is_live(self) -> bool:
        """Still waiting to be staffed."""
        return self.match_state not in (MatchState.FINALISED, MatchState.CANCELLED)
