"""What somebody adds to a ticket that was entered in brief (docs/rules/states.md, Ticket)."""

from datetime import datetime

from models.actor import Role
from models.errors import Forbidden
from models.events.ticket import TicketEnriched
from models.messages.escalation import Readmit
from models.messages.ticket import Admission, ChangeSlots, EnrichTicket, FileAddition
from models.rules.matching.rescheduling import with_slots
from models.rules.ticket.readmission import coverage_after, looked_up_again, require_under_way
from models.rules.ticket.reviewing import needs_review
from models.rules.transitions import require_unchanged
from models.rules.visit.opening import visit_offered
from models.ticket import Missing, Ticket
from models.visit import AssignmentState, VisitState


def require_enrichable(ticket: Ticket, added: EnrichTicket, now: datetime) -> None:
    """Refuse what cannot be added as things stand.

    Raises:
        Conflict: `illegal-transition` once the work is done; `ticket-changed`; as `with_slots`.
        Forbidden: `not-on-site` for an expert who is not there.
        Invalid: as `with_slots`.
    """
    require_under_way(ticket, "enrich")
    require_unchanged(ticket, added.by)
    if added.by.actor.role is Role.EXPERT and not _is_there(ticket, added.by.actor.id):
        raise Forbidden("not-on-site", "Whoever stands before the appliance says which it is.")
    _with_added(ticket, added, now)


def addition_of(ticket: Ticket, added: EnrichTicket, now: datetime) -> FileAddition:
    """What has to be filed, and looked up anew."""
    filing = _with_added(ticket, added, now).filing
    return FileAddition(filing=filing, ticket_id=ticket.id, sealed=added.sealed)


def enriched(ticket: Ticket, added: EnrichTicket, admission: Admission, now: datetime) -> Ticket:
    """The ticket with what somebody added and what was looked up with it. Experts are told of it
    once nothing is waited for any more.

    Raises:
        Conflict, Invalid: as `require_enrichable`.
    """
    require_enrichable(ticket, added, now)
    ticket = _with_added(ticket, added, now)
    mended = TicketEnriched(
        added=_named(added),
        missing=list(ticket.filing.awaited),
        zone=admission.zone,
        category=admission.category,
        coverage=coverage_after(ticket, admission),
        model_id=added.model_id,
        note_id=added.note_id,
    )
    again = Readmit(admission=admission, by=added.by, model_id=added.model_id)
    return looked_up_again(ticket, again, mended, now)


def with_times(ticket: Ticket, change: ChangeSlots, now: datetime) -> Ticket:
    """The ticket with its customer's times replaced; where those were all that was waited for,
    experts are told of it now.

    Raises:
        Conflict, Invalid: as `with_slots`.
    """
    ticket = with_slots(ticket, change, now)
    if Missing.SLOTS not in ticket.filing.awaited:
        return ticket
    filing = ticket.filing.but(awaited=_left(ticket, Missing.SLOTS))
    ticket = ticket.but(filing=filing)
    if needs_review(filing, ticket.promise.coverage) or not ticket.admitted:
        return ticket
    ticket = ticket.but(review_open=False, matching=ticket.matching.but(since=now))
    for visit in ticket.visits:
        if visit.state is VisitState.OPEN:
            ticket = visit_offered(ticket, visit, change.by, now)
    return ticket


def _with_added(ticket: Ticket, added: EnrichTicket, now: datetime) -> Ticket:
    """The ticket as if that had been said of it when it was filed."""
    if added.slots:
        times = ChangeSlots(slots=added.slots, by=added.by, note_id=added.note_id)
        ticket = with_slots(ticket, times, now)
    given = [
        *added.without,
        *([Missing.SLOTS] if added.slots else []),
        *([Missing.MODEL] if _names_appliance(added) else []),
    ]
    filing = ticket.filing
    return ticket.but(
        filing=filing.but(
            model_id=added.model_id or filing.model_id,
            category=added.category or filing.category,
            model_text_given=filing.model_text_given or added.model_text_given,
            own_zone=added.zone or filing.own_zone,
            awaited=_left(ticket, *given),
        )
    )


def _is_there(ticket: Ticket, expert_id: str) -> bool:
    """Whether an expert has come to a visit of the ticket."""
    there = (AssignmentState.ON_SITE, AssignmentState.WORKING, AssignmentState.DONE)
    crew = (a for v in ticket.visits for a in v.assignments)
    return any(a.expert_id == expert_id and a.state in there for a in crew)


def _names_appliance(added: EnrichTicket) -> bool:
    return bool(added.model_id or added.category or added.model_text_given)


def _left(ticket: Ticket, *given: Missing) -> tuple[Missing, ...]:
    return tuple(m for m in ticket.filing.awaited if m not in given)


def _named(added: EnrichTicket) -> list[str]:
    """What was added, by the names of the request's fields."""
    said = {
        "model_id": added.model_id,
        "model_text": added.model_text_given,
        "category": added.category,
        "slots": added.slots,
        "address": added.zone,
        **{f"{missing}_later": missing in added.without for missing in Missing},
    }
    return [name for name, is_said in said.items() if is_said]
