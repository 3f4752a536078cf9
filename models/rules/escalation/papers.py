"""What is needed to send an expert is missing: the customer's file, so that nobody knows where, or
what was left out of a ticket that was entered in brief."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
from models.messages.ticket import EnrichTicket
from models.rules.escalation.deed import Deed, Preparation, Request, readmitted
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture
from models.ticket import Missing, Ticket

_WORDS = {Missing.MODEL: "the model", Missing.SLOTS: "times"}


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """A customer of whom nothing is known, or what is still waited for."""
    if ticket.filing.zone is None or ticket.filing.awaited:
        yield Doubt(ticket.id, EscalationReason.DATA_MISSING)


def _headline(picture: Picture) -> str:
    if picture.ticket.filing.zone is not None:
        return f"{picture.name} was entered in brief: {_awaited(picture)} still missing."
    return f"There is no file of the customer of {picture.name}: nobody knows where to go."


def _awaited(picture: Picture) -> str:
    named = [_WORDS[missing] for missing in picture.ticket.filing.awaited]
    return f"{' and '.join(named)} {'is' if named == [_WORDS[Missing.MODEL]] else 'are'}"


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket = picture.ticket
    also = [f"Besides, {_awaited(picture)} missing"] if ticket.filing.awaited else []
    return (
        f"Customer {ticket.filing.customer_id}",
        *(also if ticket.filing.zone is None else []),
        f"Filed {picture.local(ticket.filing.opened_at)} by {ticket.filing.channel}",
    )


def _possible(picture: Picture) -> Sequence[Action]:
    """There is nothing to look up again while a file is there, and no way to go on without one."""
    return [
        Action.LOOK_AGAIN if picture.ticket.filing.zone is None else Action.GO_ON_WITHOUT,
        Action.CANCEL,
    ]


def _gone_on_without(deed: Deed) -> Request:
    without = (Missing.MODEL, Missing.SLOTS)
    return "enrich", EnrichTicket(by=deed.by, without=without, note_id=deed.choice.note_id)


KINDS = (
    Kind(
        reason=EscalationReason.DATA_MISSING,
        headline=_headline,
        facts=_facts,
        narrowed=_possible,
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
            Decision(
                number=2,
                action=Action.GO_ON_WITHOUT,
                label="Go on with what is known",
                explains="Experts are told; the customer may add times, and somebody comes and "
                "looks.",
                asks=_gone_on_without,
            ),
            CANCEL,
        ),
    ),
)
