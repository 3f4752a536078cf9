"""What can happen to a visit."""

from typing import ClassVar

from models.event import Audience, Facts, Tells
from models.field import FactKind
from models.visit import VisitState


class VisitOpened(Facts):
    """There is to be a visit, by people of these skills."""

    kind: ClassVar = "visit.opened"

    visit_id: str
    group_id: str
    skills: list[str]


class VisitOffered(Facts):
    """From here on experts see it and may propose."""

    kind: ClassVar = "visit.offered"
    tells: ClassVar = Tells(Audience.OPEN_EXPERTS, "visit.open", ("visit_id",))

    visit_id: str


class VisitsChained(Facts):
    """One visit follows another; gaps in seconds, no greatest one for None."""

    kind: ClassVar = "visits.chained"

    group_id: str
    predecessor: str
    successor: str
    min_gap: float
    max_gap: float | None
    same_expert: bool


class VisitScheduled(Facts):
    """It has its time and its people. Several that are settled at once are told in one message
    (docs/rules/messages.md)."""

    kind: ClassVar = "visit.scheduled"
    tells: ClassVar = Tells(
        Audience.CUSTOMER, "visit.scheduled", ("visit_id", "start", "end", "expert_ids")
    )

    visit_id: str
    start: str
    end: str
    expert_ids: list[str]


class VisitChanged(Facts):
    """It is at another time, or others come."""

    kind: ClassVar = "visit.changed"
    tells: ClassVar = Tells(
        Audience.CUSTOMER, "visit.changed", ("visit_id", "start", "end", "expert_ids")
    )

    visit_id: str
    start: str
    end: str
    expert_ids: list[str] = []


class VisitReleased(Facts):
    """It is open again; `start` is when it would have been."""

    kind: ClassVar = "visit.released"
    tells: ClassVar = Tells(Audience.CUSTOMER, "visit.cancelled", ("visit_id", "start", "reason"))

    visit_id: str
    start: str | None
    reason: str | None = None


class VisitMoveAsked(Facts):
    """It is wanted at so many other times; at another of those that stand, for None."""

    kind: ClassVar = "visit.move_asked"

    visit_id: str
    slots: int | None
    note_id: str | None


class VisitCancelled(Facts):
    """It does not take place; of a ticket that was given up, which tells of it."""

    kind: ClassVar = "visit.cancelled"

    visit_id: str


class AssignmentReleased(Facts):
    """An expert need not come."""

    kind: ClassVar = "assignment.released"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.cancelled", ("visit_id", "expert_id", "start")
    )

    assignment_id: str
    visit_id: str
    expert_id: str
    start: str | None = None


class AssignmentReminded(Facts):
    """An expert who said nothing is told once more."""

    kind: ClassVar = "assignment.reminded"
    tells: ClassVar = Tells(
        Audience.EXPERT, "assignment.reminder", ("visit_id", "expert_id", "start")
    )

    assignment_id: str
    visit_id: str
    expert_id: str
    start: str | None


class RightLost(Facts):
    """An expert may not come any more; `why` is a code. Between them and us: the customer is told
    when somebody else comes."""

    kind: ClassVar = "rights.lost"

    assignment_id: str
    visit_id: str
    expert_id: str
    why: str


class RightRegained(Facts):
    """An expert may come after all. The customer is told of the visit, if its booking was kept from
    them meanwhile (docs/rules/messages.md, What is not told)."""

    kind: ClassVar = "rights.regained"
    tells: ClassVar = Tells(
        Audience.CUSTOMER, "visit.scheduled", ("visit_id", "start", "end", "expert_ids")
    )

    assignment_id: str
    visit_id: str
    expert_id: str
    start: str | None = None
    end: str | None = None
    expert_ids: list[str] = []


class VisitReportKept(Facts):
    """A report of somebody who may not work any more: kept, and without effect."""

    kind: ClassVar = "rights.report_kept"

    visit_id: str
    expert_id: str
    reported: FactKind
    client_event_id: str
    report_id: str | None


class VisitReportRefused(Facts):
    """A report that was accepted while nobody could answer is refused since; nothing changed."""

    kind: ClassVar = "visit.report_refused"

    visit_id: str
    expert_id: str
    reported: FactKind | None
    client_event_id: str
    code: str


class VisitReportWithdrawn(Facts):
    """An expert took back what they had reported; `state` is where the visit stands without it."""

    kind: ClassVar = "visit.report_withdrawn"

    visit_id: str
    expert_id: str
    reported: FactKind
    client_event_id: str
    state: VisitState


class ProofFacts(Facts):
    """What every one states: of which report's files it is."""

    visit_id: str
    expert_id: str
    report_id: str


class ProofMissing(ProofFacts):
    """A day after an expert named them, so many files of a report are not here: a person looks."""

    kind: ClassVar = "proof.missing"

    files: int


class ProofComplete(ProofFacts):
    """The last of the files that a report names has come."""

    kind: ClassVar = "proof.complete"
