"""Who is reminded of a visit, and when (docs/rules/messages.md, Reminders)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from models.event import Audience, Event
from models.events.continuing import AssignmentBroughtForward, AssignmentShifted
from models.events.matching import ExpertSent, ProposalSelected
from models.events.visit import VisitChanged, VisitScheduled
from models.message.notification import Intent

DAY_BEFORE = timedelta(days=1)
HOURS_BEFORE = timedelta(hours=2)
LEADS = {"due_in_a_day": DAY_BEFORE, "due_in_two_hours": HOURS_BEFORE}
"""How long before a visit each reminder goes out."""

REMINDED: Mapping[str, Audience] = {
    VisitScheduled.kind: Audience.CUSTOMER,
    VisitChanged.kind: Audience.CUSTOMER,
    ProposalSelected.kind: Audience.EXPERT,
    ExpertSent.kind: Audience.EXPERT,
    AssignmentShifted.kind: Audience.EXPERT,
    AssignmentBroughtForward.kind: Audience.EXPERT,
}
"""What gives a visit its time, and whom that concerns."""


def reminders_of(event: Event, customer_id: str) -> list[Intent]:
    """The reminders that follow from an event: none whose moment has passed already."""
    audience = REMINDED.get(event.type)
    if audience is None:
        return []
    of_customer = audience is Audience.CUSTOMER
    start = datetime.fromisoformat(event.data["start"])
    return [
        Intent(
            event_id=event.id,
            recipient_role=audience,
            recipient_id=customer_id if of_customer else event.data["expert_id"],
            template=f"{'visit' if of_customer else 'assignment'}.{name}",
            facts={"visit_id": event.data["visit_id"], "start": event.data["start"]},
            not_before=start - lead,
        )
        for name, lead in LEADS.items()
        if event.recorded_at < start - lead
    ]


def told_until(template: str, start: datetime) -> datetime:
    """Until when a reminder may be late: the first one until the last one is due, that one until
    the visit."""
    return start - HOURS_BEFORE if template.endswith("due_in_a_day") else start
