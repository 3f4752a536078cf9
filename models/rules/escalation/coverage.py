"""Nobody knows who pays, or no plan does."""

from collections.abc import Sequence

from models.escalation import Action, EscalationReason
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture


def headline(picture: Picture, reason: EscalationReason) -> str:
    """The problem in one sentence."""
    if reason is EscalationReason.NOT_COVERED:
        return f"No plan of the customer covers {picture.name}; no expert is told of it yet."
    return f"Nobody knows yet whether a plan covers {picture.name}; no expert is booked until then."


def facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket = picture.ticket
    return (
        f"Appliance: {ticket.filing.category or 'not known yet'}, urgency {ticket.filing.urgency}, "
        f"zone {ticket.filing.zone}",
        f"Plan found: {ticket.promise.plan_id or 'none'}",
        f"Filed {picture.local(ticket.filing.opened_at)} by {ticket.filing.channel}",
    )


KIND = Kind(
    reasons=(EscalationReason.NOT_COVERED, EscalationReason.COVERAGE_UNKNOWN),
    decisions=(
        Decision(
            action=Action.MARK_PAID,
            button="Mark as paid",
            explains="A plan that pays was found or paid just now: coverage COVERED.",
        ),
        Decision(
            action=Action.WAIVE,
            button="Waive the charge",
            explains="We pay: coverage WAIVED.",
        ),
        Decision(
            action=Action.REQUEST_PAYMENT,
            button="Request payment from the customer",
            explains="The customer is told; you are asked again if nothing comes.",
        ),
        CANCEL,
    ),
    headline=headline,
    facts=facts,
)
