"""After the last fault: whether every ticket that goes on takes the next command, and every file
that was brought is there."""

import asyncio
from hashlib import sha256
from typing import Any

from models.ticket import TicketStatus
from tests.chaos.cases import TOWNS
from tests.chaos.clients import Clients
from tests.chaos.history import History
from tests.chaos.rows import Row, Rows
from tests.house import days
from workers.tools.invariants import Findings

WITHIN = 5.0
"""Seconds, for a command to be taken."""
AT_ONCE = 8


async def late_commands(clients: Clients, rows: Rows, only: set[str] | None = None) -> Findings:
    """Say something harmless to every live ticket, or to some of them; those that did not take it,
    and what they answered."""
    turn, visits = asyncio.Semaphore(AT_ONCE), rows.of("visits")

    async def one(ticket: Row) -> tuple[str, str]:
        async with turn:
            return ticket["id"], await _taken(clients, ticket, visits.get(ticket["id"], []))

    live = [t for t in rows.tickets if not TicketStatus(t["status"]).is_final]
    asked = [t for t in live if only is None or t["id"] in only]
    return {name: why for name, why in await asyncio.gather(*map(one, asked)) if why}


async def missing_files(clients: Clients, history: History) -> Findings:
    """Fetch every file that was taken from its bringer; what is not there, or has other bytes."""
    found: Findings = {}
    taken = {c.path for c in history.calls if c.method == "PUT" and c.status in (200, 201)}
    for path in sorted(path for path in taken if "/files/" in path):
        answer = await clients.once("helpdesk", "GET", path)
        if answer is None or not answer.is_success:
            found[path] = "was taken, and is not there"
        elif sha256(answer.content).hexdigest() != path.rpartition("/")[2]:
            found[path] = "was taken, and is another"
    return found


async def _taken(clients: Clients, ticket: Row, visits: list[Row]) -> str:
    """Nothing, or why not. A refusal is an answer: the ticket itself gave it."""
    try:
        async with asyncio.timeout(WITHIN):
            answer = await clients.once(*_harmless(ticket, visits))
    except TimeoutError:
        return f"{ticket['status']}, no answer after {WITHIN:.0f} s"
    if answer is None:
        return f"{ticket['status']}, no answer"
    if answer.status_code >= 500:
        return f"{ticket['status']}, {answer.status_code} {answer.json().get('code')}"
    return ""


def _harmless(ticket: Row, visits: list[Row]) -> tuple[str, str, str, Any, str]:
    """What nobody minds: an expert offers a day on which the customer has no time, which is looked
    at all the same; or the customer has time as before."""
    key = f"probe-{ticket['id']}"
    waiting = [v for v in visits if v["state"] == "OPEN"]
    if waiting and ticket["zone"]:
        expert = next(t.expert for t in TOWNS if t.customer.zone == ticket["zone"])
        windows = {"windows": days(57, 1)}
        return expert, "POST", f"/visits/{waiting[0]['id']}/proposals", windows, key
    body = {"slots": ticket["slots"], "reason": "They have time as before."}
    return "helpdesk", "PUT", f"/tickets/{ticket['id']}/slots", body, key
