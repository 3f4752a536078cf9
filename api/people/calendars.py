"""Experts' calendars; of time given back, waiting tickets hear."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.dependencies import Expert, IdempotencyKey, With, known_parameters
from api.http.idempotency import once, scoped
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Instant
from api.intake.commands import tell
from api.people.knowing import happened, known
from api.people.schemas import (
    BusyView,
    CalendarView,
    NewTimeOff,
    TimeOffId,
    TimeOffView,
    UsualWeek,
    WeekStretch,
    clock,
)
from api.ticket.schemas import SlotView
from models.calendar import Window
from models.db.engine import Session
from models.db.matching.problems import ProblemRepository
from models.db.people.calendar import CalendarRepository
from models.db.people.writes import ExpertRepository
from models.errors import Invalid, NotFound, Unavailable
from models.events.people import (
    ExpertTimeOffDropped,
    ExpertTimeOffTaken,
    ExpertWeekChanged,
)
from models.identity import derived_id
from models.messages.matching import CalendarFreed
from models.people.diary import TimeOff
from models.rules.people.availability import checked_week, laid_out, without
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
LONGEST_SPAN = timedelta(days=92)
LONGEST_LEAVE = timedelta(days=366)


@router.get("/me/calendar", summary="Read your calendar")
async def read_calendar(
    principal: Expert,
    services: With,
    from_: Annotated[Instant | None, Query(alias="from")] = None,
    to: Annotated[Instant | None, Query()] = None,
) -> CalendarView:
    """Assignments, time off and what is left of your usual week; four weeks by default."""
    start = from_ or services.clock()
    end = to or start + timedelta(days=28)
    if not start < end <= start + LONGEST_SPAN:
        raise Invalid("span-invalid", f"`to` lies after `from`, at most {LONGEST_SPAN.days} days.")
    span = Window(start=start, end=end)
    return await services.reads.run(lambda s: _calendar(s, principal.subject, span))


@router.get("/me/availability", summary="Read your usual week")
async def read_week(principal: Expert, services: With) -> UsualWeek:
    """In your own local time."""
    week = await services.reads.run(lambda s: CalendarRepository(s).week(principal.subject))
    return UsualWeek(
        week=[
            WeekStretch(weekday=s.weekday, start=clock(s.from_minute), end=clock(s.to_minute))
            for s in week
        ]
    )


@router.put("/me/availability", summary="Change your usual week")
async def change_week(week: UsualWeek, principal: Expert, services: With) -> UsualWeek:
    """Replaces it as a whole."""
    checked = checked_week([s.stretch() for s in week.week])

    def write(session: Session) -> None:
        known(session, principal.subject)
        ExpertRepository(session).set_week(principal.subject, checked)
        happened(session, services, principal, ExpertWeekChanged(expert_id=principal.subject))

    await services.reads.write(write)
    return week


@router.post("/me/time-off", status_code=201, summary="Take time off")
async def take_time_off(
    new: NewTimeOff,
    principal: Expert,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> TimeOffView:
    """Nothing is settled for you in it. Assignments that stand already stay."""
    response.status_code = 201
    if not new.start < new.end <= new.start + LONGEST_LEAVE:
        raise Invalid("span-invalid", "Time off ends after it starts, within a year.", field="/end")
    scope = scoped(request, principal, key)

    async def act() -> TimeOffView:
        off = TimeOff(
            id=derived_id("off", principal.subject, scope),
            window=Window(start=new.start, end=new.end),
        )

        def write(session: Session) -> None:
            known(session, principal.subject)
            ExpertRepository(session).moved(principal.subject)
            ExpertRepository(session).add_time_off(principal.subject, off)
            happened(session, services, principal, ExpertTimeOffTaken(expert_id=principal.subject))

        await services.reads.write(write)
        return TimeOffView(id=off.id, start=new.start, end=new.end)

    return await once(services, request, response, scope, new, TimeOffView, act)


@router.delete("/me/time-off/{off_id}", status_code=204, summary="Give time off back")
async def give_time_back(off_id: TimeOffId, principal: Expert, services: With) -> None:
    """Tickets that wait for you look again."""

    def write(session: Session) -> None:
        if not ExpertRepository(session).drop_time_off(principal.subject, off_id):
            raise NotFound("time-off-unknown", "There is no such time off.")
        ExpertRepository(session).moved(principal.subject)
        happened(session, services, principal, ExpertTimeOffDropped(expert_id=principal.subject))

    await services.reads.write(write)
    await _wake(services, principal.subject)


async def _wake(services: Services, expert_id: str) -> None:
    """Tell the tickets that wait for an expert at once. It is a courtesy: the time that was given
    back is itself the order to tell them all, and the worker carries it out."""
    waiting = await services.reads.run(lambda s: ProblemRepository(s).waiting_for([expert_id]))
    for ticket_id in waiting:
        try:
            message = CalendarFreed(expert_ids=(expert_id,))
            await tell(services, ticket_id, TicketWorkflow.calendar_freed, message)
        except (NotFound, Unavailable):
            continue


def _calendar(session: Session, expert_id: str, span: Window) -> CalendarView:
    tz = known(session, expert_id).tz
    calendar = CalendarRepository(session)
    booked, off = calendar.booked(expert_id, span), calendar.time_off(expert_id, span)
    busy = [Window(start=b.blocked_from, end=b.blocked_until) for b in booked]
    busy += [o.window for o in off]
    week = laid_out(calendar.week(expert_id), ZoneInfo(tz), span)
    return CalendarView(
        tz=tz,
        assignments=[
            BusyView(
                assignment_id=b.assignment_id,
                visit_id=b.visit_id,
                start=b.window.start,
                end=b.window.end,
                blocked_from=b.blocked_from,
                blocked_until=b.blocked_until,
            )
            for b in booked
        ],
        time_off=[TimeOffView(id=o.id, start=o.window.start, end=o.window.end) for o in off],
        free=[SlotView(start=w.start, end=w.end) for w in without(week, busy)],
    )
