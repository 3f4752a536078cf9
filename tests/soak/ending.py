"""What is asked once at the end, when nothing moves any more: the invariants that need workflows to
answer, and the house's own report on loss."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, TypeVar, cast

import httpx2
from temporalio.client import Client
from temporalio.service import RPCError

from models.db.engine import Database
from models.db.invariants import Findings, InvariantRepository, KnownTicket
from models.intake.loss import Fault
from temporal.schedules import RECONCILIATION
from tests.soak.house import SoakHouse
from workers.tools import invariants
from workers.tools.invariants import Premises

OF_WORKFLOWS = ("I6", "I12")
LASTS = 30.0
"""Seconds after which what is wrong is not on its way any more."""
COMPARED_WITHIN = 90.0
"""Seconds that the house is given to look for losses once more."""
LOOK, ANSWERS_WITHIN = 2.0, 5.0

T = TypeVar("T")


@dataclass(frozen=True)
class SomeOf(Premises):
    """As if there were only so many tickets, always the same: a workflow answers from its history,
    which takes too long for tens of thousands."""

    most: int = 500
    seed: int = 0

    async def read(self, question: Callable[[InvariantRepository], T]) -> T:
        """What the database answers, of those tickets."""
        found = await super().read(question)
        if question is not InvariantRepository.tickets:
            return found
        tickets = cast(list[KnownTicket], found)
        drawn = Random(self.seed).sample(tickets, min(self.most, len(tickets)))
        return cast(T, drawn)


async def last_look(
    house: SoakHouse, client: Client, most: int, seed: int
) -> dict[str, dict[str, str]]:
    """What is broken in the end: I6 whole and I12, and by the report on loss."""
    database = Database(house.postgres.url, pool_size=2)
    found: dict[str, dict[str, str]] = {}
    try:
        premises = SomeOf(client, database, most=most, seed=seed)
        for name in OF_WORKFLOWS:
            about, ask = invariants.CHECKS[name]
            try:
                seen = await invariants.lasting(ask, premises, LASTS)
            except Exception as error:
                seen = {"not looked": repr(error)}
            if seen:
                found[f"{name} {about}"] = seen
    finally:
        database.close()
    if said := await reported_loss(house, client):
        found["the report on loss says that there is none"] = said
    return found


async def reported_loss(house: SoakHouse, client: Client) -> Findings:
    """What the report on loss says is wrong, after the house has looked once more: a look may be
    minutes ago, and what it can put right itself is not lost."""
    asked, until = datetime.now(UTC), time.monotonic() + COMPARED_WITHIN
    with contextlib.suppress(RPCError):
        await client.get_schedule_handle(RECONCILIATION).trigger()
    found: Findings = {"the report": "nobody answers"}
    while time.monotonic() < until:
        report = await _report(house)
        if report is not None:
            found = wrong_in(report)
            looked = report["as_of"] and datetime.fromisoformat(report["as_of"]) >= asked
            if looked and not found:
                break
        await asyncio.sleep(LOOK)
    return found


def wrong_in(report: Any) -> Findings:
    """What such a report says is wrong. One of a house that never looked proves nothing."""
    found = {fault.value: f"{report[fault]} tickets" for fault in Fault if report[fault]}
    if report["waiting"]:
        found["waiting"] = f"{report['waiting']} tickets"
    for loss in report["unresolved"]:
        found[loss["ticket_id"]] = f"{loss['fault']}: {loss['detail']}"
    if report["as_of"] is None:
        found["as_of"] = "nobody has ever looked for losses"
    return found


async def _report(house: SoakHouse) -> Any:
    """The report as a manager reads it, from whichever API answers; None from none."""
    headers = {"Authorization": f"Bearer {house.issuer.token('manager')}"}
    async with httpx2.AsyncClient(headers=headers, timeout=ANSWERS_WITHIN, trust_env=False) as http:
        for url in house.api_urls.values():
            with contextlib.suppress(httpx2.TransportError):
                answer = await http.get(f"{url}/v1/reports/loss")
                if answer.is_success:
                    return answer.json()
    return None
