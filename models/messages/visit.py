"""What crosses Temporal about visits: that there is one more, and what is reported of them."""

from datetime import timedelta

from models.base import Message
from models.calendar import UtcInstant, Window
from models.event import Cause
from models.visit import (
    Dependency,
    FactKind,
    Following,
    Position,
    VisitState,
)


class ReportVisit(Message):
    """A fact from the field. `report_id` names what the expert wrote; the words stay outside."""

    visit_id: str
    kind: FactKind
    expert_id: str
    occurred_at: UtcInstant
    client_event_id: str
    by: Cause
    report_id: str | None = None


class VisitReported(Message):
    """Where the visit stands after a report."""

    visit_id: str
    state: VisitState
    repeated: bool = False
    out_of_order: bool = False


class AddVisit(Message):
    """Another visit of a ticket, perhaps one that must follow others."""

    duration: timedelta
    positions: tuple[Position, ...]
    by: Cause
    slots: tuple[Window, ...] | None = None
    after: tuple[Following, ...] = ()


class AddDependency(Message):
    """One visit must follow another."""

    dependency: Dependency
    by: Cause


class VisitAdded(Message):
    """A new visit and the group it belongs to."""

    visit_id: str
    group_id: str
