"""After the last fault: whether every ticket that goes on takes the next command."""

import asyncio
from typing import Any

from models.ticket import TicketStatus
from tests.chaos.clients import Clients
from tests.chaos.rows import Row, Rows
from workers.invariants import Findings

WITHIN = 5.0
"""Seconds, for a command to be taken."""
AT_ONCE = 8


async def late_commands(clients: Clients, rows: Rows, only: set[str] | None = None) -> Findings:
    """Say something harmless to every live ticket, or to some of them; those that did not take it,
    and what they answered."""
    turn, groups = asyncio.Semaphore(AT_ONCE), rows.of("groups")

    async def one(ticket: Row) -> tuple[str, str]:
        async with turn:
            return ticket["id"], await _taken(clients, ticket, groups.get(ticket["id"], []))

    live = [t for t in rows.tickets if not TicketStatus(t["status"]).is_final]
    asked = [t for t in live if only is None or t["id"] in only]
    return {name: why for name, why in await asyncio.gather(*map(one, asked)) if why}


async def _taken(clients: Clients, ticket: Row, groups: list[Row]) -> str:
    """Nothing, or why not. A refusal is an answer: the ticket itself gave it."""
    try:
        async with asyncio.timeout(WITHIN):
            answer = await clients.once("helpdesk", *_harmless(ticket, groups))
    except TimeoutError:
        return f"{ticket['status']}, no answer after {WITHIN:.0f} s"
    if answer is None:
        return f"{ticket['status']}, no answer"
    if answer.status_code >= 500:
        return f"{ticket['status']}, {answer.status_code} {answer.json().get('code')}"
    return ""


def _harmless(ticket: Row, groups: list[Row]) -> tuple[str, str, Any]:
    waiting = [g for g in groups if g["match_state"] not in ("FINALISED", "CANCELLED")]
    path = f"/tickets/{ticket['id']}"
    if waiting:
        return "POST", f"{path}/groups/{waiting[0]['id']}/re-evaluate", None
    body = {"slots": ticket["slots"], "reason": "They have time as before."}
    return "PUT", f"{path}/slots", body
