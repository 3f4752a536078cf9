"""What can be reported from the field, and happens with it."""

from collections.abc import Mapping
from typing import ClassVar

from models.event import Audience, Facts, Tells
from models.field import ENDINGS, FactKind, Hindrance, Shortfall
from models.visit import VisitState


class VisitReport(Facts):
    """What an expert reports from the field; `out_of_order` if it came after a later one, and
    `overtaken` if they do not stand there any more, so that nobody is told. `phone_time` is what a
    clock said that was wrong."""

    visit_id: str
    expert_id: str
    state: VisitState
    client_event_id: str
    phone_time: str | None = None
    out_of_order: bool = False
    overtaken: bool = False


class VisitAcknowledged(VisitReport):
    """An expert knows of it."""

    kind: ClassVar = "visit.acknowledged"


class VisitEnRoute(VisitReport):
    """An expert is on the way; with `start_code` they begin with the customer's code only, which is
    that of the `appointment`."""

    kind: ClassVar = "visit.en_route"
    tells: ClassVar = Tells(
        Audience.CUSTOMER,
        "visit.on_the_way",
        ("visit_id", "expert_id", "start_code", "appointment"),
        by_itself=True,
    )

    start_code: bool = False
    appointment: str | None = None


class VisitOnSite(VisitReport):
    """An expert is there; with `start_code` they begin with the customer's code only, which the
    customer has by then, if nobody said before that somebody comes."""

    kind: ClassVar = "visit.on_site"
    tells: ClassVar = Tells(
        Audience.CUSTOMER,
        "visit.start_code",
        ("visit_id", "expert_id", "start_code", "appointment"),
        by_itself=True,
        only_if="start_code",
    )

    start_code: bool = False
    appointment: str | None = None


class VisitStarted(VisitReport):
    """An expert works."""

    kind: ClassVar = "visit.started"


class VisitStartedShort(VisitReport):
    """An expert works although somebody of the crew is missing."""

    kind: ClassVar = "visit.start_partial"


class MoreTimeNeeded(VisitReport):
    """An expert needs so many minutes more than were planned."""

    kind: ClassVar = "visit.need_more_time"

    minutes: int


class ArrivalHindered(VisitReport):
    """An expert cannot come."""

    kind: ClassVar = "visit.cannot_arrive"

    hindrance: Hindrance


class EntryBarred(VisitReport):
    """An expert is before a closed door, where they wait until then; how often they tried to reach
    the customer."""

    kind: ClassVar = "visit.cannot_enter"
    tells: ClassVar = Tells(
        Audience.CUSTOMER,
        "visit.at_the_door",
        ("visit_id", "expert_id", "expires_at"),
        by_itself=True,
    )

    attempts: int
    expires_at: str | None = None


class VisitIncomplete(VisitReport):
    """An expert ended before the work was done."""

    kind: ClassVar = "visit.incomplete"

    shortfall: Shortfall


class VisitCompleted(VisitReport):
    """An expert is done."""

    kind: ClassVar = "visit.completed"


REPORTS: Mapping[FactKind, type[VisitReport]] = {
    FactKind.ACKNOWLEDGED: VisitAcknowledged,
    FactKind.EN_ROUTE: VisitEnRoute,
    FactKind.ON_SITE: VisitOnSite,
    FactKind.STARTED: VisitStarted,
    FactKind.START_PARTIAL: VisitStartedShort,
    FactKind.NEED_MORE_TIME: MoreTimeNeeded,
    FactKind.CANNOT_ARRIVE: ArrivalHindered,
    FactKind.CANNOT_ENTER: EntryBarred,
    FactKind.INCOMPLETE: VisitIncomplete,
    FactKind.COMPLETED: VisitCompleted,
}
"""The event that each report is."""
ENDS = tuple(REPORTS[kind].kind for kind in ENDINGS)
"""The events with which an expert has time again."""
