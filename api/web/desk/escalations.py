"""The helpdesk's own pages: what waits, and deciding one of them."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field
from starlette.responses import RedirectResponse

from api.escalation.deciding import decide, gathered_again, known_escalation, pressed
from api.escalation.views import listed
from api.http.dependencies import With
from api.http.paging import decode_moment, encode_cursor
from api.http.text import Digits, as_kept
from api.web.desk.pages import page
from api.web.desk.session import CurrentPerson
from api.web.desk.showing import Draft, Outcome, address, refused, shown
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.db.escalation.reads import EscalationReads, Wanted
from models.errors import DomainError, Invalid
from models.escalation import Action, Escalation, EscalationReason
from models.identity import EscalationId
from models.rules.escalation.escalating import waits_until
from models.rules.escalation.kind import CLAIM, RELEASE
from models.rules.escalation.registry import KINDS
from models.rules.escalation.wording import local

PAGE = 50
LONGEST_NOTE, LONGEST_TYPED = 4000, 20_000
"""Characters that are kept of a note, and that may be typed so that nothing of it is lost."""
FormId = Annotated[str, Form(pattern="^[a-z0-9]{32}$")]

router = APIRouter(prefix="/desk/escalations")


@router.get("")
async def waiting(
    request: Request,
    services: With,
    zone: Annotated[str | None, Query(max_length=80)] = None,
    level: Annotated[Annotated[int, Field(ge=1, le=3), Digits] | None, Query()] = None,
    reason: Annotated[EscalationReason | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=400)] = None,
) -> Response:
    """What waits for a decision, first what has to be decided first."""
    wanted = Wanted(live=True, zone=zone or None, level=level, reason=reason)
    after = decode_moment(cursor)

    def read(session: Session) -> tuple[list[Escalation], dict[str, str]]:
        waits = EscalationReads(session).by_deadline(wanted, after, PAGE + 1)
        return waits, {zone.code: zone.tz for zone in ReferenceReads(session).zones()}

    found, clocks = await services.reads.run(read)
    seen, more = found[:PAGE], len(found) > PAGE
    return page(
        request,
        "escalations.html",
        escalations=[listed(asked) for asked in seen],
        following=encode_cursor(waits_until(seen[-1]).isoformat(), seen[-1].id) if more else None,
        local=lambda at, zone: local(at, clocks.get(zone, "UTC")),
        wanted=wanted,
        zones=services.reference.zones,
        reasons=list(EscalationReason),
    )


@router.get("/{escalation_id}")
async def one(
    request: Request, escalation_id: EscalationId, person: CurrentPerson, services: With
) -> Response:
    """One escalation, with names, numbers to call and the customer's own words."""
    return await shown(request, services, person, escalation_id)


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


@router.post("/{escalation_id}/refresh")
async def refresh(
    request: Request, escalation_id: EscalationId, person: CurrentPerson, services: With
) -> Response:
    """As the button in the Temporal UI."""
    asked = await known_escalation(services, escalation_id)
    try:
        await gathered_again(services, asked, person.actor, uuid4().hex)
    except DomainError as refusal:
        return await shown(request, services, person, escalation_id, Outcome(refusal))
    return RedirectResponse(address(escalation_id), 303)


@router.post("/{escalation_id}/decide")
async def decided(
    request: Request,
    escalation_id: EscalationId,
    person: CurrentPerson,
    services: With,
    action: Annotated[Action, Form()],
    form_id: FormId,
    parameter: Annotated[str, Form(max_length=200)] = "",
    note: Annotated[str, Form(max_length=LONGEST_TYPED)] = "",
    confirmed: Annotated[bool, Form()] = False,
    back: Annotated[bool, Form()] = False,
) -> Response:
    """As the numbered button in the Temporal UI; sent twice, it has one effect. What nothing brings
    back is asked once more first."""
    asked = await known_escalation(services, escalation_id)
    draft = Draft(action, {"parameter": parameter, "note": note, "form_id": form_id})
    if back:
        return await shown(request, services, person, escalation_id, draft=draft)
    offered = {d.action: d for d in KINDS[asked.reason].decisions}
    try:
        words = noted(note)
        if action in offered and offered[action].ends_all and not confirmed:
            return await shown(
                request, services, person, escalation_id, draft=draft, template="confirm.html"
            )
        await decide(services, asked, action, person.actor, form_id, parameter or None, words)
    except DomainError as refusal:
        outcome = refused(refusal, draft)
        return await shown(request, services, person, escalation_id, outcome, draft)
    return RedirectResponse(address(escalation_id), 303)


def noted(note: str) -> str | None:
    """The words of a note as they are kept; None where nobody wrote any.

    Raises:
        Invalid: `validation-failed` for too many, `text-unreadable`.
    """
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        rule = f"A note has {LONGEST_NOTE} characters at most."
        raise Invalid("validation-failed", rule, field="/note")
    return as_kept(words, "/note") if words else None


async def _pressed(
    request: Request, services: With, person: CurrentPerson, escalation_id: str, update: str
) -> Response:
    asked = await known_escalation(services, escalation_id)
    try:
        await pressed(services, asked, update, person.actor, uuid4().hex)
    except DomainError as refusal:
        return await shown(request, services, person, escalation_id, Outcome(refusal))
    return RedirectResponse(address(escalation_id), 303)
