"""What happened to a ticket, what runs, what it cost, who was told."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.http.auth import Principal
from api.http.dependencies import Caller, CustomerOrStaff, Page, Staff, With, known_parameters
from api.http.problems import RESPONSES
from api.ticket.schemas import InvoiceView, Timeline, TimelineEntry, TimersView
from api.ticket.sight import ticket_for
from models.actor import Role
from models.db.engine import Session
from models.db.events import EventRepository
from models.db.message.notifications import NotificationRepository
from models.db.message.tables import DeliveryRow, NotificationRow
from models.db.money.aftercare import AftercareRepository
from models.db.tables import EventRow
from models.db.ticket.tables import NoteRow
from models.db.ticket.views import TicketViews
from models.identity import TicketId
from models.ticket import Timer

router = APIRouter(tags=["tickets"], responses=RESPONSES, dependencies=[Depends(known_parameters)])


class DeliveryView(BaseModel):
    """One channel's try."""

    id: str
    hop: int
    fallback_of: str | None
    channel: str
    state: str
    attempts: int
    provider: str | None
    provider_ref: str | None
    error: str | None


class NotificationView(BaseModel):
    """Somebody was to be told something."""

    id: str
    ticket_id: str
    event_id: str
    recipient_role: str
    recipient_id: str
    template: str
    state: str
    deliveries: list[DeliveryView]


@router.get("/tickets/{ticket_id}/timeline", summary="Read what happened to a ticket")
async def timeline(ticket_id: TicketId, principal: Caller, services: With) -> Timeline:
    """Who, what, when and why, and who was told, as far as it is the reader's business."""
    await ticket_for(services, ticket_id, principal)

    def read(session: Session) -> Timeline:
        notes = TicketViews(session).notes(ticket_id).values()
        words = {n.id: n.body for n in notes if _may_read(n, principal)}
        entries = [
            _event_entry(row, words)
            for row in EventRepository(session).timeline(ticket_id)
            if _may_know(row, principal)
        ]
        told = NotificationRepository(session).of_ticket(ticket_id)
        entries += [
            _told_entry(notification, delivery)
            for notification, deliveries in told
            for delivery in deliveries
            if principal.role.is_staff or notification.recipient_id == principal.subject
        ]
        return Timeline(entries=sorted(entries, key=lambda e: e.recorded_at))

    return await services.reads.run(read)


@router.get("/tickets/{ticket_id}/timers", summary="List the running clocks of a ticket")
async def timers(ticket_id: TicketId, principal: Caller, services: With) -> TimersView:
    """Soonest first, each with its due time."""
    await ticket_for(services, ticket_id, principal)
    row = await services.reads.run(lambda s: TicketViews(s).ticket(ticket_id))
    now = services.clock()
    running = [Timer(**t) for t in (row.timers if row else [])]
    return TimersView(timers=[t for t in running if t.due_at > now])


@router.get("/tickets/{ticket_id}/invoices", summary="List the bills of a ticket")
async def invoices(
    ticket_id: TicketId, principal: CustomerOrStaff, services: With
) -> Page[InvoiceView]:
    """One a round."""
    await ticket_for(services, ticket_id, principal)
    rows = await services.reads.run(lambda s: AftercareRepository(s).invoices(ticket_id))
    return Page(
        items=[InvoiceView(**r.model_dump(exclude={"ticket_id", "customer_id"})) for r in rows]
    )


@router.get("/notifications", summary="List who was told what about a ticket")
async def notifications(
    principal: Staff, services: With, ticket_id: Annotated[TicketId, Query()]
) -> Page[NotificationView]:
    """Every intent with every try; a later hop names the one it stands in for."""
    told = await services.reads.run(lambda s: NotificationRepository(s).of_ticket(ticket_id))
    return Page(items=[_notification_view(n, deliveries) for n, deliveries in told])


def _may_know(row: EventRow, principal: Principal) -> bool:
    """Proposals are between an expert and us: customers see times, experts see their own."""
    private = row.type.startswith(("proposal.", "group.", "escalation."))
    if principal.role.is_staff or not private:
        return True
    return principal.role is Role.EXPERT and row.facts.get("expert_id") == principal.subject


def _may_read(note: NoteRow, principal: Principal) -> bool:
    """What people write is for themselves and for us; everybody else sees that it happened."""
    author = (note.author_role, note.author_id)
    return principal.role.is_staff or author == (principal.role, principal.subject)


def _event_entry(row: EventRow, words: dict[str, str]) -> TimelineEntry:
    facts = dict(row.facts)
    if (note := facts.get("note_id")) in words:
        facts["note"] = words[note]
    return TimelineEntry(**row.model_dump(exclude={"id", "ticket_id", "facts"}), data=facts)


def _told_entry(notification: NotificationRow, delivery: DeliveryRow) -> TimelineEntry:
    at = delivery.sent_at or notification.created_at
    return TimelineEntry(
        aggregate=notification.id,
        seq=None,
        type=f"notification.{delivery.state.lower()}",
        occurred_at=at,
        recorded_at=at,
        actor_role=Role.SYSTEM,
        actor_id="relay",
        cause=notification.event_id,
        trace_id=None,
        data={
            "recipient_role": notification.recipient_role,
            "recipient_id": notification.recipient_id,
            "template": notification.template,
            "channel": delivery.channel,
            "fallback_of": delivery.fallback_of,
            "attempts": delivery.attempts,
            "error": delivery.error,
        },
    )


def _notification_view(
    notification: NotificationRow, deliveries: Iterable[DeliveryRow]
) -> NotificationView:
    return NotificationView(
        **notification.model_dump(exclude={"facts", "created_at"}),
        deliveries=[
            DeliveryView(
                **d.model_dump(exclude={"notification_id", "uncertain", "due_at", "sent_at"})
            )
            for d in deliveries
        ],
    )
