"""What a notification says, found out at the moment it is sent."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from activities.aftercare import survey_id
from activities.gateways.message import Attachment, OutgoingMessage
from activities.invitation import invitation
from activities.texts import declared_facts, render
from models.db.engine import Session
from models.db.repositories.aftercare import AftercareRepository
from models.db.repositories.people import PeopleRepository
from models.db.repositories.reference import ReferenceRepository
from models.db.tables.event import NotificationRow
from models.db.tables.ticket import TicketPrivateRow, TicketRow, VisitRow
from models.money import Currency, Money
from models.notification import MessageChannel
from temporal.links import SurveyLinks


@dataclass(frozen=True, slots=True)
class Recipient:
    """How somebody is reached: an address for each channel, in his order of preference."""

    addresses: dict[MessageChannel, str]
    locale: str
    tz: str


@dataclass(frozen=True, slots=True)
class Office:
    """What every letter needs to know about ourselves."""

    public_url: str
    temporal_ui_url: str
    helpdesk_email: str
    surveys: SurveyLinks


def recipient_of(session: Session, notification: NotificationRow, office: Office) -> Recipient:
    """Where a notification goes; nowhere, if its recipient is gone."""
    people = PeopleRepository(session)
    match notification.recipient_role:
        case "customer":
            person = people.customer(notification.recipient_id)
        case "expert":
            person = people.expert_row(notification.recipient_id)  # type: ignore[assignment]
        case _:
            return Recipient({MessageChannel.EMAIL: office.helpdesk_email}, "en", "UTC")
    if person is None:
        return Recipient({}, "en", "UTC")
    reach = {MessageChannel.SMS: person.phone, MessageChannel.EMAIL: person.email}
    order = [MessageChannel(c) for c in person.channels]
    order += [c for c in MessageChannel if c not in order]
    return Recipient({c: reach[c] for c in order}, person.locale, person.tz)


def letter(
    session: Session, notification: NotificationRow, channel: MessageChannel, office: Office
) -> OutgoingMessage:
    """The message of a notification for one channel."""
    recipient = recipient_of(session, notification, office)
    ticket = session.get(TicketRow, notification.ticket_id)
    assert ticket is not None, "notifications are written with their ticket"
    visit = session.get(VisitRow, notification.facts.get("visit_id", ""))
    known = _facts(session, notification, ticket, visit, recipient, office)
    declared = declared_facts(notification.template)
    words = render(
        notification.template, {name: known[name] for name in declared}, recipient.locale
    )
    return OutgoingMessage(
        reference=notification.id,
        recipient=recipient.addresses[channel],
        subject=words.subject,
        text=words.text,
        attachments=_attachments(session, notification, ticket, visit),
    )


def _facts(
    session: Session,
    notification: NotificationRow,
    ticket: TicketRow,
    visit: VisitRow | None,
    recipient: Recipient,
    office: Office,
) -> dict[str, str]:
    zone = ReferenceRepository(session).zone(ticket.zone or "")
    start = notification.facts.get("start")
    at = datetime.fromisoformat(start) if start else None
    if at is None:
        at = visit.start_at if visit and visit.start_at else _first_slot(ticket)
    here = ZoneInfo(zone.tz if zone else "UTC")
    local = at.astimezone(here)
    return {
        "ticket": f"T-{ticket.number}",
        "visit": f"V{visit.seq}" if visit else "V",
        "city": zone.city if zone else "",
        "start": local.isoformat(timespec="minutes"),
        "date": f"{local:%Y-%m-%d}",
        "time": f"{local:%H:%M} {here.key}",
        "reason": notification.facts.get("reason", ""),
        "amount": _amount(session, notification),
        "link": _link(notification, ticket, visit, office),
    }


def _first_slot(ticket: TicketRow) -> datetime:
    return datetime.fromisoformat(ticket.slots[0]["start"]) if ticket.slots else ticket.opened_at


def _amount(session: Session, notification: NotificationRow) -> str:
    if "invoice_id" not in notification.facts:
        return ""
    invoices = AftercareRepository(session).invoices(notification.ticket_id)
    invoice = next(i for i in invoices if i.id == notification.facts["invoice_id"])
    return str(Money(amount=invoice.total, currency=Currency(invoice.currency)))


def _link(
    notification: NotificationRow, ticket: TicketRow, visit: VisitRow | None, office: Office
) -> str:
    if notification.template == "ticket.completed":
        asked = survey_id(ticket.id, int(notification.facts["round"]))
        return f"{office.public_url}/v1/surveys/{office.surveys.token(asked)}"
    if notification.template == "visit.open" and visit:
        return f"{office.public_url}/v1/marketplace/visits/{visit.id}"
    if notification.recipient_role == "expert":
        return f"{office.public_url}/v1/experts/me/work-items"
    return f"{office.public_url}/v1/tickets/{ticket.id}"


def _attachments(
    session: Session, notification: NotificationRow, ticket: TicketRow, visit: VisitRow | None
) -> tuple[Attachment, ...]:
    if notification.template != "visit.scheduled" or visit is None:
        return ()
    private = session.get(TicketPrivateRow, ticket.id)
    where = f"{private.street}, {private.postcode} {private.city}" if private else ""
    start, end = (datetime.fromisoformat(notification.facts[name]) for name in ("start", "end"))
    calendar = invitation(
        uid=visit.id,
        sequence=0,
        start=start,
        end=end,
        summary=f"Sysops Squad, ticket T-{ticket.number}",
        location=where,
        description="",
        cancelled=False,
    )
    return (Attachment("visit.ics", "text/calendar; method=PUBLISH", calendar),)
