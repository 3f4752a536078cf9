"""Reports from the field: one, or all that a phone kept while nobody could be reached."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.http import asking
from api.http.auth import Principal
from api.http.dependencies import ExpertOrStaff, With, cause, known_parameters
from api.http.problems import RESPONSES, document_of
from api.http.services import Services
from api.intake.as_it_came import Part
from api.intake.put_off import or_put_off
from api.visit.knowing import has_part, unknown_visit
from api.visit.particulars import require_complete
from api.visit.report_guide import DESCRIPTION, SHOWN
from api.visit.report_schemas import (
    BatchedEvent,
    BatchResult,
    BatchResults,
    Effect,
    ReportBatch,
    VisitEvent,
    VisitStanding,
)
from api.visit.reports import content_of, sent, told_unasked
from api.visit.taken_before import taken_before
from models.actor import Role
from models.db.engine import Session
from models.db.visit.reads import NeededVisit, VisitReads
from models.db.visit.refused import RefusedReports
from models.errors import DomainError, Invalid, Unavailable
from models.event import Cause
from models.field import FactKind
from models.identity import VisitId

_NAME = re.compile("[!-~]{1,80}")
AT_ONCE = 8
"""How many visits of a batch are reported on at a time."""

router = APIRouter(
    prefix="/visits",
    tags=["visits"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.post(
    "/{visit_id}/events",
    summary="Report from the field",
    description=DESCRIPTION,
    responses={202: {"model": VisitStanding}},
)
async def report_from_field(
    visit_id: VisitId,
    event: Annotated[VisitEvent, Body(openapi_examples=dict(SHOWN))],
    principal: ExpertOrStaff,
    request: Request,
    response: Response,
    services: With,
) -> VisitStanding:
    """One report, answered by its ticket, or kept for it where nobody can answer now."""
    standing = await _taken(services, request, principal, visit_id, event)
    if standing.effect is Effect.ACCEPTED:
        response.status_code = 202
    return standing


@router.post("/events:batch", summary="Report all that was kept while nobody could be reached")
async def report_batch(
    batch: ReportBatch, principal: ExpertOrStaff, request: Request, services: With
) -> BatchResults:
    """One result a report, in the order given, under 200 whatever they are. What happened first is
    taken first, and what another report corrects before that; one that is refused stops none of the
    others. What has `status` 202 is kept, and may be sent again to learn what became of it; what
    has 503 is not, and is sent again. Of many there is the longer for an answer, ten seconds at the
    most. What a report carries: `POST /v1/visits/{visit_id}/events`."""
    asking.begun_anew(services.patience.of_many(len(batch.events)))
    given = {"events": list(batch.events)}
    results: dict[int, BatchResult] = {}
    of_visit: dict[str, list[tuple[int, VisitEvent]]] = defaultdict(list)
    for number, said in enumerate(batch.events):
        try:
            event = BatchedEvent.model_validate(said)
        except ValidationError as fault:
            results[number] = _refused(request, said, _placed(fault, number, given))
        else:
            of_visit[event.visit_id].append((number, _alone(event, batch)))
    results |= await _repeats(services, principal, of_visit)
    turns = asyncio.Semaphore(AT_ONCE)

    async def take(visit_id: str, events: list[tuple[int, VisitEvent]]) -> None:
        async with turns:
            for number, event in _in_turn([e for e in events if e[0] not in results]):
                try:
                    standing = await _taken(services, request, principal, visit_id, event)
                except DomainError as refusal:
                    results[number] = _refused(request, event, _placed_rule(refusal, number))
                else:
                    results[number] = _result(standing)

    await asyncio.gather(*(take(visit_id, events) for visit_id, events in of_visit.items()))
    return BatchResults(results=[results[number] for number in range(len(batch.events))])


def _in_turn(events: list[tuple[int, VisitEvent]]) -> list[tuple[int, VisitEvent]]:
    """As it happened; but nothing is corrected before it was said, whenever it is said to have
    been. Of those that correct each other one comes first all the same."""
    left = sorted(events, key=lambda e: e[1].occurred_at)
    turns: list[tuple[int, VisitEvent]] = []
    while left:
        unsaid = {(e.expert_id, e.client_event_id) for _, e in left}
        ready = (e for e in left if (e[1].expert_id, e[1].corrects) not in unsaid)
        turns.append(next(ready, left[0]))
        left.remove(turns[-1])
    return turns


async def _repeats(
    services: Services,
    principal: Principal,
    of_visit: Mapping[str, list[tuple[int, VisitEvent]]],
) -> dict[int, BatchResult]:
    """The results of what an expert sends again, all of them looked up at once."""
    own = [
        (number, (visit_id, event))
        for visit_id, events in of_visit.items()
        for number, event in events
        if event.expert_id in (None, principal.subject)
    ]
    if principal.role is not Role.EXPERT or not own:
        return {}
    reports = [report for _, report in own]
    try:
        found = await services.reads.run(lambda s: taken_before(s, principal.subject, reports))
    except Unavailable:
        return {}
    known = zip(own, found, strict=True)
    return {number: _result(standing) for (number, _), standing in known if standing}


def _alone(event: BatchedEvent, batch: ReportBatch) -> VisitEvent:
    """A report as it would be sent by itself: what is sent again may come either way."""
    said = {name: getattr(event, name) for name in event.model_fields_set - {"visit_id"}}
    said.setdefault("sent_at", batch.sent_at)
    return VisitEvent.model_construct(set(said), **said)


def _result(standing: VisitStanding) -> BatchResult:
    return BatchResult(
        client_event_id=standing.client_event_id,
        status=202 if standing.effect is Effect.ACCEPTED else 200,
        standing=standing,
    )


async def _taken(
    services: Services, request: Request, principal: Principal, visit_id: str, event: VisitEvent
) -> VisitStanding:
    """Where a visit stands after a report. While nobody can tell, it is kept: whose visit it is, is
    looked up then."""
    expert_id = _who_reports(event, principal)
    require_complete(event, principal)
    if event.type is FactKind.INCOMPLETE and event.skill is not None:
        services.reference.require_skill(event.skill, "/skill")
    by = cause(request, principal, event.client_event_id)
    content = content_of(event, visit_id)
    alone = Part(
        path=f"/v1/visits/{visit_id}/events",
        body=event.model_dump_json(exclude_unset=True),
        name="/".join((event.client_event_id, content)),
        content=content,
    )
    standing = await or_put_off(
        *(services, request, principal),
        lambda: _reported(services, principal, visit_id, event, expert_id, by),
        part=alone,
        meanwhile=lambda: told_unasked(services, event, visit_id, expert_id, by),
    )
    return standing or VisitStanding(
        visit_id=visit_id,
        client_event_id=event.client_event_id,
        effect=Effect.ACCEPTED,
        state=None,
        code_pending=event.start_code is not None,
    )


async def _reported(
    services: Services,
    principal: Principal,
    visit_id: str,
    event: VisitEvent,
    expert_id: str,
    by: Cause,
) -> VisitStanding | None:
    """Where a visit stands after a report; None where it is left for the ticket to read."""
    visit, assigned = await services.reads.run(
        lambda s: _reported_visit(s, visit_id, event, expert_id, principal)
    )
    return await sent(services, event, visit, expert_id, by, is_known=assigned)


def _reported_visit(
    session: Session, visit_id: str, event: VisitEvent, expert_id: str, principal: Principal
) -> tuple[NeededVisit, bool]:
    """The visit of a report, and whether the expert it is about is, or was, assigned to it: whoever
    never was is refused, and leaves no words behind.

    Raises:
        DomainError: why it was refused, when it was asked again after it was accepted.
    """
    _require_not_refused(session, visit_id, event, expert_id)
    reads = VisitReads(session)
    visit = reads.visit(visit_id)
    known = principal.role.is_staff or has_part(session, visit_id, principal.subject)
    if visit is None or not known:
        raise unknown_visit()
    return visit, reads.was_assigned(expert_id, visit_id)


def _require_not_refused(
    session: Session, visit_id: str, event: VisitEvent, expert_id: str
) -> None:
    """A start code is no part of a report: with another one it may begin."""
    content = content_of(event, visit_id)
    refused = RefusedReports(session).of(expert_id, event.client_event_id, content)
    if refused is not None and not refused.code.startswith("start-code"):
        raise refused.refusal()


def _who_reports(event: VisitEvent, principal: Principal) -> str:
    if principal.role is Role.EXPERT:
        if event.expert_id not in (None, principal.subject):
            raise Invalid(
                "not-yourself", "You report for yourself; leave expert_id out.", field="/expert_id"
            )
        return principal.subject
    if event.expert_id is None:
        raise Invalid("expert-missing", "Say for whom you report.", field="/expert_id")
    return event.expert_id


def _placed(fault: ValidationError, number: int, given: dict[str, Any]) -> RequestValidationError:
    """What is wrong with one report, as it is said of a body."""
    errors = ({**e, "loc": ("body", "events", number, *e["loc"])} for e in fault.errors())
    return RequestValidationError(list(errors), body=given)


def _placed_rule(refusal: DomainError, number: int) -> DomainError:
    """What a rule blames of one report, as it is said of a body; here that names the visit too."""
    field = "/visit_id" if refusal.code == "visit-unknown" else refusal.field
    if field is not None:
        refusal.field = f"/events/{number}{field}"
    return refusal


def _refused(request: Request, said: Any, error: Exception) -> BatchResult:
    document = document_of(request, error)
    name = said.get("client_event_id") if isinstance(said, dict) else None
    if isinstance(said, VisitEvent):
        name = said.client_event_id
    result = BatchResult(client_event_id=None, status=document.status, problem=document)
    is_name = isinstance(name, str) and _NAME.fullmatch(name)
    return result.model_copy(update={"client_event_id": name}) if is_name else result
