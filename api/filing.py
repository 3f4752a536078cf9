"""Filing a ticket: the one path that must work at any hour.

It checks what it can without asking anybody, seals the words and starts the workflow. No database,
no catalogue service, no billing stands on it.
"""

from datetime import datetime

from temporalio.common import Priority, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.auth import Principal
from api.commands import bounded
from api.dependencies import fingerprint
from api.idempotency import key_reused
from api.schemas.text import windows
from api.schemas.ticket import NewTicket, TicketReceipt
from api.services import Services
from models.actor import Role
from models.errors import Forbidden, Invalid
from models.event import Cause
from models.identity import ticket_id
from models.messages.ticket import OpenTicket
from models.rules.slots import acceptable_slots
from models.ticket import Attention, Channel, TicketStatus, Urgency
from temporal.client import IMPATIENCE
from temporal.ids import ticket_workflow
from temporal.queues import TICKETS
from temporal.search_attributes import at_start
from workflows.ticket import TicketWorkflow

URGENT, ORDINARY = Priority(priority_key=1), Priority(priority_key=3)


async def file_ticket(
    services: Services, new: NewTicket, principal: Principal, key: str, by: Cause
) -> tuple[TicketReceipt, bool]:
    """Start the workflow of a new ticket; answers its receipt, and whether it was there already.

    Raises:
        Invalid: whatever is wrong with the body; `idempotency-key-reused`.
        Forbidden: `on-behalf-of-staff-only`.
        Unavailable: `engine-unavailable`; nothing was accepted.
    """
    now = services.clock()
    opened = _checked(services, new, principal, key, by, now)
    try:
        await bounded(
            services.temporal.start_workflow(
                TicketWorkflow.run,
                opened,
                id=ticket_workflow(opened.ticket_id),
                task_queue=TICKETS,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                memo={"fingerprint": opened.fingerprint, "opened_at": now.isoformat()},
                search_attributes=at_start(TicketStatus.RECEIVED, opened.urgency),
                priority=URGENT if opened.urgency is Urgency.URGENT else ORDINARY,
                rpc_timeout=IMPATIENCE * 2,
            ),
            IMPATIENCE * 2,
        )
    except WorkflowAlreadyStartedError:
        return _receipt(opened, await _first_opened_at(services, opened)), True
    return _receipt(opened, now), False


def _checked(
    services: Services, new: NewTicket, principal: Principal, key: str, by: Cause, now: datetime
) -> OpenTicket:
    customer_id = _on_whose_behalf(new, principal)
    if new.model_id and new.model_text:
        raise Invalid("model-twice", "Give either model_id or model_text.", field="/model_text")
    category = services.reference.category(new.model_id, new.category)
    if new.urgency is Urgency.URGENT and not new.accept_fee:
        raise Invalid(
            "fee-not-accepted", "An urgent ticket costs a fee; accept it.", field="/accept_fee"
        )
    if not new.slots and not new.slots_later:
        raise Invalid(
            "slots-missing", "Give a time that suits you, or say slots_later.", field="/slots"
        )
    slots = acceptable_slots(
        windows(new.slots, "/slots"), now, services.reference.visit_length(category)
    )
    identifier = ticket_id(principal.subject, key)
    words = {"description": new.description, "model_text": new.model_text}
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
    )


def _on_whose_behalf(new: NewTicket, principal: Principal) -> str:
    if principal.role is Role.CUSTOMER:
        if new.on_behalf_of not in (None, principal.subject):
            raise Forbidden(
                "on-behalf-of-staff-only", "Only the helpdesk files tickets for somebody else."
            )
        return principal.subject
    if new.on_behalf_of is None:
        raise Invalid("caller-missing", "Say whose ticket it is.", field="/on_behalf_of")
    if new.channel is not Channel.PHONE:
        raise Invalid(
            "channel-not-phone", "The helpdesk files what comes by phone.", field="/channel"
        )
    return new.on_behalf_of


async def _first_opened_at(services: Services, opened: OpenTicket) -> datetime:
    """When the ticket was filed first, if it was by this very request."""
    handle = services.temporal.get_workflow_handle(ticket_workflow(opened.ticket_id))
    described = await bounded(handle.describe(rpc_timeout=IMPATIENCE), IMPATIENCE)
    memo = await described.memo()
    if memo["fingerprint"] != opened.fingerprint:
        raise key_reused()
    return datetime.fromisoformat(str(memo["opened_at"]))


def _receipt(opened: OpenTicket, opened_at: datetime) -> TicketReceipt:
    missing = {"slots": not opened.slots, "model": not (opened.model_id or opened.model_text_given)}
    return TicketReceipt(
        id=opened.ticket_id,
        status=TicketStatus.RECEIVED,
        opened_at=opened_at,
        missing=[name for name, absent in missing.items() if absent],
        warnings=[] if opened.model_id else [Attention.MODEL_UNRESOLVED],
    )
