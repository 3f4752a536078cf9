"""What happened to a ticket, what runs, what it cost, who was told."""

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
from models.db.events import EventReads
from models.db.message.reads import DeliveryTry, Notification, NotificationReads, Told
from models.db.money.reads import MoneyReads
from models.db.ticket.notes import Note, NoteRepository
from models.db.ticket.reads import TicketReads
from models.event import Event
from models.identity import TicketId

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
        notes = NoteRepository(session).of_ticket(ticket_id)
        words = {n.id: n.body for n in notes if _may_read(n, principal)}
        entries = [
            _event_entry(event, words)
            for event in EventReads(session).timeline(ticket_id)
            if _may_know(event, principal)
        ]
        told = NotificationReads(session).of_ticket(ticket_id)
        entries += [
            _told_entry(notification, delivery)
            for notification, tries in told
            for delivery in tries
            if principal.role.is_staff or notification.recipient_id == principal.subject
        ]
        return Timeline(entries=sorted(entries, key=lambda e: e.recorded_at))

    return await services.reads.run(read)


@router.get("/tickets/{ticket_id}/timers", summary="List the running clocks of a ticket")
async def timers(ticket_id: TicketId, principal: Caller, services: With) -> TimersView:
    """Soonest first, each with its due time."""
    await ticket_for(services, ticket_id, principal)
    running = await services.reads.run(lambda s: TicketReads(s).timers(ticket_id))
    now = services.clock()
    return TimersView(timers=[t for t in running if t.due_at > now])


@router.get("/tickets/{ticket_id}/invoices", summary="List the bills of a ticket")
async def invoices(
    ticket_id: TicketId, principal: CustomerOrStaff, services: With
) -> Page[InvoiceView]:
    """One a round."""
    await ticket_for(services, ticket_id, principal)
    bills = await services.reads.run(lambda s: MoneyReads(s).invoices(ticket_id))
    return Page(items=[InvoiceView(**bill.model_dump()) for bill in bills])


@router.get("/notifications", summary="List who was told what about a ticket")
async def notifications(
    principal: Staff, services: With, ticket_id: Annotated[TicketId, Query()]
) -> Page[NotificationView]:
    """Every intent with every try; a later hop names the one it stands in for."""
    told = await services.reads.run(lambda s: NotificationReads(s).of_ticket(ticket_id))
    return Page(items=[_notification_view(one) for one in told])


def _may_know(event: Event, principal: Principal) -> bool:
    """Proposals are between an expert and us: customers see times, experts see their own."""
    private = event.type.startswith(("proposal.", "group.", "escalation."))
    if principal.role.is_staff or not private:
        return True
    return principal.role is Role.EXPERT and event.data.get("expert_id") == principal.subject


def _may_read(note: Note, principal: Principal) -> bool:
    """What people write is for themselves and for us; everybody else sees that it happened."""
    return principal.role.is_staff or note.author == principal.actor


def _event_entry(event: Event, words: dict[str, str]) -> TimelineEntry:
    facts = dict(event.data)
    if (note := facts.get("note_id")) in words:
        facts["note"] = words[note]
    return TimelineEntry(
        **event.model_dump(exclude={"id", "actor", "data"}),
        actor_role=event.actor.role,
        actor_id=event.actor.id,
        data=facts,
    )


def _told_entry(notification: Notification, delivery: DeliveryTry) -> TimelineEntry:
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


def _notification_view(told: Told) -> NotificationView:
    return NotificationView(
        **told.notification.model_dump(exclude={"facts", "created_at"}),
        deliveries=[DeliveryView(**one.model_dump(exclude={"uncertain"})) for one in told.tries],
    )
