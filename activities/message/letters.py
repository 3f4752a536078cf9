"""What a notification says and to whom, found out at the moment it is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from activities.gateways.message import OutgoingMessage
from activities.message.enclosures import enclosures
from activities.message.occasion import Occasion, occasion_of
from activities.message.texts import declared_facts, render
from models.actor import Role
from models.db.message.due import Due, Person, Untold
from models.db.report.surveys import survey_id
from models.message.notification import MessageChannel
from models.money.amount import Currency, Money
from temporal.links import OfferLinks, SurveyLinks

REMINDER = "assignment.reminder"
_CHANNELS = tuple(MessageChannel)


class LetterUnwritable(Exception):
    """Something that the text of a notification needs is not there."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """How somebody is reached: an address for each channel, in their order of preference."""

    addresses: dict[MessageChannel, str]
    locale: str


@dataclass(frozen=True, slots=True)
class Office:
    """What every letter needs to know about ourselves. Whoever of the staff has no address of
    their own is reached through the helpdesk."""

    public_url: str
    desk_url: str
    helpdesk_email: str
    surveys: SurveyLinks
    offers: OfferLinks | None = None
    manager_email: str | None = None
    admin_email: str | None = None

    def email_of(self, role: str) -> str:
        """Where somebody of the staff reads their mail."""
        own = {Role.MANAGER: self.manager_email, Role.ADMIN: self.admin_email}
        return own.get(Role(role)) or self.helpdesk_email


def recipient_of(news: Untold | Due, office: Office) -> Recipient:
    """Where a notification goes; nowhere, if its recipient is gone."""
    if news.recipient_role not in ("customer", "expert"):
        return Recipient({MessageChannel.EMAIL: office.email_of(news.recipient_role)}, "en")
    person = news.person
    if person is None:
        return Recipient({}, "en")
    order = [c for c in person.channels if c in _CHANNELS]
    order += [c for c in _CHANNELS if c not in order]
    if news.template == REMINDER:
        # They did not answer where they were told first.
        order = [*order[1:], order[0]]
    addresses = {MessageChannel(c): _address(person, MessageChannel(c)) for c in order}
    return Recipient({c: address for c, address in addresses.items() if address}, person.locale)


def letter(due: Due, office: Office) -> OutgoingMessage:
    """The message of a delivery that is due.

    Raises:
        LetterUnwritable: its template, or something that it names, is not there.
    """
    try:
        recipient = recipient_of(due, office)
        occasion = occasion_of(due)
        known = {**occasion.words(), **_amount(due), "link": _link(occasion, office)}
        declared = declared_facts(due.template)
        words = render(due.template, {name: known[name] for name in declared}, recipient.locale)
        return OutgoingMessage(
            reference=due.notification_id,
            recipient=recipient.addresses[due.channel],
            subject=words.subject,
            text=words.text,
            attachments=enclosures(occasion),
        )
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        raise LetterUnwritable(due.template) from error


def _address(person: Person, channel: MessageChannel) -> str:
    match channel:
        case MessageChannel.SMS:
            return person.phone
        case MessageChannel.EMAIL:
            return person.email
    assert_never(channel)


def _amount(due: Due) -> dict[str, str]:
    if due.bill is None:
        return {}
    total, currency = due.bill
    return {"amount": str(Money(amount=total, currency=Currency(currency)))}


def _link(occasion: Occasion, office: Office) -> str:
    due, visit, facts = occasion.due, occasion.visit, occasion.due.facts
    match due.template, due.recipient_role:
        case "ticket.completed", _:
            asked = survey_id(due.ticket_id, int(facts["round"]))
            return f"{office.public_url}/v1/surveys/{office.surveys.token(asked)}"
        case "slots.offered", _ if office.offers:
            until = datetime.fromisoformat(facts["expires_at"])
            token = office.offers.token(due.ticket_id, facts["offer_id"], until)
            return f"{office.public_url}/v1/offers/{token}"
        case "visit.open", _ if visit:
            return f"{office.public_url}/v1/marketplace/visits/{visit.id}"
        case _, "expert":
            return f"{office.public_url}/v1/experts/me/work-items"
        case _, role if Role(role).is_staff:
            return f"{office.desk_url}/go/{facts['workflow_id']}"
        case _:
            return f"{office.public_url}/v1/tickets/{due.ticket_id}"
