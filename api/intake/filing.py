"""Filing a ticket: the one path that must work at any hour.

It checks what it can without asking anybody, seals the words and starts the workflow. No database,
no catalogue service, no billing stands on it.
"""

from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.http.auth import Principal
from api.http.dependencies import fingerprint
from api.http.idempotency import key_reused
from api.http.services import Services
from api.http.text import windows
from api.intake.commands import start
from api.intake.keeping import copied, kept_elsewhere, kept_start
from api.intake.looking import bounded
from api.intake.sending import argument
from api.ticket.schemas import NewTicket, TicketReceipt
from models.actor import Role
from models.errors import DomainError, Forbidden, Invalid, Unavailable
from models.event import Cause
from models.identity import CustomerId, derived_id, ticket_id
from models.intake.command import CommandKind, LoggedCommand
from models.messages.ticket import OpenTicket
from models.rules.matching.slots import acceptable_slots
from models.rules.ticket.reviewing import missing_of
from models.ticket import Attention, Channel, IdentityCheck, Missing, TicketStatus, Urgency
from temporal.client import IMPATIENCE
from temporal.ids import ticket_workflow

_CUSTOMER_ID: TypeAdapter[str] = TypeAdapter(CustomerId)


class Filed(StrEnum):
    """What became of a new ticket: its workflow runs, or did so before, or it is kept and runs as
    soon as somebody can start it."""

    RUNS = "runs"
    RAN_BEFORE = "ran_before"
    KEPT = "kept"


async def file_ticket(
    services: Services, new: NewTicket, principal: Principal, key: str, by: Cause
) -> tuple[TicketReceipt, Filed]:
    """Start the workflow of a new ticket; answers its receipt, and what became of it.

    Raises:
        Invalid: whatever is wrong with the body; `idempotency-key-reused`.
        Forbidden: `on-behalf-of-staff-only`, `role-not-allowed`.
        Unavailable: `engine-unavailable`, and neither our disk nor the database keeps it.
    """
    now = services.clock()
    await services.reference.look_again(new.model_id)
    try:
        opened = _checked(services, new, principal, key, by, now)
    except Invalid as refusal:
        # What was right when it was first sent may be wrong by now: its slot has passed.
        identifier = ticket_id(principal.subject, key)
        return await _filed_before(services, new, identifier, refusal), Filed.RAN_BEFORE
    command = LoggedCommand(
        kind=CommandKind.START,
        workflow_id=ticket_workflow(opened.ticket_id),
        name="Ticket",
        update_id="start",
        argument=argument(opened),
        logged_at=now,
    )
    if (kept := services.commands.find(command.id)) is not None:
        # Whichever of the two is quicker, the ticket was opened then.
        now, command = _opened_at(kept, opened.fingerprint), kept
    try:
        await start(services, command)
    except WorkflowAlreadyStartedError:
        opened_at = await _first_opened_at(services, opened.ticket_id, opened.fingerprint)
        return _receipt(opened.ticket_id, new, opened_at), Filed.RAN_BEFORE
    except Unavailable as away:
        opened_at = await _kept_at(services, command, opened, away)
        return _receipt(opened.ticket_id, new, opened_at), Filed.KEPT
    return _receipt(opened.ticket_id, new, now), Filed.RUNS


def _checked(
    services: Services, new: NewTicket, principal: Principal, key: str, by: Cause, now: datetime
) -> OpenTicket:
    customer_id = _on_whose_behalf(new, principal, key)
    if new.model_id and new.model_text:
        raise Invalid("model-twice", "Give either model_id or model_text.", field="/model_text")
    category = services.reference.category(new.model_id, new.category)
    if new.urgency is Urgency.URGENT and not new.accept_fee:
        raise Invalid(
            "fee-not-accepted", "An urgent ticket costs a fee; accept it.", field="/accept_fee"
        )
    if new.contact is not None and not (new.contact.phone or new.contact.email):
        raise Invalid("contact-missing", "Give a phone number or an e-mail.", field="/contact")
    if new.contact is None and not new.slots and not new.slots_later:
        raise Invalid(
            "slots-missing", "Give a time that suits you, or say slots_later.", field="/slots"
        )
    slots = acceptable_slots(
        windows(new.slots, "/slots"), now, services.reference.visit_length(category)
    )
    identifier = ticket_id(principal.subject, key)
    words: dict[str, Any] = {"description": new.description, "model_text": new.model_text}
    if new.contact is not None:
        words["contact"] = new.contact.model_dump()
    return OpenTicket(
        ticket_id=identifier,
        customer_id=customer_id,
        by=by,
        channel=new.channel,
        urgency=new.urgency,
        opened_at=now,
        slots=slots,
        model_id=new.model_id,
        category=new.category,
        model_text_given=new.model_text is not None,
        sealed=services.keyring.seal(words, identifier, now),
        fingerprint=fingerprint(new),
        identity_check=_identity_check(new, principal),
        awaited=_awaited(new),
    )


def _lacking(new: NewTicket) -> list[Missing]:
    """What a ticket lacks as it is filed, as whoever reads it is told; its place is in the file of
    its customer, if it is anywhere."""
    return missing_of(
        model=bool(new.model_id or new.model_text), slots=bool(new.slots), address=True
    )


def _awaited(new: NewTicket) -> tuple[Missing, ...]:
    """What a ticket lacks that is entered in brief and what has to come before experts are told of
    it: a category will do for them, and the word that times come later."""
    if new.contact is None:
        return ()
    will_do = {Missing.MODEL: bool(new.category), Missing.SLOTS: new.slots_later}
    return tuple(missing for missing in _lacking(new) if not will_do[missing])


def _identity_check(new: NewTicket, principal: Principal) -> IdentityCheck | None:
    if principal.role.is_staff:
        return new.identity_check or IdentityCheck.NOT_CHECKED
    if new.identity_check is not None:
        raise Invalid(
            "identity-check-staff-only",
            "Only the helpdesk says how it knew a caller.",
            field="/identity_check",
        )
    return None


def _on_whose_behalf(new: NewTicket, principal: Principal, key: str) -> str:
    if principal.role is Role.CUSTOMER:
        if new.on_behalf_of not in (None, principal.subject):
            raise Forbidden(
                "on-behalf-of-staff-only", "Only the helpdesk files tickets for somebody else."
            )
        return _customer(principal)
    if new.on_behalf_of is None and new.contact is None:
        raise Invalid("caller-missing", "Say whose ticket it is.", field="/on_behalf_of")
    if new.channel is not Channel.PHONE:
        raise Invalid(
            "channel-not-phone", "The helpdesk files what comes by phone.", field="/channel"
        )
    # Whoever calls for the first time has a file once the helpdesk writes one.
    return new.on_behalf_of or derived_id("cus", ticket_id(principal.subject, key))


def _customer(principal: Principal) -> str:
    """The customer who calls. A subject that cannot be one would stop the ticket for ever."""
    try:
        return _CUSTOMER_ID.validate_python(principal.subject)
    except ValidationError:
        raise Forbidden(
            "role-not-allowed",
            "The token says customer, and its sub is no customer's id: cus_ and a UUID.",
        ) from None


async def _filed_before(
    services: Services, new: NewTicket, identifier: str, refusal: Invalid
) -> TicketReceipt:
    """The receipt of a ticket that was accepted under the same key and body, or else the refusal
    of this request."""
    asked = fingerprint(new)
    try:
        if (kept := await kept_start(services, identifier)) is not None:
            opened_at = _opened_at(kept, asked)
        else:
            opened_at = await _first_opened_at(services, identifier, asked)
    except DomainError:
        raise refusal from None
    return _receipt(identifier, new, opened_at)


async def _first_opened_at(services: Services, identifier: str, asked: str) -> datetime:
    """When the ticket was filed first, if it was by this very request."""
    handle = services.temporal.get_workflow_handle(ticket_workflow(identifier))
    described = await bounded(handle.describe(rpc_timeout=IMPATIENCE), IMPATIENCE)
    memo = await described.memo()
    if memo["fingerprint"] != asked:
        raise key_reused()
    return datetime.fromisoformat(str(memo["opened_at"]))


async def _kept_at(
    services: Services, command: LoggedCommand, opened: OpenTicket, away: Unavailable
) -> datetime:
    """When a ticket was filed that is kept now, here or by whoever heard of it first."""
    async with _let_alone(services, command):
        earlier = await kept_elsewhere(services, opened.ticket_id)
        if earlier is not None:
            try:
                return _opened_at(earlier, opened.fingerprint)
            except Invalid:
                # What was accepted first stands.
                services.commands.settle(command.id)
                raise
    return _opened_at(await copied(services, command, away), opened.fingerprint)


def _let_alone(services: Services, command: LoggedCommand) -> AbstractAsyncContextManager[None]:
    """What was just left in the log, as long as it is not certain that it stands: nobody sends it
    again meanwhile. Where somebody does so already, it was left before, and stands."""
    lane = services.commands.lane(command.workflow_id)
    return nullcontext() if lane.locked() else lane


def _opened_at(kept: LoggedCommand, asked: str) -> datetime:
    """When a ticket that is kept was filed, if it was by this very request."""
    opened = OpenTicket.model_validate_json(kept.argument)
    if opened.fingerprint != asked:
        raise key_reused()
    return opened.opened_at


def _receipt(identifier: str, new: NewTicket, opened_at: datetime) -> TicketReceipt:
    return TicketReceipt(
        id=identifier,
        status=TicketStatus.RECEIVED,
        opened_at=opened_at,
        missing=_lacking(new),
        warnings=[] if new.model_id else [Attention.MODEL_UNRESOLVED],
    )
