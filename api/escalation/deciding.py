"""Deciding an escalation: the same updates that the buttons of the Temporal UI send."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from temporalio.client import WorkflowHandle, WorkflowUpdateFailedError

from api.escalation.naming import by_name
from api.http import asking
from api.http.services import Services
from api.intake.looking import bounded
from api.intake.sending import argument, send
from api.ticket.sight import write_note
from models.actor import Actor
from models.brief import Listed
from models.db.escalation.reads import EscalationReads
from models.errors import Conflict, Invalid, NotFound, Unavailable
from models.escalation import Action, Escalation, EscalationReason
from models.identity import derived_id
from models.intake.command import CommandKind, LoggedCommand
from models.rules.escalation.kind import REFRESH, Decision
from models.rules.escalation.numbering import there
from models.rules.escalation.reading import bare_value
from models.rules.escalation.registry import KINDS
from temporal.ids import signed

PAUSE = 0.1
"""Seconds between two looks whether a decision is carried out."""
T = TypeVar("T")


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
        patience = asking.within(services.patience.for_commands)
        await bounded(send(services, command, patience), patience)
    except Conflict as refusal:
        if refusal.code == "ticket-closed":
            raise _over(asked) from refusal
        raise await by_name(services, refusal) from None
    except NotFound as refusal:
        raise _over(asked) from refusal
    except WorkflowUpdateFailedError as absent:
        # The escalation offers no such button as things stand.
        raise await _impossible(services, asked, given) from absent


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
        Unavailable: `database-unavailable`, and nothing was sent; else, as `answer-late`, it goes
            on all the same.
    """
    update = decision_of(asked.reason, action).name
    note_id = await write_note(services, asked.concerns.id, by, note, key)
    # Under the key of a refused request, something else is another decision, and the same is tried
    # again.
    name = derived_id("upd", key, action, repr(parameter), note_id or "", str(asked.refusals))
    if asked.closed_at is not None and _decided(asked) == signed(by, name):
        return asked
    given = {"parameter": parameter, "note_id": note_id}
    return await _in_time(services, _settled(services, asked, update, by, name, given))


async def _settled(
    services: Services, asked: Escalation, update: str, by: Actor, name: str, given: Any
) -> Escalation:
    await press(services, asked, update, by, name, given)
    while (known := await _known(services, asked)) is not None and known.state.is_live:
        if known.choice is None or known.choice.command_id != signed(by, name):
            await recorded(services, asked)
            raise Conflict("decision-refused", known.refusal or "The ticket refused.")
        await asyncio.sleep(PAUSE)
    closed = await recorded(services, asked)
    if _decided(closed) != signed(by, name):
        raise _over(closed)
    return closed


async def pressed(
    services: Services, asked: Escalation, update: str, by: Actor, key: str
) -> Escalation:
    """Press a button that is always there, and wait until the database has what became of it.

    Raises:
        DomainError: as `press`; `answer-late`, and it goes on all the same.
    """

    async def done() -> Escalation:
        await press(services, asked, update, by, key)
        return await recorded(services, asked)

    return await _in_time(services, done())


async def gathered_again(services: Services, asked: Escalation, by: Actor, key: str) -> Escalation:
    """Have the facts gathered anew, and wait until they are there.

    Raises:
        DomainError: as `pressed`.
    """
    before = asked.brief.gathered_at if asked.brief else None

    async def done() -> Escalation:
        await press(services, asked, REFRESH, by, key)
        while True:
            now = await known_escalation(services, asked.id)
            if now.closed_at or (now.brief and now.brief.gathered_at != before):
                return now
            await asyncio.sleep(PAUSE)

    return await _in_time(services, done())


async def recorded(services: Services, asked: Escalation) -> Escalation:
    """An escalation as soon as the database has what its workflow knows."""
    known = await _known(services, asked)
    while True:
        asked = await known_escalation(services, asked.id)
        if asked.closed_at is not None or (known is not None and known.seq <= asked.seq):
            return asked
        await asyncio.sleep(PAUSE)


async def _in_time(services: Services, work: Awaitable[T]) -> T:
    """What was sent is kept, whether or not its answer comes in time.

    Raises:
        Unavailable: `answer-late`.
    """
    try:
        async with asyncio.timeout(asking.rest(services.patience.command)):
            return await work
    except TimeoutError:
        raise _late() from None
    except Unavailable as unavailable:
        if unavailable.code != "database-unavailable":
            raise
        # It was sent before the database was asked what became of it.
        raise _late() from unavailable


async def _impossible(services: Services, asked: Escalation, given: Any) -> Conflict:
    """Whoever chose somebody that was listed hears that it is they who are gone."""
    value = bare_value(given.get("parameter") if isinstance(given, dict) else given)
    if isinstance(value, str):
        value = value.partition("@")[0]
    try:
        if value is not None:
            there(Listed.CANDIDATE, value, asked)
    except Conflict as gone:
        return await by_name(services, gone)
    return Conflict("decision-impossible", "That is not possible as things stand; read it again.")


def decision_of(reason: EscalationReason, action: Action) -> Decision:
    """The decision of an action.

    Raises:
        Invalid: `action-not-allowed`.
    """
    decisions = KINDS[reason].decisions
    for decision in decisions:
        if decision.action is action:
            return decision
    raise Invalid(
        "action-not-allowed",
        f"{action} does not answer {reason}.",
        field="/action",
        allowed=[d.action for d in decisions],
    )


async def _known(services: Services, asked: Escalation) -> Escalation | None:
    """The escalation as its workflow has it, while that runs."""
    patience = asking.within(services.patience.for_commands)
    query = _handle(services, asked).query(
        "escalation", result_type=Escalation, rpc_timeout=patience
    )
    try:
        known: Escalation = await bounded(query, patience)
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


def _late() -> Unavailable:
    return Unavailable(
        "answer-late",
        "The decision is kept, and not yet carried out; look again.",
        retry_after=2,
    )
