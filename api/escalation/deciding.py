"""Deciding an escalation: the same updates that the buttons of the Temporal UI send."""

import asyncio
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from api.escalation.naming import by_name
from api.http.services import Services
from api.intake.commands import bounded
from api.intake.sending import PATIENCE, argument, send
from api.ticket.sight import write_note
from models.actor import Actor
from models.db.escalation.reads import EscalationReads
from models.errors import Conflict, Invalid, NotFound, Unavailable
from models.escalation import Action, Escalation, EscalationReason
from models.identity import derived_id
from models.intake.command import CommandKind, LoggedCommand
from models.rules.escalation.registry import KINDS
from temporal.ids import signed

LOOKS, PAUSE = 40, 0.1
"""How often, and how many seconds apart, we look whether a decision is carried out."""


async def known_escalation(services: Services, escalation_id: str) -> Escalation:
    """An escalation as recorded.

    Raises:
        NotFound: `escalation-unknown`.
    """
    asked = await services.reads.run(lambda s: EscalationReads(s).escalation(escalation_id))
    if asked is None:
        raise NotFound("escalation-unknown", "There is no such escalation.")
    return asked


async def press(
    services: Services, asked: Escalation, update: str, by: Actor, key: str, given: Any = None
) -> None:
    """Send the update that a button of the UI would send, in somebody's name. `key` names the
    request: sent again under it, it has one effect.

    Raises:
        DomainError: the escalation's refusal; `escalation-over`.
    """
    if asked.closed_at is not None:
        # The same workflow id may ask something new by now.
        raise _over(asked)
    command = LoggedCommand(
        kind=CommandKind.UPDATE,
        workflow_id=asked.workflow_id,
        name=update,
        update_id=signed(by, key[:40]),
        argument=argument(given),
        logged_at=services.clock(),
        escalation_id=asked.id,
    )
    try:
        await bounded(send(services, command, PATIENCE), PATIENCE)
    except Conflict as refusal:
        if refusal.code == "ticket-closed":
            raise _over(asked) from refusal
        raise await by_name(services, refusal) from None
    except NotFound as refusal:
        raise _over(asked) from refusal
    except WorkflowUpdateFailedError as absent:
        # The escalation offers no such button as things stand.
        raise Conflict(
            "decision-impossible", "That is not possible as things stand; read it again."
        ) from absent


async def decide(
    services: Services,
    asked: Escalation,
    action: Action,
    by: Actor,
    key: str,
    parameter: Any = None,
    note: str | None = None,
) -> Escalation:
    """Decide, and wait until it is carried out or refused.

    Raises:
        Invalid: `action-not-allowed`, `parameter-wrong`.
        Conflict: `decision-refused`, with what the ticket said; `candidate-gone`, by name; the
            escalation's other refusals.
        Unavailable: `answer-late`; it goes on all the same.
    """
    update = _update(asked.reason, action)
    note_id = await write_note(services, asked.concerns.id, by, note, key)
    # Under the key of a refused request, something else is another decision, and the same is tried
    # again.
    name = derived_id("upd", key, action, repr(parameter), note_id or "", str(asked.refusals))
    if asked.closed_at is not None and _decided(asked) == signed(by, name):
        return asked
    await press(services, asked, update, by, name, {"parameter": parameter, "note_id": note_id})
    for _ in range(LOOKS):
        known = await _known(services, asked)
        if known is None or not known.state.is_live:
            break
        if known.choice is None or known.choice.command_id != signed(by, name):
            await recorded(services, asked)
            raise Conflict("decision-refused", known.refusal or "The ticket refused.")
        await asyncio.sleep(PAUSE)
    closed = await recorded(services, asked)
    if closed.closed_at is None:
        raise Unavailable("answer-late", "The decision is being carried out; look again.")
    if _decided(closed) != signed(by, name):
        raise _over(closed)
    return closed


async def recorded(services: Services, asked: Escalation) -> Escalation:
    """An escalation as soon as the database has what its workflow knows."""
    known = await _known(services, asked)
    for _ in range(LOOKS):
        asked = await known_escalation(services, asked.id)
        if asked.closed_at is not None or (known is not None and known.seq <= asked.seq):
            break
        await asyncio.sleep(PAUSE)
    return asked


def _update(reason: EscalationReason, action: Action) -> str:
    decisions = KINDS[reason].decisions
    for decision in decisions:
        if decision.action is action:
            return decision.name
    raise Invalid(
        "action-not-allowed",
        f"{action} does not answer {reason}.",
        field="/action",
        allowed=[d.action for d in decisions],
    )


async def _known(services: Services, asked: Escalation) -> Escalation | None:
    """The escalation as its workflow has it, while that runs."""
    query = _handle(services, asked).query(
        "escalation", result_type=Escalation, rpc_timeout=PATIENCE
    )
    try:
        known: Escalation = await bounded(query, PATIENCE)
    except NotFound:
        return None
    return known if known.id == asked.id else None


def _handle(services: Services, asked: Escalation) -> WorkflowHandle[Any, Any]:
    return services.temporal.get_workflow_handle(asked.workflow_id)


def _decided(asked: Escalation) -> str | None:
    """The request that a closed escalation was decided by."""
    return asked.decided.command_id if asked.decided else None


def _over(asked: Escalation) -> Conflict:
    return Conflict("escalation-over", "The escalation is resolved already.", state=asked.state)
