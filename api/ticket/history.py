"""What happened to a ticket, what runs, what it cost, who was told."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from api.http.auth import Principal
from api.http.dependencies import Caller, CustomerOrStaff, Staff, With, known_parameters
from api.http.ids import DeliveryRef, EventRef, NotificationRef, TicketRef
from api.http.paging import Cursor, Limit, Page, decode_moment, decode_number, page_of
from api.http.problems import RESPONSES
from api.ticket.records import InvoiceView, Timeline, TimelineEntry, TimersView, TimerView
from api.ticket.sight import Sight, ticket_for
from models.actor import Role
from models.db.engine import Session
from models.db.events import EventReads
from models.db.message.reads import DeliveryTry, Notification, NotificationReads, Told
from models.db.money.reads import MoneyReads
from models.db.ticket.notes import Note, NoteRepository
from models.db.ticket.reads import TicketReads
from models.event import Event
from models.identity import TicketId
from models.message.notification import DeliveryState, MessageChannel, NotificationState
from models.recorded import Recorded

router = APIRouter(tags=["tickets"], responses=RESPONSES, dependencies=[Depends(known_parameters)])


class DeliveryView(BaseModel):
    """One channel's try."""

    id: DeliveryRef
    hop: int
    fallback_of: DeliveryRef | None
    channel: Recorded[MessageChannel]
    state: Recorded[DeliveryState]
    attempts: int
    provider: str | None
    provider_ref: str | None
    error: str | None


class NotificationView(BaseModel):
    """Somebody was to be told something; `suppressed` says why they were not, and `due_at` since
    when it waits: of a reminder, from when. `quiet_until`: it came in their quiet hours, and waits,
    or waited, for the end of those. A delivery with `fallback_of` stands in for one that failed."""

    id: NotificationRef
    ticket_id: TicketRef
    event_id: EventRef
    recipient_role: Recorded[Role]
    recipient_id: str
    template: str
    state: Recorded[NotificationState]
    suppressed: str | None
    quiet_until: datetime | None = None
    due_at: datetime
    deliveries: list[DeliveryView]


@router.get("/tickets/{ticket_id}/timeline", summary="Read what happened to a ticket")
async def read_timeline(ticket_id: TicketId, principal: Caller, services: With) -> Timeline:
    """Who, what, when and why, and who was told, as far as it is the reader's business."""
    seen = await ticket_for(services, ticket_id, principal)

    def read(session: Session) -> Timeline:
        notes = NoteRepository(session).of_ticket(ticket_id)
        words = {n.id: n.body for n in notes if _may_read(n, principal)}
        entries = [
            _event_entry(event, words)
            for event in EventReads(session).timeline(ticket_id)
            if _may_know(event, principal) and (seen is Sight.WHOLE or _is_own(event, principal))
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
async def list_timers(ticket_id: TicketId, principal: Caller, services: With) -> TimersView:
    """Soonest first, each with its due time."""
    if await ticket_for(services, ticket_id, principal) is Sight.PART:
        return TimersView(timers=[])
    running = await services.reads.run(lambda s: TicketReads(s).timers(ticket_id))
    now = services.clock()
    return TimersView(timers=[TimerView(**t.model_dump()) for t in running if t.due_at > now])


@router.get("/tickets/{ticket_id}/invoices", summary="List the bills of a ticket")
async def list_invoices(
    ticket_id: TicketId,
    principal: CustomerOrStaff,
    services: With,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[InvoiceView]:
    """One a round."""
    after = decode_number(cursor)
    await ticket_for(services, ticket_id, principal)
    bills = await services.reads.run(lambda s: MoneyReads(s).invoices(ticket_id, after, limit + 1))
    return page_of(
        bills,
        limit,
        lambda bill: [str(bill.round), bill.id],
        lambda bill: InvoiceView(**bill.model_dump()),
    )


@router.get("/notifications", summary="List who was told what about a ticket")
async def list_notifications(
    principal: Staff,
    services: With,
    ticket_id: Annotated[TicketId, Query()],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[NotificationView]:
    """Every intent with every try, by `due_at`; a later hop names the one it stands in for."""
    after = decode_moment(cursor)
    told = await services.reads.run(
        lambda s: NotificationReads(s).page(ticket_id, after, limit + 1)
    )
    return page_of(told, limit, _position, _notification_view)


def _may_know(event: Event, principal: Principal) -> bool:
    """Proposals are between an expert and us: customers see times, experts see their own. So is
    proof that is still to come."""
    private = event.type.startswith(("proposal.", "proof.", "group.", "escalation.", "rights."))
    if principal.role.is_staff or not private:
        return True
    return principal.role is Role.EXPERT and event.data.get("expert_id") == principal.subject


def _is_own(event: Event, principal: Principal) -> bool:
    """What somebody did, or was done about them."""
    return event.actor == principal.actor or event.data.get("expert_id") == principal.subject


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


def _position(told: Told) -> tuple[str, str]:
    return told.notification.created_at.isoformat(), told.notification.id


def _notification_view(told: Told) -> NotificationView:
    return NotificationView(
        **told.notification.model_dump(exclude={"facts", "created_at"}),
        due_at=told.notification.created_at,
        deliveries=[DeliveryView(**one.model_dump(exclude={"uncertain"})) for one in told.tries],
    )
