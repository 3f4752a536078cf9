"""The customer's file is missing, so nobody knows where to send an expert."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
from models.rules.escalation.deed import Preparation, readmitted
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture
from models.ticket import Ticket


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """A customer of whom nothing is known."""
    if ticket.filing.zone is None:
        yield Doubt(ticket.id, EscalationReason.DATA_MISSING)


def _headline(picture: Picture) -> str:
    return f"There is no file of the customer of {picture.name}: nobody knows where to go."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket = picture.ticket
    return (
        f"Customer {ticket.filing.customer_id}",
        f"Filed {picture.local(ticket.filing.opened_at)} by {ticket.filing.channel}",
    )


KINDS = (
    Kind(
        reason=EscalationReason.DATA_MISSING,
        headline=_headline,
        facts=_facts,
        on_our_page="Our own page has a form for the customer's file, which lets the ticket go on",
        decisions=(
            Decision(
                number=1,
                action=Action.LOOK_AGAIN,
                label="Look again",
                explains="The file is there now: everything is looked up anew, and told.",
                before=Preparation.ADMISSION,
                asks=readmitted,
            ),
            CANCEL,
        ),
    ),
)
