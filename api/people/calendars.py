"""Experts' calendars, skills and standing; what changes here, waiting tickets hear of."""

from datetime import timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.auth import Principal
from api.http.dependencies import (
    Admin,
    Expert,
    IdempotencyKey,
    Staff,
    With,
    known_parameters,
)
from api.http.idempotency import once, scoped
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Instant
from api.intake.commands import tell
from api.people.schemas import (
    BusyView,
    CalendarView,
    ExpertView,
    HeldSkillView,
    NewTimeOff,
    SkillLevel,
    Standing,
    TimeOffId,
    TimeOffView,
    Week,
    WeekStretch,
    clock,
)
from api.ticket.schemas import SlotView
from models.calendar import Window
from models.db.engine import Session
from models.db.matching.problems import ProblemRepository
from models.db.people.calendar import CalendarRepository
from models.db.people.reads import PeopleReads
from models.db.people.writes import ExpertRepository
from models.errors import Invalid, NotFound, Unavailable
from models.events.people import (
    ExpertFacts,
    ExpertSkillDropped,
    ExpertSkillSet,
    ExpertStandingChanged,
    ExpertTimeOffDropped,
    ExpertTimeOffTaken,
    ExpertWeekChanged,
)
from models.identity import Code, ExpertId, derived_id
from models.messages.matching import CalendarFreed
from models.people.diary import TimeOff
from models.people.expert import ExpertFile
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
async def calendar(
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
async def read_week(principal: Expert, services: With) -> Week:
    """In your own local time."""
    week = await services.reads.run(lambda s: CalendarRepository(s).week(principal.subject))
    return Week(
        week=[
            WeekStretch(weekday=s.weekday, start=clock(s.from_minute), end=clock(s.to_minute))
            for s in week
        ]
    )


@router.put("/me/availability", summary="Change your usual week")
async def change_week(week: Week, principal: Expert, services: With) -> Week:
    """Replaces it as a whole."""
    checked = checked_week([s.stretch() for s in week.week])

    def write(session: Session) -> None:
        _known(session, principal.subject)
        ExpertRepository(session).set_week(principal.subject, checked)
        _happened(session, services, principal, ExpertWeekChanged(expert_id=principal.subject))

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
            _known(session, principal.subject)
            ExpertRepository(session).moved(principal.subject)
            ExpertRepository(session).add_time_off(principal.subject, off)
            _happened(session, services, principal, ExpertTimeOffTaken(expert_id=principal.subject))

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
        _happened(session, services, principal, ExpertTimeOffDropped(expert_id=principal.subject))

    await services.reads.write(write)
    await _wake(services, principal.subject)


@router.get("/{expert_id}", summary="Read an expert")
async def read_expert(expert_id: ExpertId, principal: Staff, services: With) -> ExpertView:
    """Their standing and skills."""
    return await services.reads.run(lambda s: _view(s, expert_id))


@router.patch("/{expert_id}", summary="Change an expert's standing")
async def change_standing(
    expert_id: ExpertId, standing: Standing, principal: Admin, services: With
) -> ExpertView:
    """Only verified and flagged experts see visits and are settled."""

    def write(session: Session) -> ExpertView:
        _known(session, expert_id)
        ExpertRepository(session).moved(expert_id)
        ExpertRepository(session).set_standing(expert_id, standing.status)
        facts = ExpertStandingChanged(expert_id=expert_id, status=standing.status)
        _happened(session, services, principal, facts)
        return _view(session, expert_id)

    view = await services.reads.write(write)
    await _wake(services, expert_id)
    return view


@router.put("/{expert_id}/skills/{skill}", summary="Give an expert a skill")
async def set_skill(
    expert_id: ExpertId, skill: Code, held: SkillLevel, principal: Admin, services: With
) -> ExpertView:
    """Their open list shows it at once."""
    services.reference.require_skill(skill, "/skill")

    def write(session: Session) -> ExpertView:
        _known(session, expert_id)
        ExpertRepository(session).moved(expert_id)
        ExpertRepository(session).set_skill(expert_id, skill, held.level, held.expires_at)
        facts = ExpertSkillSet(expert_id=expert_id, skill=skill, level=held.level)
        _happened(session, services, principal, facts)
        return _view(session, expert_id)

    view = await services.reads.write(write)
    await _wake(services, expert_id)
    return view


@router.delete("/{expert_id}/skills/{skill}", summary="Take a skill from an expert")
async def drop_skill(
    expert_id: ExpertId, skill: Code, principal: Admin, services: With
) -> ExpertView:
    """Their proposals that rest on it no longer count."""

    def write(session: Session) -> ExpertView:
        _known(session, expert_id)
        ExpertRepository(session).moved(expert_id)
        if not ExpertRepository(session).drop_skill(expert_id, skill):
            raise NotFound("skill-not-held", "The expert does not hold this skill.")
        facts = ExpertSkillDropped(expert_id=expert_id, skill=skill)
        _happened(session, services, principal, facts)
        return _view(session, expert_id)

    view = await services.reads.write(write)
    await _wake(services, expert_id)
    return view


async def _wake(services: Services, expert_id: str) -> None:
    """Tell the tickets that wait for an expert; one that does not hear it hears the next event."""
    waiting = await services.reads.run(lambda s: ProblemRepository(s).waiting_for([expert_id]))
    for ticket_id in waiting:
        try:
            message = CalendarFreed(expert_ids=(expert_id,))
            await tell(services, ticket_id, TicketWorkflow.calendar_freed, message)
        except (NotFound, Unavailable):
            continue


def _calendar(session: Session, expert_id: str, span: Window) -> CalendarView:
    tz = _known(session, expert_id).tz
    calendar = CalendarRepository(session)
    booked, off = calendar.booked(expert_id, span), calendar.time_off(expert_id, span)
    busy = [Window(start=b.blocked_from, end=b.window.end) for b in booked]
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
            )
            for b in booked
        ],
        time_off=[TimeOffView(id=o.id, start=o.window.start, end=o.window.end) for o in off],
        free=[SlotView(start=w.start, end=w.end) for w in without(week, busy)],
    )


def _view(session: Session, expert_id: str) -> ExpertView:
    expert = _known(session, expert_id)
    return ExpertView(
        **expert.model_dump(include={"id", "name", "status", "zone", "tz", "radius_km"}),
        skills=[
            HeldSkillView(skill=s.code, level=s.level, expires_at=s.expires_at)
            for s in expert.skills
        ],
    )


def _known(session: Session, expert_id: str) -> ExpertFile:
    expert = PeopleReads(session).expert_file(expert_id)
    if expert is None:
        raise NotFound("expert-unknown", "There is no such expert.")
    return expert


def _happened(
    session: Session, services: Services, principal: Principal, facts: ExpertFacts
) -> None:
    """Who changed what about an expert."""
    ExpertRepository(session).happened(facts, principal.actor, services.clock())
