"""Who is told what, and when: one table (docs/rules/messages.md, Who is told what)."""

from collections.abc import Mapping
from enum import StrEnum

from models.base import Value
from models.event import Event


class Audience(StrEnum):
    """To whom a notice goes."""

    CUSTOMER = "customer"
    EXPERT = "expert"
    OPEN_EXPERTS = "open_experts"
    HELPDESK = "helpdesk"


class Notice(Value):
    """Somebody is to be told about an event; once."""

    event_id: str
    audience: Audience
    template: str
    facts: Mapping[str, str]


NOTICES: Mapping[str, tuple[Audience, str]] = {
    "ticket.received": (Audience.CUSTOMER, "ticket.received"),
    "visit.offered": (Audience.OPEN_EXPERTS, "visit.open"),
    "slots.offered": (Audience.CUSTOMER, "slots.offered"),
    "visit.scheduled": (Audience.CUSTOMER, "visit.scheduled"),
    "visit.changed": (Audience.CUSTOMER, "visit.changed"),
    "visit.released": (Audience.CUSTOMER, "visit.cancelled"),
    "proposal.selected": (Audience.EXPERT, "proposal.selected"),
    "expert.assigned": (Audience.EXPERT, "expert.assigned"),
    "proposal.released": (Audience.EXPERT, "proposal.released"),
    "visit.en_route": (Audience.CUSTOMER, "visit.on_the_way"),
    "assignment.released": (Audience.EXPERT, "assignment.cancelled"),
    "ticket.cancelled": (Audience.CUSTOMER, "ticket.cancelled"),
    "ticket.completed": (Audience.CUSTOMER, "ticket.completed"),
    "ticket.reopened": (Audience.CUSTOMER, "ticket.reopened"),
    "ticket.closed": (Audience.CUSTOMER, "ticket.closed"),
    "invoice.issued": (Audience.CUSTOMER, "invoice.issued"),
    "payment.requested": (Audience.CUSTOMER, "payment.requested"),
    "assignment.reminded": (Audience.EXPERT, "assignment.reminder"),
    "escalation.opened": (Audience.HELPDESK, "escalation.opened"),
    "escalation.raised_again": (Audience.HELPDESK, "escalation.opened"),
    "escalation.stepped": (Audience.HELPDESK, "escalation.stepped"),
}
"""Who is concerned by several visits of one finalisation hears of them all in one message: `also`
names the others, and their own events are `told_with` the first."""

TRAVEL = (
    "visit_id",
    "expert_id",
    "start",
    "end",
    "round",
    "reason",
    "invoice_id",
    "offer_id",
    "expires_at",
)
"""What goes with a notice: ids, times and codes that may have changed, or cannot be found again,
by the time the letter is written. Nothing else of an event does, so nothing personal can."""


def notice_of(event: Event) -> Notice | None:
    """Whom an event concerns; its ids and times travel, words are found when it is sent."""
    untold = event.data.get("out_of_order") or event.data.get("told_with")
    if event.type not in NOTICES or untold:
        return None
    audience, template = NOTICES[event.type]
    told = {name: event.data.get(name) for name in TRAVEL}
    facts = {name: str(value) for name, value in told.items() if value is not None}
    if also := event.data.get("also"):
        facts["also"] = " ".join(also)
    return Notice(event_id=event.id, audience=audience, template=template, facts=facts)
