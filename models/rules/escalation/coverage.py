"""Nobody knows who pays, or no plan does."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
from models.messages.escalation import RequestPayment
from models.messages.ticket import DecideCoverage
from models.rules.escalation.deed import Deed, Request
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture, Shown
from models.rules.escalation.plans import Plan
from models.rules.escalation.wording import in_words
from models.rules.promise.coverage import SubscriptionStatus
from models.rules.promise.paying import waits_for_payment_until
from models.rules.transitions import TicketCommand
from models.ticket import Coverage, Ticket

_UNDER_WAY = (SubscriptionStatus.PENDING, SubscriptionStatus.PAST_DUE)
_STANDING: Mapping[SubscriptionStatus, str] = {
    SubscriptionStatus.PENDING: "is ordered, and its first payment is under way",
    SubscriptionStatus.PAST_DUE: "waits for a payment that is overdue",
    SubscriptionStatus.ACTIVE: "is paid",
}


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Who pays; where a file is missing, or something was left out, that is asked first."""
    if ticket.filing.zone is None or ticket.filing.awaited:
        return
    if ticket.review_open:
        yield Doubt(ticket.id, EscalationReason.NOT_COVERED)
    elif ticket.promise.coverage is Coverage.UNKNOWN:
        yield Doubt(ticket.id, EscalationReason.COVERAGE_UNKNOWN)


def _not_covered(picture: Picture) -> str:
    return f"No plan of the customer covers {picture.name}; no expert is told of it yet."


def _unknown(picture: Picture) -> str:
    return f"Nobody knows yet whether a plan covers {picture.name}; no expert is booked until then."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket = picture.ticket
    return (
        f"Appliance: {picture.appliance}, urgency {ticket.filing.urgency}, "
        f"zone {ticket.filing.zone}",
        *_plans(picture),
        *_asked_to_pay(picture),
        f"Filed {picture.local(ticket.filing.opened_at)} by {ticket.filing.channel}",
    )


def _plans(picture: Picture) -> Iterator[str]:
    """Each plan of the customer, and what it says of who would pay."""
    if picture.plans is None:
        return
    held, heard_at = picture.plans.held, picture.plans.heard_at
    if held is None:
        yield (
            "The system that keeps the accounts has not said yet what the customer holds; it is "
            "asked again by itself"
        )
        return
    if heard_at is not None:
        yield (
            f"What the customer holds was last heard {picture.local(heard_at)} from the system "
            "that keeps the accounts; they may have paid since"
        )
    if not held:
        yield "The customer holds no plan: without one they pay, or we do"
    for plan in held:
        yield f"The plan {plan.name} {_standing(picture, plan)}{_reach(picture, plan)}"


def _standing(picture: Picture, plan: Plan) -> str:
    """How far it is paid for."""
    is_active = plan.status is SubscriptionStatus.ACTIVE
    if not is_active or picture.plans is None or picture.plans.heard_at is None:
        return _STANDING.get(plan.status, f"is {in_words(plan.status.lower())}")
    if plan.paid_until is None:
        return "is active, and until when it is paid was not said"
    if plan.paid_until < picture.now.date():
        return f"was paid until {plan.paid_until:%d %b %Y}, and nothing was heard of it since"
    return f"is paid until {plan.paid_until:%d %b %Y}"


def _reach(picture: Picture, plan: Plan) -> str:
    """Whether it would pay for this appliance."""
    category = picture.ticket.filing.category
    if not plan.is_ours:
        return ", and is none that we know: what it covers nobody can say"
    if plan.categories is not None and category is None:
        return ", and whether it covers the appliance nobody can say before it is known"
    if plan.categories is not None and category not in plan.categories:
        return f", and does not cover {picture.appliance}"
    if plan.status in _UNDER_WAY:
        return ": once that is done, it pays for this"
    return "" if plan.status is SubscriptionStatus.ACTIVE else ", so it does not pay"


def _asked_to_pay(picture: Picture) -> Iterator[str]:
    until = waits_for_payment_until(picture.ticket)
    if until is not None:
        yield f"The customer was asked to pay by {picture.local(until)}; nothing is settled yet"


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
        needs=TicketCommand.DECIDE_COVERAGE,
    ),
    Decision(
        number=2,
        action=Action.WAIVE,
        label="Waive the charge",
        explains="We pay: coverage WAIVED.",
        asks=_waived,
        needs=TicketCommand.DECIDE_COVERAGE,
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
        shows=frozenset({Shown.PLANS}),
        decisions=DECISIONS,
    ),
    Kind(
        reason=EscalationReason.COVERAGE_UNKNOWN,
        headline=_unknown,
        facts=_facts,
        shows=frozenset({Shown.PLANS}),
        decisions=DECISIONS,
    ),
)
