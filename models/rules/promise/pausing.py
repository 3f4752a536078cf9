"""When a clock waits for the customer, and not for us (docs/rules/service-levels.md, Pauses)."""

from collections.abc import Iterator
from datetime import datetime

from models.matching.offer import SlotOffer
from models.promise.sla import ClockName
from models.rules.promise.counting import FOR_EVER
from models.rules.promise.paying import waits_for_payment_until
from models.ticket import Ticket
from models.visit import Visit, VisitState


def customer_until(name: ClockName, ticket: Ticket, now: datetime) -> datetime | None:
    """Until when a clock waits for the customer, not for us: they owe times, an answer or a
    payment; and nobody can be with them before the first time they named, or the one taken."""
    live = [v for v in ticket.visits if v.is_live]
    if not all(ticket.slots_of(v) for v in live):
        return FOR_EVER
    found = [*_offers_until(name, ticket)]
    if payment_until := waits_for_payment_until(ticket):
        found.append(payment_until)
    if live and name is not ClockName.SCHEDULE:
        found.append(min(_at_home_from(ticket, v) for v in live))
    return max((until for until in found if until > now), default=None)


def _at_home_from(ticket: Ticket, visit: Visit) -> datetime:
    taken = [
        chosen.window.start
        for offer in _offers(ticket)
        if offer.accepted is not None
        for chosen in offer.options[offer.accepted].visits
        if chosen.visit_id == visit.id
    ]
    return taken[-1] if taken else min(s.start for s in ticket.slots_of(visit))


def _offers(ticket: Ticket) -> tuple[SlotOffer, ...]:
    """What the customer keeps us waiting with. Who is asked because our expert cannot come does
    not."""
    return tuple(o for o in ticket.matching.offers if not o.is_of_stand_ins)


def _offers_until(name: ClockName, ticket: Ticket) -> Iterator[datetime]:
    """When the offers run out that a group has no answer to yet: the last one of each."""
    if name is ClockName.ONSITE and any(v.state is VisitState.SCHEDULED for v in ticket.visits):
        # Somebody is expected there already.
        return
    latest = {offer.options[0].visits[0].visit_id: offer for offer in _offers(ticket)}
    for visit_id, offer in latest.items():
        group = ticket.group_of(visit_id)
        asked = group is not None and group.is_live and group.offered_round == group.round
        if asked and offer.accepted is None:
            yield offer.expires_at
