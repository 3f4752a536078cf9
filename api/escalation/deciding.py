"""Deciding an escalation: the same updates that the buttons of the Temporal UI send."""

import asyncio
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from api.http.services import Services
from api.intake.commands import bounded
from api.intake.sending import PATIENCE, argument, send
from api.ticket.sight import write_note
from models.actor import Actor
from models.db.escalation.escalations import EscalationRepository
from models.db.escalation.tables import EscalationRow
from models.errors import Conflict, Invalid, NotFound, Unavailable
from models.escalation import Action, Escalation, EscalationReason
from models.identity import derived_id
from models.intake.command import CommandKind, LoggedCommand
from models.rules.escalation.kind import update_name
from models.rules.escalation.registry import KINDS
from temporal.ids import signed

LOOKS, PAUSE = 40, 0.1
"""How often, and how many seconds apart, we look whether a decision is carried out."""


async def escalation_row(services: Services, escalation_id: str) -> EscalationRow:
    """An escalation as recorded.

    Raises:
        NotFound: `escalation-unknown`.
    """
    row = await services.reads.run(lambda s: EscalationRepository(s).row(escalation_id))
    if row is None:
        raise NotFound("escalation-unknown", "There is no such escalation.")
    return row


async def press(
    services: Services, row: EscalationRow, button: str, by: Actor, key: str, given: Any = None
) -> None:
    """Send the update that a button of the UI would send, in somebody's name. `key` names the
    request: sent again under it, it has one effect.

    Raises:
        DomainError: the escalation's refusal; `escalation-over`.
    """
    if row.closed_at is not None:
        # The same workflow id may ask something new by now.
        raise _over(row)
    command = LoggedCommand(
        kind=CommandKind.UPDATE,
        workflow_id=row.workflow_id,
        name=button,
        update_id=signed(by, key[:40]),
        argument=argument(given),
        logged_at=services.clock(),
        escalation_id=row.id,
    )
    try:
        await bounded(send(services, command, PATIENCE), PATIENCE)
    except Conflict as refusal:
        if refusal.code == "ticket-closed":
            raise _over(row) from refusal
        raise
    except NotFound as refusal:
        raise _over(row) from refusal
    except WorkflowUpdateFailedError as absent:
        # The escalation offers no such button as things stand.
        raise Conflict(
            "decision-impossible", "That is not possible as things stand; read it again."
        ) from absent


async def decide(
    services: Services,
    row: EscalationRow,
    action: Action,
    by: Actor,
    key: str,
    parameter: Any = None,
    note: str | None = None,
) -> EscalationRow:
    """Decide, and wait until it is carried out or refused.

    Raises:
        Invalid: `action-not-allowed`, `parameter-wrong`.
        Conflict: `decision-refused`, with what the ticket said; the escalation's own refusals.
        Unavailable: `answer-late`; it goes on all the same.
    """
    button = _button(EscalationReason(row.reason), action)
    note_id = await write_note(services, row.subject_id, by, note, key)
    # Under the key of a refused request, something else is another decision, and the same is tried
    # again.
    refusals = Escalation.model_validate(row.known).refusals
    name = derived_id("upd", key, action, repr(parameter), note_id or "", str(refusals))
    if row.closed_at is not None and _decided(row) == signed(by, name):
        return row
    await press(services, row, button, by, name, {"parameter": parameter, "note_id": note_id})
    for _ in range(LOOKS):
        known = await _known(services, row)
        if known is None or not known.state.is_live:
            break
        if known.choice is None or known.choice.command_id != signed(by, name):
            await recorded(services, row)
            raise Conflict("decision-refused", known.refusal or "The ticket refused.")
        await asyncio.sleep(PAUSE)
    closed = await recorded(services, row)
    if closed.closed_at is None:
        raise Unavailable("answer-late", "The decision is being carried out; look again.")
    if _decided(closed) != signed(by, name):
        raise _over(closed)
    return closed


async def recorded(services: Services, row: EscalationRow) -> EscalationRow:
    """An escalation as soon as the database has what its workflow knows."""
    known = await _known(services, row)
    for _ in range(LOOKS):
        row = await escalation_row(services, row.id)
        if row.closed_at is not None or (known is not None and known.seq <= row.seq):
            break
        await asyncio.sleep(PAUSE)
    return row


def _button(reason: EscalationReason, action: Action) -> str:
    decisions = KINDS[reason].decisions
    for number, decision in enumerate(decisions, start=1):
        if decision.action is action:
            return update_name(number, decision)
    raise Invalid(
        "action-not-allowed",
        f"{action} does not answer {reason}.",
        field="/action",
        allowed=[d.action for d in decisions],
    )


async def _known(services: Services, row: EscalationRow) -> Escalation | None:
    """The escalation as its workflow has it, while that runs."""
    asked = _handle(services, row).query("escalation", result_type=Escalation, rpc_timeout=PATIENCE)
    try:
        known: Escalation = await bounded(asked, PATIENCE)
    except NotFound:
        return None
    return known if known.id == row.id else None


def _handle(services: Services, row: EscalationRow) -> WorkflowHandle[Any, Any]:
    return services.temporal.get_workflow_handle(row.workflow_id)


def _decided(row: EscalationRow) -> str | None:
    """The request that a closed escalation was decided by."""
    decided = Escalation.model_validate(row.known).decided
    return decided.command_id if decided else None


def _over(row: EscalationRow) -> Conflict:
    return Conflict("escalation-over", "The escalation is resolved already.", state=row.state)
