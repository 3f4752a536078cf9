"""A report from the field on its way to its ticket: named, kept, its time mended, asked once."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from api.http import asking
from api.http.dependencies import fingerprint
from api.http.services import Services
from api.intake.commands import ask, tell
from api.intake.waking import is_awake
from api.visit.again import kept_beside, known_at_the_end, standing_again
from api.visit.codes import code_looked_at
from api.visit.particulars import particulars_of, words_of
from api.visit.report_schemas import Effect, VisitEvent, VisitStanding
from api.visit.schemas import WorkReport
from models.db.engine import Session
from models.db.knowledge.drafts import late_draft
from models.db.people.positions import PositionRepository
from models.db.visit.reads import NeededVisit, VisitReads
from models.db.visit.reports import KeptReport, ReportName, keep_report, named, unnamed
from models.errors import Category, DomainError, Kept
from models.event import Cause
from models.field import BEGINNINGS, StartCode
from models.geography import Spot
from models.identity import derived_id
from models.messages.visit import ReportVisit, VisitReported
from models.people.route import Sighting
from models.rules.visit.clock import corrected, seconds_behind
from models.rules.visit.fieldwork import id_reused
from models.rules.visit.start_code import appointment_of
from models.visit import VisitState
from temporal.failpoints import Failpoint, reached
from workflows.ticket.story import TicketWorkflow


async def sent(
    services: Services,
    event: VisitEvent,
    visit: NeededVisit,
    expert_id: str,
    by: Cause,
    *,
    is_known: bool,
) -> VisitStanding | None:
    """Where a visit stands after a report; None where nobody could answer, and the report is left
    for the ticket.

    Args:
        services: whom it goes through.
        event: the report, as the phone sent it.
        visit: what it is about.
        expert_id: whose it is.
        by: who sends it.
        is_known: whether this expert is, or was, assigned: else nothing of it is kept.

    Raises:
        Invalid: `client-event-id-reused`.
        Kept: it is left for the ticket as soon as the engine is there.
        DomainError: the ticket's refusal, after which the id stands for nothing.
    """
    name = _name(event, visit.id, expert_id, asking.asked_at(services.clock))
    code = None
    if event.type in BEGINNINGS:
        code = await _judged(services, visit.id, event.start_code)
    fact = _fact(event, visit.id, name, by, code)
    if is_known:
        reached(Failpoint.BEFORE_KEEP, visit.ticket_id)
        await services.reads.write(lambda s: _keep(s, event, visit, name, fact.report_id))
        reached(Failpoint.AFTER_KEEP, visit.ticket_id)
    key = _key(event, visit.id, expert_id)
    try:
        standing = await _heard(services, visit, event, fact, key, is_known=is_known)
    except DomainError as refusal:
        if not (refusal.code == "start-code-wrong" and asking.is_put_off()):
            if refusal.category is not Category.UNAVAILABLE:
                await services.reads.write(lambda s: unnamed(s, name))
            raise
        # Their phone let go of it, and the work goes on: its ticket takes it all the same.
        await _see(services, event, fact)
        await tell(services, visit.ticket_id, TicketWorkflow.visit_reported, fact, key)
        return None
    if standing is not None and asking.is_put_off() and fact.report_id is not None:
        # Its ticket may have written it down before the words were there (`told_unasked`).
        report_id = fact.report_id
        await services.reads.write(lambda s: late_draft(s, report_id))
    return standing


async def told_unasked(
    services: Services, event: VisitEvent, visit_id: str, expert_id: str, by: Cause
) -> None:
    """Let a ticket have a report while the records are away: it knows its crew, and what rings if
    nobody reports does not. What was written with it waits sealed, and is answered when it is asked
    again: the same report has one effect, whichever way it comes."""
    crew = services.crews.of(visit_id)
    if crew is None or expert_id not in crew.experts.values():
        return
    name = _name(event, visit_id, expert_id, asking.asked_at(services.clock))
    code = None
    if event.type in BEGINNINGS:
        appointment = appointment_of(visit_id, crew.holders)
        code = services.start_codes.judged(appointment, event.start_code)
    fact, key = _fact(event, visit_id, name, by, code), _key(event, visit_id, expert_id)
    with suppress(DomainError):
        # Whatever hinders it, the report is kept.
        await tell(services, crew.ticket_id, TicketWorkflow.visit_reported, fact, key)


async def _heard(
    services: Services,
    visit: NeededVisit,
    event: VisitEvent,
    fact: ReportVisit,
    key: str,
    *,
    is_known: bool,
) -> VisitStanding | None:
    """What the ticket answers, as `_asked`; one that is over for good is woken for what happened at
    a visit which was cancelled: a person may have to decide about it. Anything else is kept beside
    it, and so is that, where it cannot be woken.

    Raises:
        DomainError, Kept: as `_asked`.
    """
    try:
        return await _asked(services, visit, event, fact, key)
    except DomainError as refusal:
        if refusal.code != "ticket-closed" or not is_known:
            raise
        if (known := await known_at_the_end(services, visit, event, fact)) is not None:
            return known
        if visit.state == VisitState.CANCELLED and await is_awake(services, visit.ticket_id):
            return await _asked(services, visit, event, fact, key)
        if (kept := await kept_beside(services, visit, event, fact)) is not None:
            return kept
        raise


async def _asked(
    services: Services, visit: NeededVisit, event: VisitEvent, fact: ReportVisit, key: str
) -> VisitStanding | None:
    """What the ticket answers; None of a beginning that is left for it with a code that is wrong.

    Raises:
        Kept: it did not in time, and the report goes on by itself.
    """
    try:
        standing = await _standing(services, visit, event, fact, key)
    except Kept:
        await _see(services, event, fact)
        if fact.particulars.start_code in (None, StartCode.RIGHT):
            raise
        # Nobody waits to be told that the code is wrong: as a fact it is taken all the same.
        await tell(services, visit.ticket_id, TicketWorkflow.visit_reported, fact, key)
        return None
    if standing.effect is Effect.APPLIED:
        await _see(services, event, fact)
    return standing


async def _judged(services: Services, visit_id: str, given: str | None) -> StartCode:
    """Whether it is the code of the visit with those who are booked for it now."""
    crew = await services.reads.run(lambda s: VisitReads(s).holders(visit_id)) if given else ()
    return services.start_codes.judged(appointment_of(visit_id, crew), given)


async def _standing(
    services: Services, visit: NeededVisit, event: VisitEvent, fact: ReportVisit, key: str
) -> VisitStanding:
    """What the ticket answers. To the same report under the same id Temporal gives the first answer
    again, which says when it was that it came."""
    async with code_looked_at(services, fact, services.clock()):
        answer: VisitReported = await ask(
            *(services, visit.ticket_id, TicketWorkflow.report_visit, fact, key),
            waits=False,
        )
    if answer.received_at is not None and answer.received_at != fact.received_at:
        return await standing_again(
            *(services, visit.id, event),
            recorded_only=answer.recorded_only,
            out_of_order=answer.out_of_order,
        )
    effect = Effect.RECORDED_ONLY if answer.recorded_only else Effect.APPLIED
    return VisitStanding(
        visit_id=visit.id,
        client_event_id=event.client_event_id,
        effect=Effect.REPEATED if answer.repeated else effect,
        state=answer.state,
        repeated=answer.repeated,
        recorded_only=answer.recorded_only,
        out_of_order=answer.out_of_order,
        end=answer.end,
    )


def _key(event: VisitEvent, visit_id: str, expert_id: str) -> str:
    return f"{expert_id}/{_told(event, visit_id)}/{event.client_event_id}"


def _name(event: VisitEvent, visit_id: str, expert_id: str, now: datetime) -> ReportName:
    """The report by its content: all that was said but who passes it on, and when it was sent."""
    return ReportName(
        expert_id=expert_id,
        client_event_id=event.client_event_id,
        content=content_of(event, visit_id),
        received_at=now,
    )


def content_of(event: VisitEvent, visit_id: str) -> str:
    """What makes a report this one, and no other under its name."""
    said = event.model_copy(update={"sent_at": None, "expert_id": None, "start_code": None})
    return derived_id("rep", visit_id, fingerprint(said))


def _told(event: VisitEvent, visit_id: str) -> str:
    """The content as the ticket's history may know it: who can guess a place could tell from the
    hash of it that they guessed right."""
    return content_of(event.model_copy(update={"position": None}), visit_id)


async def _see(services: Services, event: VisitEvent, fact: ReportVisit) -> None:
    """Keep where an expert was when they reported, if they let us know where they are: beside the
    ticket and never in it. Their report counts, whether or not it is kept."""
    if event.position is None:
        return
    place = Spot(lat=event.position.lat, lng=event.position.lng)
    seen = Sighting(place=place, at=fact.occurred_at)

    def write(session: Session) -> None:
        PositionRepository(session).saw(fact.expert_id, seen)

    # Twice, it is there once: only what is later replaces what is there.
    await services.reads.settle(write)


def _fact(
    event: VisitEvent, visit_id: str, name: ReportName, by: Cause, code: StartCode | None
) -> ReportVisit:
    occurred_at = corrected(event.occurred_at, event.sent_at, name.received_at)
    report_id = None
    if _words(event) is not None:
        content = _told(event, visit_id)
        report_id = derived_id("rpt", name.expert_id, event.client_event_id, content)
    return ReportVisit(
        visit_id=visit_id,
        kind=event.type,
        expert_id=name.expert_id,
        occurred_at=occurred_at,
        phone_time=None if occurred_at == event.occurred_at else event.occurred_at,
        received_at=name.received_at,
        client_event_id=known_as(name.expert_id, event.client_event_id),
        corrects=known_as(name.expert_id, event.corrects) if event.corrects else None,
        particulars=particulars_of(event).but(start_code=code),
        report_id=report_id,
        behind=seconds_behind(event.sent_at, name.received_at),
        by=by,
    )


def known_as(expert_id: str, client_event_id: str) -> str:
    """What the ticket calls what an expert's phone calls so: that may say anything."""
    return derived_id("cev", expert_id, client_event_id)


def _words(event: VisitEvent) -> dict[str, Any] | None:
    """What was written down with a report, and what was used or is needed: it stays outside the
    ticket's history."""
    reason = words_of(event)
    if event.report is None and not reason and not event.parts:
        return None
    report = event.report or WorkReport.model_construct(notes=reason)
    needed = [part.model_dump(mode="json") for part in event.parts]
    return {**report.model_dump(mode="json"), "parts_needed": needed}


def _keep(
    session: Session,
    event: VisitEvent,
    visit: NeededVisit,
    name: ReportName,
    report_id: str | None,
) -> None:
    """Keep a report's words, if it is the one that has this id."""
    first = named(session, name)
    if first.content != name.content:
        raise id_reused()
    words = _words(event)
    if words is not None and report_id is not None:
        kept = KeptReport(
            id=report_id,
            ticket_id=visit.ticket_id,
            visit_id=visit.id,
            expert_id=name.expert_id,
            written_at=name.received_at,
            client_event_id=known_as(name.expert_id, event.client_event_id),
            **words,
        )
        keep_report(session, kept)
