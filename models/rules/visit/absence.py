"""What follows when somebody who is to come cannot: somebody else is looked for, or the visit is
matched anew (docs/rules/states.md, Who cannot come)."""

from datetime import datetime

from models.escalation import LADDER, Doubt, EscalationReason
from models.event import OURSELVES, Cause
from models.events.incident import CustomerAskedForTimes, StandInsOffered
from models.matching.offer import SlotOffer
from models.messages.visit import AskCustomer
from models.rules.escalation.doubts import require_doubt, with_patience, without_patience
from models.rules.escalation.pacing import within
from models.rules.matching.passing_over import passed_over, took_back
from models.rules.matching.rescheduling import visits_released
from models.rules.transitions import require_visit
from models.rules.visit.missing import (
    absence_of,
    absent,
    is_in_vain,
    is_nobody_there,
    replaceable_until,
)
from models.ticket import Ticket
from models.visit import Visit

WHY = "cannot_arrive"
"""Why a visit is open again, for whoever tells its customer."""


def unsought(ticket: Ticket) -> Visit | None:
    """A visit with an absence for which nobody looked for somebody else yet."""
    for visit in ticket.visits:
        if is_in_vain(visit) and not visit.is_fixed and _unsought(visit):
            return visit
    return None


def sought(ticket: Ticket, visit_id: str, now: datetime, *, found: bool) -> Ticket:
    """The ticket after somebody else was looked for: one could be found, and a person is asked whom
    to send; or nobody can, and the visit is matched anew, unless one of its crew is there."""
    visit = require_visit(ticket, visit_id)
    # What the customer was asked about another absence keeps nobody from hearing of this one.
    ticket = without_patience(ticket, _doubt(visit))
    if not found and is_nobody_there(visit):
        return matched_anew(ticket, visit, OURSELVES, now)
    return ticket.with_visit(visit.but(sought=(*visit.sought, *sorted(_unsought(visit)))))


def overdue_matched_anew(ticket: Ticket, due: datetime, now: datetime) -> Ticket:
    """The ticket whose visits are matched anew for which nobody else could come in time any more at
    `due`, though somebody may have been asked."""
    for visit in ticket.visits:
        until = replaceable_until(ticket, visit)
        if until is not None and until <= due and not _unsought(visit):
            ticket = matched_anew(ticket, visit, OURSELVES, now)
    return ticket


def matched_anew(
    ticket: Ticket, visit: Visit, by: Cause, now: datetime, why: str | None = WHY
) -> Ticket:
    """The ticket whose visit is matched anew, without those who cannot come to it; its customer
    reads `why`. Whoever took the chosen offer back may still come at other times."""
    missed = {a.expert_id for a in absent(visit) if not took_back(ticket, a)}
    ticket = passed_over(ticket, visit, missed, by, now)
    return visits_released(ticket, [visit.id], by, now, why=why)


def customer_asked(ticket: Ticket, ask: AskCustomer, now: datetime) -> Ticket:
    """The ticket whose customer is asked which of the times suits them at which somebody else could
    come, or which other ones. The visit stays as it is, until they answer or nobody could come in
    time any more. They have for their answer what a level of the ladder has: then the next one is
    asked.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone`.
    """
    visit = require_visit(ticket, ask.visit_id)
    doubt = require_doubt(ticket, visit.id, ask.reason, now)
    left = replaceable_until(ticket, visit)
    until = now + ticket.policies.accept_link_ttl
    until = until if left is None else min(until, left)
    # The customer has a turn, and everybody after who asked: in time for somebody to come still.
    turns = 1 + len(LADDER) - ask.level
    silent_at = min(until, now + within(ticket.policies.escalation_step, now, left, turns))
    ticket = with_patience(ticket, doubt, silent_at, min(ask.level + 1, len(LADDER)))
    start = visit.start.isoformat() if visit.start else None
    if not ask.options or ask.offer_id is None:
        asked = CustomerAskedForTimes(visit_id=visit.id, start=start, expires_at=until.isoformat())
        return ticket.happened(asked, now, ask.by)
    offer = SlotOffer(id=ask.offer_id, options=ask.options, expires_at=until)
    return ticket.but(
        matching=ticket.matching.but(offers=(*ticket.matching.offers, offer))
    ).happened(
        StandInsOffered(
            visit_id=visit.id,
            start=start,
            offer_id=offer.id,
            options=len(offer.options),
            expires_at=until.isoformat(),
        ),
        now,
        ask.by,
    )


def _doubt(visit: Visit) -> Doubt:
    return Doubt(visit.id, EscalationReason.CANNOT_ARRIVE, visit.seq)


def _unsought(visit: Visit) -> set[str]:
    """The absences for which nobody looked yet."""
    found = {absence_of(visit, a) for a in absent(visit)}
    return {name for name in found if name is not None} - set(visit.sought)
