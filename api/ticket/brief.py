"""A ticket that is entered in brief: how whoever calls is reached, and what is added later."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field, StringConstraints

from api.http.dependencies import OptionalKey, Seen, Staff, With, cause, known_parameters
from api.http.idempotency import once, scoped
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import (
    A_MORNING,
    Body,
    Latitude,
    Longitude,
    ShortText,
    Slot,
    Truth,
    Words,
    shown,
    windows,
)
from api.intake.commands import ask
from api.intake.put_off import or_put_off
from api.people.customers import Postcode
from api.ticket.schemas import TicketStandingView
from api.ticket.sight import ticket_for, write_note
from api.ticket.standing import PUT_OFF, put_off, standing_view
from models.errors import Invalid
from models.event import Cause
from models.identity import Code, TicketId
from models.messages.ticket import EnrichTicket
from models.rules.people.placing import require_postcode
from models.ticket import Missing
from workflows.ticket.story import TicketWorkflow

router = APIRouter(
    prefix="/tickets",
    tags=["tickets"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)

_MODEL = StringConstraints(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")


class OwnAddress(Body):
    """Where the visits of one ticket are, whatever its customer's file says. Without a point on the
    map, the middle of the zone stands for it."""

    model_config = shown(
        street="Feldweg 3", city="Berlin", postcode="10999", country="DE", zone="berlin"
    )

    street: ShortText
    city: ShortText
    postcode: Postcode = ""
    country: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")]
    zone: Code
    lat: Latitude | None = None
    lng: Longitude | None = None


class TicketAddition(Body):
    """What a ticket lacked; each field as when one is filed, and only those that are given change.
    `slots_later`: times are not waited for any more."""

    model_config = shown(model_id="mod_bosch-kgn39vleb", slots=[A_MORNING])

    model_id: Annotated[str, _MODEL] | None = None
    model_text: ShortText | None = None
    category: Annotated[str, _MODEL] | None = None
    slots: list[Slot] = Field(default=[], max_length=20)
    slots_later: Truth = False
    address: OwnAddress | None = None
    reason: Words | None = None


@router.patch(
    "/{ticket_id}",
    summary="Add what a ticket lacks",
    **PUT_OFF,
    response_model=TicketStandingView,
)
async def enrich_ticket(
    ticket_id: TicketId,
    added: TicketAddition,
    principal: Staff,
    seen: Seen,
    request: Request,
    response: Response,
    services: With,
    key: OptionalKey = None,
) -> TicketStandingView | Response:
    """Experts are told of a ticket that was entered in brief once nothing is waited for any more;
    the customer is told then, once."""
    scope = scoped(request, principal, key)
    _require_sensible(services, added)

    async def act() -> TicketStandingView:
        by = cause(request, principal, key, seen)
        note = await write_note(services, ticket_id, by.actor, added.reason, scope)
        message = _message(services, ticket_id, added, by, note)
        return standing_view(await ask(services, ticket_id, TicketWorkflow.enrich, message, scope))

    async def asked() -> TicketStandingView:
        await ticket_for(services, ticket_id, principal)
        return await once(services, request, response, scope, added, TicketStandingView, act)

    return await or_put_off(services, request, principal, asked) or put_off(ticket_id)


def _require_sensible(services: Services, added: TicketAddition) -> None:
    """Refuse what could not be filed either.

    Raises:
        Invalid: `nothing-added`, `model-twice`, `category-unknown`, `zone-unknown`,
            `postcode-missing`, `point-incomplete`.
    """
    given = added.model_fields_set - {"reason"}
    if not any(getattr(added, name) for name in given):
        raise Invalid("nothing-added", "Say what is to be added.")
    if added.model_id and added.model_text:
        raise Invalid("model-twice", "Give either model_id or model_text.", field="/model_text")
    services.reference.category(None, added.category)
    if (address := added.address) is None:
        return
    if address.zone not in services.reference.zones:
        raise Invalid("zone-unknown", "No such zone.", field="/address/zone")
    try:
        require_postcode(address.postcode, address.country)
    except Invalid as refusal:
        raise Invalid(refusal.code, refusal.detail, field="/address/postcode") from None
    if (address.lat is None) is not (address.lng is None):
        missing = "lat" if address.lat is None else "lng"
        raise Invalid(
            "point-incomplete", "Give both of lat and lng, or none.", field=f"/address/{missing}"
        )


def _message(
    services: Services, ticket_id: str, added: TicketAddition, by: Cause, note: str | None
) -> EnrichTicket:
    words: dict[str, Any] = {"model_text": added.model_text}
    if added.address is not None:
        words["address"] = added.address.model_dump(mode="json", exclude={"zone"})
    personal = added.model_text or added.address
    return EnrichTicket(
        by=by,
        model_id=added.model_id,
        category=added.category,
        model_text_given=added.model_text is not None,
        slots=tuple(windows(added.slots, "/slots")),
        zone=added.address.zone if added.address else None,
        sealed=services.keyring.seal(words, ticket_id, services.clock()) if personal else None,
        without=(Missing.SLOTS,) if added.slots_later else (),
        note_id=note,
    )
