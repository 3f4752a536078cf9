"""What people do with a ticket that was accepted: some give it up, of some an expert comes forward,
is booked, and says that they know of it."""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

from models.identity import derived_id
from tests.chaos.cases import crew, open_visit, staffed_visit
from tests.house import REFERENCE
from tests.soak.callers import Asked, Caller
from tests.soak.errands import Errand
from tests.soak.history import Act, Outcome
from tests.town import SKILL

STAFF = "helpdesk"
GIVEN_UP = {"reason": "It works again."}
BEFORE_LONG = 3.0
"""Seconds within which people say something more."""
LOOKS, PAUSE = 14, 1.5
"""How often somebody looks how a ticket stands before they give up, and seconds in between."""


@dataclass
class Promised:
    """What people were told is safe: tickets, cancellations by their tickets, reports by the name
    that histories have for them."""

    accepted: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    reported: set[str] = field(default_factory=set)


class Afterwards:
    """Their customers and experts, who ask until they know, or it is `enough`."""

    def __init__(self, caller: Caller, promised: Promised, enough: asyncio.Event) -> None:
        self._caller, self._promised, self._enough = caller, promised, enough

    async def live(self, told: Errand, ticket: str) -> None:
        """What its errand says becomes of it."""
        chance = Random(f"{told.key}/afterwards")
        if told.cancels or told.reports:
            await asyncio.sleep(chance.uniform(0.0, BEFORE_LONG))
        if told.reports:
            await self._visited(told, ticket, chance)
        elif told.cancels:
            await self._cancel(told, ticket)

    async def _cancel(self, told: Errand, ticket: str) -> None:
        path = f"/tickets/{ticket}/cancel"
        asked = Asked(
            *(Act.CANCEL, told.who, _key(told, "cancel"), "POST", path, GIVEN_UP), ticket_id=ticket
        )
        if await self._known(told, asked):
            self._promised.cancelled.add(ticket)

    async def _visited(self, told: Errand, ticket: str, chance: Random) -> None:
        visit = await self._seen(told, ticket, open_visit)
        if visit is None or not await self._offered(told, ticket, visit, chance):
            return
        booked = await self._seen(told, ticket, staffed_visit)
        if booked is not None:
            await self._report(told, ticket, booked, chance)

    async def _offered(self, told: Errand, ticket: str, visit: Any, chance: Random) -> bool:
        """An expert of the customer's zone has time when the customer has."""
        expert = chance.choice(EXPERTS[told.who])
        path, windows = f"/visits/{visit['id']}/proposals", told.body["slots"][:1]
        asked = Asked(
            *(Act.PROPOSE, expert, _key(told, "propose"), "POST", path, {"windows": windows}),
            ticket_id=ticket,
        )
        return await self._known(told, asked)

    async def _report(self, told: Errand, ticket: str, visit: Any, chance: Random) -> None:
        """They know of it: said alone and in a batch, one of them first. It is one report."""
        expert, name = crew(visit)[0]["expert_id"], _key(told, "report")
        event = {
            "client_event_id": name,
            "type": "acknowledged",
            "occurred_at": datetime.now(UTC).isoformat(),
        }
        ways = [
            (f"/visits/{visit['id']}/events", event),
            ("/visits/events:batch", {"events": [{**event, "visit_id": visit["id"]}]}),
        ]
        for path, body in chance.sample(ways, len(ways)):
            asked = Asked(Act.REPORT, expert, name, "POST", path, body, ticket_id=ticket)
            if await self._known(told, asked):
                self._promised.reported.add(derived_id("cev", expert, name))

    async def _known(self, told: Errand, asked: Asked) -> bool:
        return await self._caller.known(asked, told.first_api, self._enough) is not None

    async def _seen(self, told: Errand, ticket: str, wanted: Callable[[Any], Any]) -> Any:
        """What `wanted` finds in the ticket as soon as it does; None if it does not."""
        asked = Asked(Act.READ, STAFF, ticket, "GET", f"/tickets/{ticket}", ticket_id=ticket)
        names = self._caller.names
        for turn in range(LOOKS):
            op, said = await self._caller.once(asked, names[(told.first_api + turn) % len(names)])
            if op.outcome is Outcome.OK and (found := wanted(said)):
                return found
            if self._enough.is_set():
                return None
            await asyncio.sleep(PAUSE)
        return None


def _key(told: Errand, word: str) -> str:
    """The key under which something more is said of an errand."""
    return str(uuid.uuid5(uuid.UUID(told.key), word))


EXPERTS = {
    customer.id: [
        expert.id
        for expert in REFERENCE.experts
        if expert.zone == customer.zone and SKILL in expert.skills
    ]
    for customer in REFERENCE.customers
}
"""Who can help whom."""
