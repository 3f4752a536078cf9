"""The helpdesk's own pages: what waits, and everything about one of them behind the login."""

from datetime import datetime
from functools import partial
from typing import Annotated
from urllib.parse import quote
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Query, Request, Response
from starlette.responses import RedirectResponse

from api.escalation.deciding import decide, known_escalation, press, recorded
from api.escalation.schemas import EscalationDetail
from api.escalation.views import Papers, detailed, listed, papers
from api.http.dependencies import With, decode_moment, encode_cursor
from api.http.services import Services
from api.web.desk.pages import page
from api.web.desk.session import CurrentPerson
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.escalation.reads import EscalationReads, Wanted
from models.errors import DomainError
from models.escalation import Action, EscalationReason, EscalationState
from models.identity import EscalationId
from models.rules.escalation.kind import CLAIM, RELEASE

PAGE = 50
LONGEST_NOTE = 4000

router = APIRouter(prefix="/desk/escalations")


@router.get("")
async def waiting(
    request: Request,
    services: With,
    zone: Annotated[str | None, Query(max_length=80)] = None,
    level: Annotated[int | None, Query(ge=1, le=3)] = None,
    reason: Annotated[EscalationReason | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """What waits for a decision, the oldest first."""
    wanted = Wanted(live=True, zone=zone or None, level=level, reason=reason)
    after = decode_moment(cursor)
    found = await services.reads.run(lambda s: EscalationReads(s).page(wanted, after, PAGE + 1))
    shown, more = found[:PAGE], len(found) > PAGE
    return page(
        request,
        "escalations.html",
        escalations=[listed(asked) for asked in shown],
        following=encode_cursor(shown[-1].opened_at.isoformat(), shown[-1].id) if more else None,
        wanted=wanted,
        zones=services.reference.zones,
        reasons=list(EscalationReason),
    )


@router.get("/{escalation_id}")
async def one(request: Request, escalation_id: EscalationId, services: With) -> Response:
    """One escalation, with names, numbers to call and the customer's own words."""
    return await _shown(request, services, escalation_id)


@router.post("/{escalation_id}/claim")
async def claim(
    request: Request, escalation_id: EscalationId, person: CurrentPerson, services: With
) -> Response:
    """As the button in the Temporal UI."""
    return await _pressed(request, services, person, escalation_id, CLAIM)


@router.post("/{escalation_id}/release")
async def release(
    request: Request, escalation_id: EscalationId, person: CurrentPerson, services: With
) -> Response:
    """As the button in the Temporal UI."""
    return await _pressed(request, services, person, escalation_id, RELEASE)


@router.post("/{escalation_id}/decide")
async def decided(
    request: Request,
    escalation_id: EscalationId,
    person: CurrentPerson,
    services: With,
    action: Annotated[Action, Form()],
    form_id: Annotated[str, Form(pattern="^[a-z0-9]{32}$")],
    parameter: Annotated[str, Form(max_length=200)] = "",
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
) -> Response:
    """As the numbered button in the Temporal UI; sent twice, it has one effect."""
    asked = await known_escalation(services, escalation_id)
    try:
        await decide(
            services, asked, action, person.actor, form_id, parameter or None, note.strip() or None
        )
    except DomainError as refusal:
        return await _shown(request, services, escalation_id, refusal)
    return RedirectResponse(_address(escalation_id), 303)


async def _pressed(
    request: Request, services: Services, person: CurrentPerson, escalation_id: str, update: str
) -> Response:
    asked = await known_escalation(services, escalation_id)
    try:
        await press(services, asked, update, person.actor, uuid4().hex)
        await recorded(services, asked)
    except DomainError as refusal:
        return await _shown(request, services, escalation_id, refusal)
    return RedirectResponse(_address(escalation_id), 303)


async def _shown(
    request: Request, services: Services, escalation_id: str, refusal: DomainError | None = None
) -> Response:
    asked = await known_escalation(services, escalation_id)

    def read(session: Session) -> tuple[EscalationDetail, Papers, str | None]:
        found = papers(session, asked)
        zone = ReferenceReads(session).zone(asked.zone) if asked.zone else None
        return detailed(session, asked), found, zone.tz if zone else None

    escalation, about, tz = await services.reads.run(read)
    return page(
        request,
        "escalation.html",
        status=409 if refusal else 200,
        escalation=escalation,
        live=EscalationState(escalation.state).is_live,
        papers=about,
        refusal=refusal,
        form_id=uuid4().hex,
        ui_link=f"/go/{quote(escalation.workflow_id, safe='')}",
        local=partial(_local, ZoneInfo(tz or "UTC")),
    )


def _local(zone: ZoneInfo, at: datetime) -> str:
    """An instant on the customer's clock, with the zone."""
    return f"{at.astimezone(zone):%a %d %b %Y, %H:%M} ({zone.key})"


def _address(escalation_id: str) -> str:
    return f"/desk/escalations/{escalation_id}"
