"""The customer's file is missing, so nobody knows where to send an expert."""

from collections.abc import Sequence

from models.escalation import Action, EscalationReason
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture


def headline(picture: Picture, reason: EscalationReason) -> str:
    """The problem in one sentence."""
    return f"There is no file of the customer of {picture.name}: nobody knows where to go."


def facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket = picture.ticket
    return (
        f"Customer {ticket.filing.customer_id}",
        f"Filed {picture.local(ticket.filing.opened_at)} by {ticket.filing.channel}",
        "Add the customer's data on our page (link below), then look again here",
    )


KIND = Kind(
    reasons=(EscalationReason.DATA_MISSING,),
    decisions=(
        Decision(
            action=Action.LOOK_AGAIN,
            button="Look again (the data is there now)",
            explains="Zone, plan and skills are looked up anew.",
        ),
        CANCEL,
    ),
    headline=headline,
    facts=facts,
)
