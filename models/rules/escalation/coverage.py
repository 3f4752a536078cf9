"""Nobody knows who pays, or no plan does."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
from models.messages.escalation import RequestPayment
from models.messages.ticket import DecideCoverage
from models.rules.escalation.deed import Deed, Request
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture
from models.ticket import Coverage, Ticket


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Who pays; of a customer whose file is missing that is asked first."""
    if ticket.zone is None:
        return
    if ticket.review_open:
        yield Doubt(ticket.id, EscalationReason.NOT_COVERED)
    elif ticket.coverage is Coverage.UNKNOWN:
        yield Doubt(ticket.id, EscalationReason.COVERAGE_UNKNOWN)


def _not_covered(picture: Picture) -> str:
    return f"No plan of the customer covers {picture.name}; no expert is told of it yet."


def _unknown(picture: Picture) -> str:
    return f"Nobody knows yet whether a plan covers {picture.name}; no expert is booked until then."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket = picture.ticket
    return (
        f"Appliance: {ticket.category or 'not known yet'}, urgency {ticket.urgency}, "
        f"zone {ticket.zone}",
        f"Plan found: {ticket.plan_id or 'none'}",
        f"Filed {picture.local(ticket.opened_at)} by {ticket.channel}",
    )


def _covered(deed: Deed) -> Request:
    return _decided(Coverage.COVERED, deed)


def _waived(deed: Deed) -> Request:
    return _decided(Coverage.WAIVED, deed)


def _decided(coverage: Coverage, deed: Deed) -> Request:
    note_id = deed.choice.note_id
    return "decide_coverage", DecideCoverage(coverage=coverage, by=deed.by, note_id=note_id)


def _payment_requested(deed: Deed) -> Request:
    return "request_payment", RequestPayment(by=deed.by)


DECISIONS = (
    Decision(
        number=1,
        action=Action.MARK_PAID,
        label="Mark as paid",
        explains="A plan that pays was found or paid just now: coverage COVERED.",
        asks=_covered,
    ),
    Decision(
        number=2,
        action=Action.WAIVE,
        label="Waive the charge",
        explains="We pay: coverage WAIVED.",
        asks=_waived,
    ),
    Decision(
        number=3,
        action=Action.REQUEST_PAYMENT,
        label="Request payment from the customer",
        explains="The customer is told; you are asked again if nothing comes.",
        asks=_payment_requested,
    ),
    CANCEL,
)

KINDS = (
    Kind(
        reason=EscalationReason.NOT_COVERED,
        headline=_not_covered,
        facts=_facts,
        decisions=DECISIONS,
    ),
    Kind(
        reason=EscalationReason.COVERAGE_UNKNOWN,
        headline=_unknown,
        facts=_facts,
        decisions=DECISIONS,
    ),
)
