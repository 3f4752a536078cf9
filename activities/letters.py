"""What a notification says and to whom, found out at the moment it is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from activities.enclosures import enclosures
from activities.gateways.message import OutgoingMessage
from activities.occasion import Occasion, occasion_of
from activities.texts import declared_facts, render
from models.actor import Role
from models.db.engine import Session
from models.db.repositories.aftercare import survey_id
from models.db.repositories.notifications import Due
from models.db.repositories.people import PeopleRepository
from models.db.tables.aftercare import InvoiceRow
from models.db.tables.event import NotificationRow
from models.db.tables.people import CustomerRow, ExpertRow
from models.money import Currency, Money
from models.notification import MessageChannel
from temporal.links import OfferLinks, SurveyLinks

REMINDER = "assignment.reminder"


class LetterUnwritable(Exception):
    """Something that the text of a notification needs is not there."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """How somebody is reached: an address for each channel, in his order of preference."""

    addresses: dict[MessageChannel, str]
    locale: str


@dataclass(frozen=True, slots=True)
class Office:
    """What every letter needs to know about ourselves. Whoever of the staff has no address of his
    own is reached through the helpdesk."""

    public_url: str
    desk_url: str
    helpdesk_email: str
    surveys: SurveyLinks
    offers: OfferLinks | None = None
    manager_email: str | None = None
    admin_email: str | None = None

    def email_of(self, role: str) -> str:
        """Where somebody of the staff reads his mail."""
        own = {Role.MANAGER: self.manager_email, Role.ADMIN: self.admin_email}
        return own.get(Role(role)) or self.helpdesk_email


def recipient_of(session: Session, notification: NotificationRow, office: Office) -> Recipient:
    """Where a notification goes; nowhere, if its recipient is gone."""
    people = PeopleRepository(session)
    person: CustomerRow | ExpertRow | None
    match notification.recipient_role:
        case "customer":
            person = people.customer(notification.recipient_id)
        case "expert":
            person = people.expert_row(notification.recipient_id)
        case role:
            return Recipient({MessageChannel.EMAIL: office.email_of(role)}, "en")
    if person is None:
        return Recipient({}, "en")
    order = [c for c in person.channels if c in list(MessageChannel)]
    order += [c for c in MessageChannel if c not in order]
    if notification.template == REMINDER:
        # He did not answer where he was told first.
        order = [*order[1:], order[0]]
    addresses = {MessageChannel(c): _address(person, MessageChannel(c)) for c in order}
    return Recipient({c: address for c, address in addresses.items() if address}, person.locale)


def letter(session: Session, due: Due, office: Office) -> OutgoingMessage:
    """The message of a delivery that is due.

    Raises:
        LetterUnwritable: its template, or something that it names, is not there.
    """
    notification = due.notification
    try:
        recipient = recipient_of(session, notification, office)
        occasion = occasion_of(session, due)
        known = {
            **occasion.words(),
            **_amount(session, occasion),
            "link": _link(occasion, office),
        }
        declared = declared_facts(notification.template)
        words = render(
            notification.template, {name: known[name] for name in declared}, recipient.locale
        )
        return OutgoingMessage(
            reference=notification.id,
            recipient=recipient.addresses[MessageChannel(due.delivery.channel)],
            subject=words.subject,
            text=words.text,
            attachments=enclosures(session, occasion),
        )
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise LetterUnwritable(notification.template) from error


def _address(person: CustomerRow | ExpertRow, channel: MessageChannel) -> str:
    match channel:
        case MessageChannel.SMS:
            return person.phone
        case MessageChannel.EMAIL:
            return person.email
    assert_never(channel)


def _amount(session: Session, occasion: Occasion) -> dict[str, str]:
    invoice_id = occasion.notification.facts.get("invoice_id")
    invoice = session.get(InvoiceRow, invoice_id) if invoice_id else None
    if invoice is None:
        return {}
    return {"amount": str(Money(amount=invoice.total, currency=Currency(invoice.currency)))}


def _link(occasion: Occasion, office: Office) -> str:
    ticket, visit, facts = occasion.ticket, occasion.visit, occasion.notification.facts
    match occasion.notification.template, occasion.notification.recipient_role:
        case "ticket.completed", _:
            asked = survey_id(ticket.id, int(facts["round"]))
            return f"{office.public_url}/v1/surveys/{office.surveys.token(asked)}"
        case "slots.offered", _ if office.offers:
            until = datetime.fromisoformat(facts["expires_at"])
            token = office.offers.token(ticket.id, facts["offer_id"], until)
            return f"{office.public_url}/v1/offers/{token}"
        case "visit.open", _ if visit:
            return f"{office.public_url}/v1/marketplace/visits/{visit.id}"
        case _, "expert":
            return f"{office.public_url}/v1/experts/me/work-items"
        case _, role if Role(role).is_staff:
            return f"{office.desk_url}/go/{facts['workflow_id']}"
        case _:
            return f"{office.public_url}/v1/tickets/{ticket.id}"
