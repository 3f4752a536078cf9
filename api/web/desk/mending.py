"""The forms of our own page that bring what a decision needs: a customer's file, an address. What
is typed there goes into the database and nowhere else; the decision follows at once."""

from collections.abc import Mapping
from typing import Annotated, TypeVar

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ValidationError
from starlette.responses import RedirectResponse

from api.escalation.deciding import decide, known_escalation
from api.escalation.reaching import put_right
from api.escalation.schemas import ReachedBy
from api.http.dependencies import With
from api.people.customers import CustomerFile, keep_file
from api.web.desk.escalations import LONGEST_TYPED, FormId, noted
from api.web.desk.session import CurrentPerson
from api.web.desk.showing import Draft, Outcome, address, found, refused, shown
from models.errors import Conflict, DomainError, Invalid
from models.escalation import Action, EscalationReason
from models.identity import EscalationId
from models.rules.escalation.escalating import require_may_decide

router = APIRouter(prefix="/desk/escalations")
Typed = Annotated[str, Form(max_length=400)]
Note = Annotated[str, Form(max_length=LONGEST_TYPED)]
_ONE_LINE = "Write something that can be seen, on one line, in 200 characters at most."
_WRONG: Mapping[str, str] = {
    "name": _ONE_LINE,
    "street": _ONE_LINE,
    "postcode": "Letters and digits, with a blank or a dash between them, such as 10999.",
    "city": _ONE_LINE,
    "region": "Write it on one line, in 100 characters at most.",
    "phone": "Write it with the country's code and without spaces, such as +4930901820001.",
    "email": "Write it such as sam@example.org.",
    "country": "Two capital letters, such as DE.",
    "zone": "Choose one.",
}
_BODY = TypeVar("_BODY", bound=BaseModel)


@router.post("/{escalation_id}/customer")
async def file_customer(
    request: Request,
    escalation_id: EscalationId,
    person: CurrentPerson,
    services: With,
    form_id: FormId,
    name: Typed = "",
    street: Typed = "",
    postcode: Typed = "",
    city: Typed = "",
    region: Typed = "",
    country: Typed = "",
    zone: Typed = "",
    phone: Typed = "",
    email: Typed = "",
    note: Note = "",
) -> Response:
    """Write the customer's file and let the ticket go on; sent twice, it is as sent once."""
    asked = await known_escalation(services, escalation_id)
    typed = {
        "name": name,
        "street": street,
        "postcode": postcode,
        "city": city,
        "region": region,
        "country": country,
        "zone": zone,
        "phone": phone,
        "email": email,
    }
    draft = Draft("customer", {**typed, "note": note, "form_id": form_id})
    try:
        require_may_decide(asked, person.actor)
        file, wrong = _read(CustomerFile, typed, note)
        if file is None:
            outcome = Outcome(wrong=wrong)
            return await shown(request, services, person, escalation_id, outcome, draft)
        customer_id = (await found(services, escalation_id)).papers.customer_id
        if customer_id is None or asked.reason is not EscalationReason.DATA_MISSING:
            raise Conflict("file-elsewhere", "Nobody's file is asked for here.")
        await keep_file(services, customer_id, file)
        await decide(
            services, asked, Action.LOOK_AGAIN, person.actor, form_id, note=note.strip() or None
        )
    except DomainError as refusal:
        outcome = refused(refusal, draft)
        return await shown(request, services, person, escalation_id, outcome, draft)
    return RedirectResponse(address(escalation_id), 303)


@router.post("/{escalation_id}/contact")
async def correct_contact(
    request: Request,
    escalation_id: EscalationId,
    person: CurrentPerson,
    services: With,
    form_id: FormId,
    phone: Typed = "",
    email: Typed = "",
    note: Note = "",
) -> Response:
    """Put an address right and send again what did not arrive."""
    asked = await known_escalation(services, escalation_id)
    typed = {"phone": phone, "email": email}
    draft = Draft("contact", {**typed, "note": note, "form_id": form_id})
    try:
        require_may_decide(asked, person.actor)
        given, wrong = _read(ReachedBy, typed, note)
        if given is None:
            outcome = Outcome(wrong=wrong)
            return await shown(request, services, person, escalation_id, outcome, draft)
        await put_right(services, asked, person.actor, given)
        await decide(
            services, asked, Action.SEND_AGAIN, person.actor, form_id, note=note.strip() or None
        )
    except DomainError as refusal:
        outcome = refused(refusal, draft)
        return await shown(request, services, person, escalation_id, outcome, draft)
    return RedirectResponse(address(escalation_id), 303)


def _read(
    kind: type[_BODY], typed: Mapping[str, str], note: str
) -> tuple[_BODY | None, Mapping[str, str]]:
    """What was typed as the API would take it, or what is wrong with it, by field."""
    body, fields = None, set()
    try:
        body = kind.model_validate({k: v.strip() for k, v in typed.items()})
    except ValidationError as failed:
        fields = {str(error["loc"][0]) for error in failed.errors() if error["loc"]}
    wrong = {f: _WRONG.get(f, "This cannot be taken as it is.") for f in typed if f in fields}
    try:
        noted(note)
    except Invalid as flaw:
        wrong["note"] = flaw.detail
    return (None if wrong else body), wrong
