"""What can happen to a visit."""

from collections.abc import Mapping
from typing import ClassVar

from models.event import Audience, Facts, Tells
from models.visit import FactKind, VisitState


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
    """It has its time and its people. Several that are settled at once are told in one message:
    `also` names the others, whose events are `told_with` the first."""

    kind: ClassVar = "visit.scheduled"
    tells: ClassVar = Tells(Audience.CUSTOMER, "visit.scheduled", ("visit_id", "start", "end"))

    visit_id: str
    start: str
    end: str
    expert_ids: list[str]
    told_with: str | None = None
    also: list[str] | None = None


class VisitChanged(Facts):
    """It is at another time, or others come."""

    kind: ClassVar = "visit.changed"
    tells: ClassVar = Tells(Audience.CUSTOMER, "visit.changed", ("visit_id", "start", "end"))

    visit_id: str
    start: str
    end: str


class VisitReleased(Facts):
    """It is open again; `start` is when it would have been."""

    kind: ClassVar = "visit.released"
    tells: ClassVar = Tells(Audience.CUSTOMER, "visit.cancelled", ("visit_id", "start"))

    visit_id: str
    start: str | None


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


class VisitReport(Facts):
    """What an expert reports from the field; `out_of_order` if it came after a later one, and then
    nobody is told."""

    visit_id: str
    expert_id: str
    state: VisitState
    client_event_id: str
    out_of_order: bool = False


class VisitAcknowledged(VisitReport):
    """An expert knows of it."""

    kind: ClassVar = "visit.acknowledged"


class VisitEnRoute(VisitReport):
    """An expert is on the way."""

    kind: ClassVar = "visit.en_route"
    tells: ClassVar = Tells(Audience.CUSTOMER, "visit.on_the_way", ("visit_id", "expert_id"))


class VisitOnSite(VisitReport):
    """An expert is there."""

    kind: ClassVar = "visit.on_site"


class VisitStarted(VisitReport):
    """An expert works."""

    kind: ClassVar = "visit.started"


class VisitCompleted(VisitReport):
    """An expert is done."""

    kind: ClassVar = "visit.completed"


REPORTS: Mapping[FactKind, type[VisitReport]] = {
    FactKind.ACKNOWLEDGED: VisitAcknowledged,
    FactKind.EN_ROUTE: VisitEnRoute,
    FactKind.ON_SITE: VisitOnSite,
    FactKind.STARTED: VisitStarted,
    FactKind.COMPLETED: VisitCompleted,
}
"""The event that each report is."""
