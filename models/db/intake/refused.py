"""What was asked of a ticket and accepted, and is refused later: in the ticket's timeline, and told
to its customer where it was they who asked."""

from datetime import datetime

from sqlmodel import Session

from models import subject
from models.actor import Role
from models.db.effect import Effect, in_turn, take_effect
from models.db.ticket.tables import TicketRow
from models.event import Cause, event_of
from models.events.ticket import RequestRefused
from models.events.visit import VisitReportRefused
from models.rules.message.notices import notice_of

Refused = RequestRefused | VisitReportRefused


def note_refusal(
    session: Session, ticket_id: str, name: str, refused: Refused, by: Cause, at: datetime
) -> None:
    """Note what is refused, once: whoever hears of it, and however often.

    Args:
        session: the unit of work it belongs to.
        ticket_id: of which ticket; of one that is not there nothing is noted.
        name: what makes it this request, or this report.
        refused: what was asked, and why it is refused.
        by: who asked; of what a customer asked of somebody else's ticket nothing is noted.
        at: now.
    """
    ticket = session.get(TicketRow, ticket_id)
    is_customer = by.actor.role is Role.CUSTOMER
    if ticket is None or (is_customer and by.actor.id != ticket.customer_id):
        return
    # Its event is the first and last of its own: those of the ticket its workflow numbers.
    event = event_of(refused, name, 1, at, by)
    told = notice_of(event)
    intents = (told.to("customer", ticket.customer_id),) if told else ()
    about = subject.ticket(ticket_id)
    take_effect(session, in_turn(about.but(id=name), 1), Effect(about, (event,), intents))
