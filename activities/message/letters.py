"""What a notification says and to whom, found out at the moment it is sent."""

from dataclasses import dataclass
from typing import assert_never

from activities.gateways.message import OutgoingMessage
from activities.message.occasion import occasion_of
from activities.message.office import Office
from activities.message.texts import render, templates
from models.db.message.due import Due, Person, Untold
from models.message.notification import MessageChannel
from models.money.amount import Currency, Money
from models.rules.message.reaching import Reach, has_stopped, in_order


class LetterUnwritable(Exception):
    """Something that the text of a notification needs is not there."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """How somebody is reached: an address for each channel, in their order of preference; but for
    those over which they answered STOP."""

    addresses: dict[MessageChannel, str]
    locale: str
    stopped: frozenset[MessageChannel] = frozenset()


def recipient_of(news: Untold | Due, office: Office) -> Recipient:
    """Where a notification goes; nowhere, if its recipient is gone."""
    if news.recipient_role not in ("customer", "expert"):
        return Recipient({MessageChannel.EMAIL: office.email_of(news.recipient_role)}, "en")
    person = news.person
    if person is None:
        return Recipient({}, "en")
    template = templates().get(news.template)
    reach = template.reach if template else Reach.PREFERRED
    order = in_order(person.channels, reach, news.last_way)
    addresses = {channel: _address(person, channel) for channel in order}
    stopped = frozenset(
        c for c, address in addresses.items() if has_stopped(person.opted_out, c, address)
    )
    reached = {c: address for c, address in addresses.items() if address and c not in stopped}
    return Recipient(reached, person.locale, stopped)


def letter(due: Due, office: Office) -> OutgoingMessage:
    """The message of a delivery that is due, in what of it is still news.

    Raises:
        LetterUnwritable: its template, or something that it names, is not there.
    """
    try:
        template, recipient = templates()[due.template], recipient_of(due, office)
        occasion = occasion_of(due, template)
        known = {**occasion.words(recipient.locale), **_amount(due)}
        if "code" in template.declared:
            known["code"] = occasion.code(office)
        if template.link:
            known["link"] = occasion.link(office)
        words = render(
            due.template, {name: known[name] for name in template.declared}, recipient.locale
        )
        return OutgoingMessage(
            reference=due.notification_id,
            recipient=recipient.addresses[due.channel],
            subject=words.subject,
            text=words.sms if due.channel is MessageChannel.SMS else words.text,
            attachments=occasion.enclosures(office),
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
