"""`python -m workers.tools.replay`: would today's code have done what the histories say?

    --ticket tkt_…       one ticket: its states over its history, and the projection beside the last
    --file history.json  a downloaded history, or several; needs no server
    --all [--query …]    every ticket and bill the Temporal service still keeps, or those of a query

One line a history: ok, or where today's code parts from it. Exit code 1 on any failure.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError

from models.db.engine import Database
from models.db.ticket.reads import TicketReads
from models.identity import TicketId
from models.rules.transitions import status_of
from models.settings.processes import ComparingSettings, TemporalSettings
from models.ticket import Ticket
from temporal.ids import ticket_workflow
from workers.histories import EVERYTHING, from_file, runs_of, stored, verdict_on, verdicts
from workers.tools.timetravel import Journey, Step, travelled
from workers.wiring import connected

LOOKS = 5
"""How often a ticket that lives is compared with its row: it may move between the two reads."""


@dataclass(frozen=True)
class Comparison:
    """A replayed ticket beside its row: status and number of the last event."""

    replayed: tuple[str, int]
    recorded: tuple[str, int] | None

    @property
    def agrees(self) -> bool:
        """Whether the projection shows what the workflow decided."""
        return self.replayed == self.recorded

    def __str__(self) -> str:
        if self.agrees:
            return f"ok        projection: {self.replayed[0]}, seq {self.replayed[1]}"
        row = "no row" if self.recorded is None else f"{self.recorded[0]}, seq {self.recorded[1]}"
        return f"DIFFERS   projection: {row}; replayed: {self.replayed[0]}, seq {self.replayed[1]}"


async def replayed_ticket(
    client: Client, database: Database, ticket_id: str
) -> tuple[list[Journey], Comparison]:
    """A ticket's journey through all its runs, and its last state beside its row."""
    look = 0
    while True:
        histories = await runs_of(client, ticket_workflow(ticket_id))
        journeys = [await travelled(history) for history in histories]
        comparison = await asyncio.to_thread(_compared, database, ticket_id, journeys[-1].ticket)
        look += 1
        if comparison.agrees or any(j.failure for j in journeys) or look == LOOKS:
            return journeys, comparison
        await asyncio.sleep(0.5)


def states(steps: Iterable[Step]) -> Iterable[str]:
    """A ticket's states, a line for each workflow task."""
    yield f"{'event':>6}  {'time, UTC':<19}  {'status':<11}  {'visits':<24}  because of"
    for step in steps:
        if step.ticket is None:
            continue
        visits = " ".join(f"{v.seq}:{v.state}" for v in step.ticket.visits) or "-"
        yield (
            f"{step.event:>6}  {step.at:%Y-%m-%d %H:%M:%S}  {status_of(step.ticket):<11}  "
            f"{visits:<24}  {', '.join(step.because)}"
        )


async def _replay_ticket(client: Client, database: Database, ticket_id: str) -> bool:
    journeys, comparison = await replayed_ticket(client, database, ticket_id)
    for journey in journeys:
        for line in states(journey.steps):
            print(line)
        print(verdict_on(journey.history, journey.failure))
    print(comparison)
    return comparison.agrees and not any(j.failure for j in journeys)


async def _replay_all(histories: AsyncIterator[WorkflowHistory]) -> bool:
    count = failed = 0
    async for verdict in verdicts(histories):
        print(verdict)
        count += 1
        failed += verdict.failure is not None
    print(f"{count} histories, {failed} diverged")
    return not failed


async def _files(paths: Sequence[Path]) -> AsyncIterator[WorkflowHistory]:
    for path in paths:
        yield from_file(path)


def _compared(database: Database, ticket_id: str, ticket: Ticket | None) -> Comparison:
    with database.reading() as session:
        recorded = TicketReads(session).ticket(ticket_id)
    replayed = ("nothing", 0) if ticket is None else (status_of(ticket), ticket.seq)
    return Comparison(replayed, None if recorded is None else (recorded.status, recorded.seq))


async def replay(arguments: argparse.Namespace) -> bool:
    """Do as the command line says; whether everything replayed."""
    if arguments.file:
        return await _replay_all(_files(arguments.file))
    if arguments.ticket:
        settings = ComparingSettings.from_environment()
        client = await connected(settings.temporal)
        database = Database(settings.database.url, pool_size=1)
        return await _replay_ticket(client, database, arguments.ticket)
    client = await connected(TemporalSettings.from_environment().temporal)
    return await _replay_all(stored(client, arguments.query))


def main(words: Sequence[str]) -> int:
    """Read the command line and replay; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m workers.tools.replay")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--ticket", metavar="tkt_…", type=_ticket_id)
    what.add_argument("--file", metavar="history.json", nargs="+", type=Path)
    what.add_argument("--all", action="store_true")
    parser.add_argument("--query", default=EVERYTHING, help="with --all: a visibility query")
    try:
        return 0 if asyncio.run(replay(parser.parse_args(words))) else 1
    except (OSError, ValueError, RPCError, RuntimeError) as error:
        print(f"cannot replay: {error}", file=sys.stderr)
        return 1


def _ticket_id(word: str) -> str:
    try:
        return TypeAdapter(TicketId).validate_python(word)
    except ValidationError:
        raise argparse.ArgumentTypeError("no ticket id: tkt_ and a UUID") from None


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # The SDK's threads may abort the interpreter on its way out (sdk-python #300).
    os._exit(code)
