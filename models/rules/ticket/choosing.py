"""The customer chooses when somebody else comes in the place of who cannot
(docs/rules/escalations.md, The customer is asked first)."""

from datetime import datetime

from models.errors import Category, Conflict, DomainError, Invalid
from models.escalation import EscalationReason
from models.events.matching import OfferAccepted, OfferDeclined
from models.identity import derived_id
from models.messages.matching import AcceptOffer, AssignExpert, DeclineOffer
from models.rules.ticket.offering import offered, require_answerable, with_offer
from models.rules.transitions import require_visit
from models.rules.visit.absence import matched_anew
from models.rules.visit.rebooking import is_let_down
from models.ticket import Ticket

_OVERTAKEN = frozenset(
    {"assignment-unknown", "doubt-gone", "expert-twice", "illegal-transition", "visit-unknown"}
)
"""Refusals that say nothing of the time: nobody is missing any more."""


def sends_somebody(ticket: Ticket, answer: AcceptOffer) -> bool:
    """Whether what the customer takes asks for somebody's calendar: a time of a stand-in, which
    they have not taken before."""
    known = next((o for o in ticket.matching.offers if o.id == answer.offer_id), None)
    if known is None or not known.is_of_stand_ins:
        return False
    return known.accepted != answer.option


def wish_of(ticket: Ticket, answer: AcceptOffer, now: datetime) -> AssignExpert:
    """Whom to send when, for a time that the customer took.

    Raises:
        NotFound: `offer-unknown`.
        Conflict: `offer-used`, `offer-expired`, `offer-overtaken`; `time-gone` where nobody could
            be there in time any more.
        Invalid: `option-unknown`.
    """
    offer = offered(ticket, answer.offer_id)
    if offer.accepted != answer.option:
        require_answerable(offer, now)
    if not 0 <= answer.option < len(offer.options):
        raise Invalid("option-unknown", "There is no such option.", field="/option")
    option = offer.options[answer.option]
    stand_in, [chosen] = option.stand_in, option.visits
    assert stand_in is not None, "it is an offer of stand-ins"
    start, visit = chosen.window.start, require_visit(ticket, chosen.visit_id)
    if offer.accepted is None and not is_let_down(visit):
        raise _overtaken()
    if answer.option in offer.gone or start < now + ticket.policies.replacement_min_lead:
        raise _gone()
    return AssignExpert(
        request_id=derived_id("upd", offer.id, str(answer.option)),
        visit_id=visit.id,
        position=stand_in.position,
        expert_id=stand_in.expert_id,
        start=start,
        by=answer.by,
        customer_consent=True,
        instead_of=stand_in.instead_of,
        reason=EscalationReason.CANNOT_ARRIVE,
    )


def taken(ticket: Ticket, answer: AcceptOffer, now: datetime) -> Ticket:
    """The ticket whose customer has the time that they took."""
    offer = offered(ticket, answer.offer_id)
    if offer.accepted is not None:
        return ticket
    return with_offer(ticket, offer.but(accepted=answer.option)).happened(
        OfferAccepted(offer_id=offer.id, option=answer.option), now, answer.by
    )


def refusal_of(refusal: DomainError) -> DomainError:
    """What a customer is told of why a time cannot be had: nothing of who would have come."""
    if refusal.category is Category.UNAVAILABLE or refusal.code.startswith(("offer-", "option-")):
        return refusal
    return _overtaken() if refusal.code in _OVERTAKEN else _gone()


def without(ticket: Ticket, answer: AcceptOffer, refusal: DomainError) -> Ticket:
    """The ticket that does not offer a time any more which is gone."""
    if refusal.code != "time-gone":
        return ticket
    offer = offered(ticket, answer.offer_id)
    if answer.option in offer.gone:
        return ticket
    return with_offer(ticket, offer.but(gone=(*offer.gone, answer.option)))


def declined(ticket: Ticket, answer: DeclineOffer, now: datetime) -> Ticket:
    """The ticket whose customer wants none of the times: the visit is matched anew, and they are
    asked when it suits them. Said again, it changes nothing.

    Raises:
        NotFound: `offer-unknown`.
        Conflict: `offer-used`, `offer-expired`, `offer-overtaken`.
    """
    offer = offered(ticket, answer.offer_id)
    if offer.declined:
        return ticket
    require_answerable(offer, now)
    visit = require_visit(ticket, offer.options[0].visits[0].visit_id)
    if not offer.is_of_stand_ins or not is_let_down(visit):
        raise _overtaken()
    ticket = with_offer(ticket, offer.but(declined=True)).happened(
        OfferDeclined(offer_id=offer.id), now, answer.by
    )
    return matched_anew(ticket, visit, answer.by, now)


def _gone() -> Conflict:
    return Conflict("time-gone", "An expert is no longer free then; take another time.")


def _overtaken() -> Conflict:
    return Conflict("offer-overtaken", "The visit is settled already.")
