"""Visits, who proposes for them, who is assigned, and how they hang together."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from models.base import Value
from models.calendar import Window, unpacked
from models.field import ENDINGS, ReportedFact, Shortfall
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


ENDED = (VisitState.COMPLETED, VisitState.INCOMPLETE)
"""Its people were there, and have left."""


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
    UNDECIDED = "UNDECIDED"
    FULL_HELD = "FULL_HELD"
    FINALISED = "FINALISED"
    CANCELLED = "CANCELLED"


class Position(Value):
    """A place in a visit for one expert with a skill."""

    idx: int
    skill: Code
    min_level: int = Field(default=1, ge=1, le=5)


MOST_MINUTES = 24 * 60
"""Of the work on one visit that a person may settle."""


class WorkSettled(Value):
    """What a person decided to bill of work whose report cannot be right: whole minutes, none at
    all for 0, or what was reported for None. `command_id` names the decision."""

    minutes: int | None = None
    command_id: str | None = None


class Assignment(Value):
    """One expert on one position of one visit. `barred` is the code of why they may not come any
    more, where their right to work changed after they were booked; `work` what a person decided
    about a report that cannot be right; `resent_at` when they were told once more to acknowledge
    it; `code_needed` whether they begin with the customer's code, where the policy became another
    after they had set out."""

    id: str
    visit_id: VisitId
    position: int
    expert_id: ExpertId
    proposal_id: ProposalId | None = None
    source: AssignmentSource = AssignmentSource.AUTO
    state: AssignmentState = AssignmentState.RESERVED
    booked_at: datetime | None = None
    barred: str | None = None
    work: WorkSettled | None = None
    resent_at: datetime | None = None
    code_needed: bool | None = None

    @property
    def is_live(self) -> bool:
        """Whether it still holds the expert; somebody who cannot come is held until they are let
        go, so that nobody is left without anybody."""
        return self.state is not AssignmentState.RELEASED


class Visit(Value):
    """One appointment at the customer's: who must come, for how long, and what became of it.
    `asked_by` names the request that added it, if one did. `agreed`: its slots are the ticket's and
    times beside them that the customer agreed to, for as long as they do not name other times.
    `evidence` are reports that are kept, and change nothing. `shortfall` is why it ended before its
    work was done; `follows` the visit whose work it goes on with; `closed_as_it_is`: a person said
    that nothing follows it. `sought` names the absences for which somebody else was looked for and
    could come; `wait_until` is how long its expert waits at a closed door, where somebody said so,
    `coming_said` when we last heard that the customer comes to it, and `may_leave` until when the
    expert had to wait, once they were told that it is over; `late_told` is the start of which its
    customer was told that it is late, and `no_shows` how often they were not there. `extra` is the
    time that was granted beyond its `duration`; `not_before` when it can begin at the earliest, its
    parts being there; `first_until` until when only those who were there before are told of it."""

    id: VisitId
    group_id: str = ""
    round: int = 1
    seq: int
    duration: timedelta
    positions: tuple[Position, ...]
    slots: tuple[Window, ...] | None = None
    agreed: bool = False
    state: VisitState = VisitState.OPEN
    start: datetime | None = None
    assignments: tuple[Assignment, ...] = ()
    facts: tuple[ReportedFact, ...] = ()
    evidence: tuple[ReportedFact, ...] = ()
    report_id: str | None = None
    shortfall: Shortfall | None = None
    follows: VisitId | None = None
    closed_as_it_is: bool = False
    extra: timedelta = timedelta(0)
    not_before: datetime | None = None
    first_until: datetime | None = None
    sought: tuple[str, ...] = ()
    wait_until: datetime | None = None
    coming_said: datetime | None = None
    may_leave: datetime | None = None
    late_told: datetime | None = None
    no_shows: int = 0
    asked_by: str | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None

    @property
    def end(self) -> datetime | None:
        """The scheduled end, where there is a start."""
        return None if self.start is None else self.start + self.length

    @property
    def length(self) -> timedelta:
        """How long it takes, with the time that was granted since."""
        return self.duration + self.extra

    def with_agreed(self, slots: tuple[Window, ...]) -> "Visit":
        """The visit after its customer agreed to a time beside their slots, which is among `slots`;
        where those were the ticket's, they are until the ticket has others."""
        return self.but(slots=slots, agreed=self.agreed or self.slots is None)

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

    @property
    def taken(self) -> frozenset[int]:
        """The positions that somebody holds."""
        return frozenset(a.position for a in self.crew)

    @property
    def grants(self) -> tuple[ReportedFact, ...]:
        """The needs for more time whose minutes are in `extra`, in the order in which they were
        granted; also those that were taken back, until their time is."""
        return tuple(f for f in self.facts if f.granted is not None and not f.granted.is_over)

    def name_of(self, position: Position) -> str:
        """What a position of it is called: the visit's number, its own, its skill."""
        return f"{self.seq}.{position.idx}:{position.skill}"

    def facts_of(self, assignment: Assignment) -> tuple[ReportedFact, ...]:
        """What was reported of one assignment and stands, in the order in which it came."""
        return tuple(f for f in self.facts if f.assignment_id == assignment.id and not f.withdrawn)

    def ending_of(self, assignment: Assignment) -> ReportedFact | None:
        """The report that ended the work of an assignment: the first of them to occur."""
        ends = (f for f in self.facts_of(assignment) if f.kind in ENDINGS)
        return min(ends, key=lambda f: f.order, default=None)

    def is_after_the_end(self, fact: ReportedFact) -> bool:
        """Whether a report is of what its expert did after they had ended their work."""
        ends = (self.ending_of(a) for a in self.crew if a.id == fact.assignment_id)
        return any(end is not None and fact.is_after(end) for end in ends)

    def done_at(self, assignment: Assignment) -> datetime | None:
        """When the work of an assignment ended, as its expert reported."""
        ending = self.ending_of(assignment)
        return ending.occurred_at if ending else None

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
    its windows, packed, since a ticket carries up to 200 proposals of 50 windows through Temporal
    each time that it is settled, and few of them are looked at.
    """

    id: ProposalId
    visit_id: VisitId
    expert_id: ExpertId
    times: str
    seq: int
    state: ProposalState = ProposalState.ACTIVE

    @property
    def windows(self) -> tuple[Window, ...]:
        """Every time that works for the expert."""
        return unpacked(self.times)


class VisitGroup(Value):
    """Visits that are settled together, all or none. `undecided` is how often in this round the
    search for a solution took all the steps it was given."""

    id: GroupId
    visit_ids: tuple[VisitId, ...]
    dependencies: tuple[Dependency, ...] = ()
    round: int = 1
    match_state: MatchState = MatchState.EMPTY
    missing: tuple[str, ...] = ()
    hold_until: datetime | None = None
    needs_matching: bool = True
    offered_round: int = 0
    undecided: int = 0

    @property
    def is_live(self) -> bool:
        """Still waiting to be staffed."""
        return self.match_state not in (MatchState.FINALISED, MatchState.CANCELLED)
