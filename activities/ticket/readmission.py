"""Looking a ticket up again, once its customer's file or its model was mended."""

from datetime import datetime

from activities.ticket.paying import with_paid
from models.actor import Role
from models.db.catalogue.reads import ReferenceReads
from models.db.catalogue.writes import ReferenceRepository
from models.db.engine import Session
from models.db.message.notifications import NotificationRepository
from models.db.message.reads import NotificationReads
from models.db.people.reads import PeopleReads
from models.db.ticket.admission import look_up, set_place
from models.db.ticket.reads import TicketReads
from models.errors import Conflict, Invalid, NotFound
from models.event import OURSELVES
from models.message.notification import NotificationState
from models.messages.ticket import Admission, OpenTicket
from models.rules.promise.paid import Said
from models.rules.ticket.admission import admission_of
from models.rules.ticket.naming import as_a_name, is_nameable, new_model
from models.ticket import Filing, Ticket


def admission_again(
    session: Session, ticket: Ticket, model_id: str | None, said: Said | None
) -> Admission:
    """What a ticket would be admitted with now, perhaps as another model. `said`: of who pays, just
    now.

    Raises:
        Invalid: `model-unknown`.
        NotFound: `customer-unknown`, where that was all there was to look for.
    """
    if model_id and not ReferenceReads(session).has_model(model_id):
        raise Invalid("model-unknown", "The catalogue has no such model.")
    if PeopleReads(session).customer(ticket.filing.customer_id) is not None:
        set_place(session, ticket.id, ticket.filing.customer_id)
    elif model_id is None:
        raise NotFound("customer-unknown", "There is still no file of that customer.")
    filing = ticket.filing.but(model_id=model_id or ticket.filing.model_id)
    return admission_now(session, ticket.id, filing, said)


def admission_now(session: Session, ticket_id: str, filing: Filing, said: Said | None) -> Admission:
    """What a ticket that was filed so would be admitted with now. `said`: of who pays, just now."""
    opened = OpenTicket(
        ticket_id=ticket_id,
        customer_id=filing.customer_id,
        by=OURSELVES,
        channel=filing.channel,
        urgency=filing.urgency,
        opened_at=filing.opened_at,
        slots=filing.slots,
        model_id=filing.model_id,
        category=filing.category,
        model_text_given=filing.model_text_given,
        sealed="",
        fingerprint="",
    )
    found = look_up(session, opened, filing.own_zone)
    return admission_of(opened, with_paid(session, filing.customer_id, said, found))


def told_again(session: Session, ticket_id: str, now: datetime) -> None:
    """Queue again what the customer of a ticket could not be told while they had no file.

    Again after success: what was sent stays so, what waits begins anew.
    """
    for notification, _ in NotificationReads(session).of_ticket(ticket_id):
        to_customer = notification.recipient_role == Role.CUSTOMER
        state = notification.state
        if to_customer and isinstance(state, NotificationState) and state.is_given_up:
            NotificationRepository(session).send_again(notification.id, now)


def model_as_written(session: Session, ticket_id: str, category: str) -> str:
    """The model that the customer wrote, now in the catalogue.

    Raises:
        Invalid: `category-unknown`.
        Conflict: `model-text-missing`, `model-text-personal`.
    """
    known = [c.code for c in ReferenceReads(session).categories()]
    if category not in known:
        raise Invalid("category-unknown", f"There is no such category: one of {', '.join(known)}.")
    written = TicketReads(session).words(ticket_id)
    words = as_a_name(written.model_text or "") if written else ""
    if not words:
        raise Conflict("model-text-missing", "The customer has not written which model.")
    if not is_nameable(words):
        raise Conflict(
            "model-text-personal",
            "What the customer wrote does not look like a model's name, and everybody reads the "
            "catalogue. Choose another decision.",
        )
    brand, _, designation = words.partition(" ")
    model = new_model(brand, designation or brand, category, words)
    ReferenceRepository(session).add_model(model)
    return model.id
