"""`python -m workers.tools.invariants [--replay N]`: what must be true whatever happened
(docs/rules/invariants.md).

One line each: OK, or what is wrong with what. Exit code 1 if anything is. FLAGGED is what people
did and no one can undo. The house goes on working meanwhile, so what looks wrong is looked at again
before it is said.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, TypeVar

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
)
from temporalio.service import RPCError, RPCStatusCode

from models.db.engine import Database
from models.db.invariants import Findings, InvariantRepository, KnownTicket
from models.rules.ticket.finishing import is_over
from models.rules.transitions import status_of
from models.settings.processes import ComparingSettings
from models.ticket import Ticket, TicketStatus
from temporal.ids import ticket_workflow
from workers.histories import EVERYTHING, is_kept, reason, retention, stored, verdicts
from workers.wiring import connected
from workflows.ticket.story import TicketWorkflow

MOST_NAMED = 10
PATIENCE = 5.0
"""Seconds within which what was only on its way must have arrived."""
PUTTING_AWAY = timedelta(minutes=1)
"""How long a ticket may take to end when nothing is left for it to do."""
AT_ONCE = 20
"""How many workflows are asked at a time."""

T = TypeVar("T")


@dataclass(frozen=True)
class Premises:
    """What is looked at."""

    client: Client
    database: Database
    replays: int = 100

    async def read(self, question: Callable[[InvariantRepository], T]) -> T:
        """What the database answers."""

        def within() -> T:
            with self.database.reading() as session:
                return question(InvariantRepository(session))

        return await asyncio.to_thread(within)


async def rows_and_workflows(premises: Premises) -> Findings:
    """I1. A ticket that ended longer ago than Temporal keeps histories has a row only."""
    tickets = await premises.read(InvariantRepository.tickets)
    listed = {w.id async for w in premises.client.list_workflows("WorkflowType = 'Ticket'")}
    expected = {ticket_workflow(t.id): t for t in tickets}
    forgotten_before = datetime.now(UTC) - await retention(premises.client)
    found = dict.fromkeys(listed - expected.keys(), "a workflow without a row")
    for workflow_id in expected.keys() - listed:
        ticket = expected[workflow_id]
        ended = TicketStatus(ticket.status).is_final and ticket.last_event_at
        if ended and ended < forgotten_before:
            continue
        if not await is_kept(premises.client, workflow_id):
            found[ticket.id] = "a row without a workflow"
    return found


async def recomputed_status(premises: Premises) -> Findings:
    """I6. An open ticket tells its state; of a closed one the workflow's result does."""
    found = await premises.read(InvariantRepository.gaps_in_events)
    tickets = await premises.read(InvariantRepository.tickets)
    turn = asyncio.Semaphore(AT_ONCE)

    async def compare(ticket: KnownTicket) -> tuple[str, str | None]:
        async with turn:
            return ticket.id, await _difference(premises.client, ticket)

    differing = await asyncio.gather(*map(compare, tickets))
    return found | {ticket_id: why for ticket_id, why in differing if why}


async def answered_questions(premises: Premises) -> Findings:
    """I12. A question is live in three places or in none: the ticket that is in doubt, the workflow
    that asks, the row that the helpdesk reads."""
    rows = await premises.read(InvariantRepository.live_escalations)
    tickets = await premises.read(InvariantRepository.tickets)
    over = {t.id for t in tickets if TicketStatus(t.status).is_final}
    asking = await _asking(premises.client)
    turn = asyncio.Semaphore(AT_ONCE)

    async def doubts(ticket_id: str) -> tuple[str, set[str] | None]:
        async with turn:
            return ticket_id, await _doubts(premises.client, ticket_id)

    asked_of = {t.id for t in tickets} - over | {r.ticket_id for r in rows if r.ticket_id}
    told = dict(await asyncio.gather(*(doubts(ticket_id) for ticket_id in sorted(asked_of))))
    wanted = {question for questions in told.values() for question in questions or ()}
    live = {row.id for row in rows}
    found = dict.fromkeys(wanted - live, "asked by a ticket, and no row is live")
    found |= dict.fromkeys(asking - live, "asked by a workflow, and no row is live")
    for row in rows:
        doubts_of_its_own = told.get(row.ticket_id) if row.ticket_id else None
        if row.ticket_id in over and row.id not in (doubts_of_its_own or ()):
            found[row.id] = "live, and its ticket is over"
        elif row.id not in wanted and doubts_of_its_own is not None:
            found[row.id] = "live, and its ticket is in no such doubt"
        elif row.id not in asking:
            found[row.id] = "live, and no workflow asks it"
    return found


async def replayed(premises: Premises) -> Findings:
    """I11. The newest histories, or all of them."""
    histories = stored(premises.client, EVERYTHING, premises.replays)
    return {v.name: reason(v.failure) async for v in verdicts(histories) if v.failure}


Look = Callable[[Premises], Awaitable[Findings]]


def _asked(question: Callable[[InvariantRepository], Findings]) -> Look:
    return lambda premises: premises.read(question)


CHECKS: dict[str, tuple[str, Look]] = {
    "I1": ("every ticket has one row and one workflow", rows_and_workflows),
    "I2": ("nobody is booked twice at a time", _asked(InvariantRepository.double_bookings)),
    "I3": (
        "groups are booked whole or not, and people for the time of their visit",
        _asked(InvariantRepository.half_reserved_groups),
    ),
    "I5": (
        "gaps between chained visits are kept, and the same people make them where they have to",
        _asked(InvariantRepository.broken_gaps),
    ),
    "I6": ("events have no gaps, statuses are what workflows say", recomputed_status),
    "I7": ("everybody is told once", _asked(InvariantRepository.double_messages)),
    "I12": ("escalations are live as long as there is doubt", answered_questions),
    "I11": ("today's code replays the histories", replayed),
}


async def lasting(look: Look, premises: Premises, patience: float = PATIENCE) -> Findings:
    """What is found wrong at every look for `patience` seconds."""
    until = monotonic() + patience
    found = await look(premises)
    while found and monotonic() < until:
        await asyncio.sleep(min(0.5, patience))
        again = await look(premises)
        found = {name: why for name, why in again.items() if name in found}
    return found


def line(name: str, found: Findings) -> str:
    """What there is to say about an invariant."""
    if not found:
        return f"OK      {name:<4}{CHECKS[name][0]}"
    return f"BROKEN  {name:<4}{CHECKS[name][0]}: {_named(found)}"


def _named(found: Findings) -> str:
    named = ", ".join(f"{key} ({why})" for key, why in sorted(found.items())[:MOST_NAMED])
    return named + (f", and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else "")


async def check(premises: Premises, patience: float = PATIENCE) -> bool:
    """Print a line for each invariant, and one for gaps that were planned and not kept; whether all
    hold."""
    whole = True
    for name, (_, look) in CHECKS.items():
        found = await lasting(look, premises, 0 if look is replayed else patience)
        print(line(name, found), flush=True)
        whole = whole and not found
    if unkept := await premises.read(InvariantRepository.unkept_gaps):
        print(f"FLAGGED I5  what was planned was not what happened: {_named(unkept)}", flush=True)
    return whole


async def _asking(client: Client) -> set[str]:
    """The escalations whose workflows run."""
    query = "WorkflowType = 'Escalation' AND ExecutionStatus = 'Running'"
    return {
        str(await w.memo_value("escalation_id", "")) async for w in client.list_workflows(query)
    }


async def _doubts(client: Client, ticket_id: str) -> set[str] | None:
    """The live questions of a ticket; None where it does not answer, of which I1 and I6 speak."""
    handle = client.get_workflow_handle_for(TicketWorkflow.run, ticket_workflow(ticket_id))
    try:
        ticket: Ticket = await handle.query(
            TicketWorkflow.ticket, rpc_timeout=timedelta(seconds=PATIENCE)
        )
    except RPCError:
        return None
    return {q.id for q in ticket.doubts.questions if q.is_live}


async def _difference(client: Client, ticket: KnownTicket) -> str | None:
    """How a row differs from what its workflow says; None where there is no workflow (I1's)."""
    handle = client.get_workflow_handle_for(TicketWorkflow.run, ticket_workflow(ticket.id))
    try:
        if not TicketStatus(ticket.status).is_final:
            return await _state_differs(handle, ticket)
        if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
            return await _state_differs(handle, ticket, ended=True)
        told, stands = (await handle.result()).status.value, ticket.status
    except WorkflowFailureError as error:
        return f"its workflow failed: {error.cause}"
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        return f"its workflow does not answer: {error.status.name}"
    return None if told == stands else f"the row says {stands}, its workflow {told}"


async def _state_differs(
    handle: WorkflowHandle[Any, Any], ticket: KnownTicket, *, ended: bool = False
) -> str | None:
    """How a row differs from its running workflow, which goes on after its end only while somebody
    has to decide about work, or what is reported may count.

    Raises:
        RPCError: it does not answer.
    """
    state: Ticket = await handle.query(
        TicketWorkflow.ticket, rpc_timeout=timedelta(seconds=PATIENCE)
    )
    if ended and is_over(state, datetime.now(UTC) - PUTTING_AWAY):
        return f"the row says {ticket.status}, and its workflow goes on"
    told, stands = f"{status_of(state)} {state.seq}", f"{ticket.status} {ticket.seq}"
    return None if told == stands else f"the row says {stands}, its workflow {told}"


async def _checked(replays: int) -> bool:
    settings = ComparingSettings.from_environment()
    client = await connected(settings.temporal)
    return await check(Premises(client, Database(settings.database.url, pool_size=2), replays))


def main(words: Sequence[str]) -> int:
    """Check everything; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m workers.tools.invariants")
    parser.add_argument("--replay", metavar="N", type=int, default=100, help="histories for I11")
    try:
        return 0 if asyncio.run(_checked(parser.parse_args(words).replay)) else 1
    except (OSError, RPCError, RuntimeError) as error:
        print(f"cannot check: {error}", file=sys.stderr)
    except Exception as error:
        if not Database.is_outage(error):
            raise
        print(f"cannot check: the database is away ({type(error).__name__})", file=sys.stderr)
    return 1


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
