"""What is there after a run: every ticket's row and words, and every run of its workflow."""

import asyncio
import json
from pathlib import Path
from random import Random
from typing import Any, LiteralString

import psycopg
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError

from models.events.field import VisitAcknowledged
from models.events.status import CommandQuarantined
from temporal.ids import ticket_of, ticket_workflow
from tests.soak.checker import Kept, KeptRow, KeptRun
from tests.soak.history import digest

_ROWS: LiteralString = """select t.id, t.customer_id, p.description, t.slots, t.fingerprint,
    t.status, t.number
    from tickets t left join ticket_private p on p.ticket_id = t.id"""
_QUEUED: LiteralString = "select count(*) from intake where id <> %s"
_MOVED: LiteralString = """select id from tickets
    where status <> 'RECEIVED' and number is not null"""
_CANCELLED: LiteralString = "select id from tickets where status = 'CANCELLED'"
_REPORTS: LiteralString = """select facts ->> 'client_event_id', count(*) from events
    where type = %s group by 1"""
_QUARANTINED: LiteralString = """select count(*) from intake
    where id = %s and quarantined is not null"""
_TOLD_OF: LiteralString = """select count(*) from notifications n join events e on e.id = n.event_id
    where e.type = %s and e.facts ->> 'entry' = %s and n.recipient_role = 'helpdesk'"""
_QUARANTINE: LiteralString = """insert into intake (id, command, logged_at)
    values (%s, %s, now() - interval '1 hour')"""
UNREADABLE = "ticket-of-a-later-version/start"
"""A copy that nobody here can read: it must stay, and keep nobody from what came after it."""
AT_ONCE = 20


def rows(url: str) -> list[KeptRow]:
    """Every ticket of a database."""
    with psycopg.connect(url) as session:
        found = session.execute(_ROWS).fetchall()
    return [
        KeptRow(ticket, digest(customer, words or "", slots), fingerprint, status, number)
        for ticket, customer, words, slots, fingerprint, status, number in found
    ]


async def runs(client: Client) -> list[KeptRun]:
    """Every run of a ticket's workflow, by Temporal's list, with the memo that it was started with;
    what is not listed yet is not there."""
    found = []
    async for it in client.list_workflows("WorkflowType = 'Ticket'", page_size=1000):
        memo = await it.memo()
        found.append(
            KeptRun(
                ticket_of(it.id),
                it.run_id,
                str(memo["fingerprint"]),
                goes_on=it.status is WorkflowExecutionStatus.RUNNING,
                is_last=it.status is not WorkflowExecutionStatus.CONTINUED_AS_NEW,
            )
        )
    return found


async def kept(client: Client, url: str) -> Kept:
    """Everything that is there. Of a server that does not come back there is nothing."""
    try:
        there, told = await asyncio.to_thread(lambda: (rows(url), reports(url)))
    except psycopg.OperationalError:
        there, told = [], {}
    try:
        return Kept(there, await runs(client), told)
    except RPCError:
        return Kept(there, [], told)


async def silent(client: Client, tickets: list[str], sample: int, chance: Random) -> dict[str, str]:
    """Of so many tickets by chance, those whose workflow does not answer from its history, or
    answers for another ticket: that one is listed as running does not say that it can go on."""
    turn = asyncio.Semaphore(AT_ONCE)
    asked = chance.sample(sorted(tickets), min(sample, len(tickets)))

    async def one(ticket: str) -> str:
        async with turn:
            try:
                handle = client.get_workflow_handle(ticket_workflow(ticket))
                told: Any = await handle.query("ticket", result_type=dict)
            except Exception as error:
                return f"does not answer: {error!r}"
        return "" if told["id"] == ticket else f"says that it is {told['id']}"

    answers = zip(asked, await asyncio.gather(*map(one, asked)), strict=True)
    return {ticket: why for ticket, why in answers if why}


def quarantine(url: str) -> None:
    """Put a copy there that nobody can read."""
    with psycopg.connect(url) as session:
        session.execute(_QUARANTINE, (UNREADABLE, json.dumps({"kind": "of a later version"})))


def quarantined(url: str) -> int:
    """How many of those are there, and marked by who found that nobody can read them."""
    return _count(url, _QUARANTINED, UNREADABLE)


def told_of_quarantine(url: str) -> int:
    """How often the helpdesk is told of it, by the intents."""
    return _count(url, _TOLD_OF, CommandQuarantined.kind, UNREADABLE)


def queued(url: str) -> int:
    """How many copies wait for somebody to take them over, the unreadable one excepted."""
    return _count(url, _QUEUED, UNREADABLE)


def moved(url: str) -> set[str]:
    """The tickets that somebody has taken up."""
    with psycopg.connect(url, connect_timeout=2) as session:
        return {ticket for (ticket,) in session.execute(_MOVED).fetchall()}


def cancelled(url: str) -> set[str]:
    """The tickets that are given up."""
    with psycopg.connect(url, connect_timeout=2) as session:
        return {ticket for (ticket,) in session.execute(_CANCELLED).fetchall()}


def reports(url: str) -> dict[str, int]:
    """How often each report that somebody knows of their visit is in a timeline, by its name."""
    with psycopg.connect(url, connect_timeout=2) as session:
        return dict(session.execute(_REPORTS, (VisitAcknowledged.kind,)).fetchall())


def _count(url: str, query: LiteralString, *about: str) -> int:
    with psycopg.connect(url, connect_timeout=2) as session:
        row = session.execute(query, about).fetchone()
    return int(row[0]) if row else 0


def said(logs: Path, program: str, event: str) -> int:
    """How often a program logged something."""
    found = 0
    for path in logs.glob(f"{program}.log*"):
        with path.open("rb") as lines:
            found += sum(event.encode() in line for line in lines)
    return found
