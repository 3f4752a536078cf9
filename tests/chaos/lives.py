"""The life of a ticket among its customer, its experts and the helpdesk, each of whom looks how it
stands and does what comes next, whatever was lost before."""

import asyncio
from random import Random
from typing import Any

from tests.chaos.cases import STAFF, Case, is_asked_about, open_visit, staffed_visit
from tests.chaos.clients import Clients, Gone, Refused

MOST_LOOKS = 120
ADVENTURES = {
    "by_phone": 15,
    "urgent": 15,
    "other_day_first": 15,
    "narrows": 20,
    "withdraws": 20,
    "changes_slots": 10,
    "by_hand": 12,
    "cancels_early": 8,
    "cancels_late": 8,
    "leaves_after_all": 8,
    "reopens": 10,
}
"""What may befall a ticket, and how many in a hundred it does."""
ENDS = {"MATCHING": 6, "SCHEDULED": 8, "COMPLETED": 15}
"""Where nobody does anything any more, and for how many in a hundred."""


class Life:
    """Of the ticket with this number; the seed and the number decide all that people do."""

    def __init__(self, clients: Clients, number: int, seed: int, leaving: int = 20) -> None:
        self._chance = Random(f"{seed}/{number}")
        self._to_come = {a for a, share in ADVENTURES.items() if self._falls(share)}
        self._ends = {status for status, share in ENDS.items() if self._falls(share)}
        self._experts = self._chance.randrange(4)
        self.case = Case(clients, number, self._chance, leaving)

    async def live(self, over: asyncio.Event) -> None:
        """Until it is closed, or everybody has had enough, or the run is over."""
        how = {"urgent": self._has("urgent"), "by_phone": self._has("by_phone")}
        if not await self._try(self.case.file(**how)):
            return
        for _ in range(MOST_LOOKS):
            if over.is_set() or not await self._step():
                return
            await asyncio.sleep(self._chance.uniform(0.2, 1.0))

    async def _step(self) -> bool:
        """Do what comes next; whether there is more to come."""
        ticket = await self._try(self.case.look())
        if not ticket:
            return True
        match ticket["status"]:
            case "CLOSED" | "CANCELLED" | "REVIEW":
                return False
            case status if status in self._ends:
                return False
            case "MATCHING":
                await self._in_matching(ticket)
            case "SCHEDULED" | "IN_PROGRESS":
                await self._in_the_field(ticket)
            case "COMPLETED":
                await self._afterwards()
        return True

    async def _in_matching(self, ticket: Any) -> None:
        visit = open_visit(ticket)
        if visit is None:
            return
        if self._has("cancels_early"):
            await self._try(self.case.say("cancel", {"reason": "It works again."}))
        elif self._has("other_day_first"):
            await self._offer_the_wrong_day(visit)
        elif self._has("by_hand"):
            hours = self._chance.randrange(9)
            await self._try(self.case.assign(visit, self._experts, hours))
        else:
            self._experts += 1
            rivals = self._chance.randrange(1, 3)
            offers = (self.case.propose(visit, self._experts + n) for n in range(rivals))
            await asyncio.gather(*(self._try(offer) for offer in offers))

    async def _offer_the_wrong_day(self, visit: Any) -> None:
        """An offer that meets no time of the customer's waits, and may be changed meanwhile."""
        offer = await self._try(self.case.propose(visit, self._experts, self.case.day + 3))
        if offer and self._has("narrows"):
            await self._try(self.case.narrow(offer))
        if offer and self._has("withdraws"):
            await self._try(self.case.withdraw(offer))

    async def _in_the_field(self, ticket: Any) -> None:
        visit = staffed_visit(ticket)
        if visit is None and is_asked_about(ticket):
            action = self._chance.choice(("replace", "reschedule"))
            await self._try(self.case.resolve(action))
            return
        if visit is None:
            return
        if visit["state"] == "SCHEDULED" and self._has("changes_slots"):
            await self._try(self.case.change_slots(self.case.day + 1))
        elif visit["state"] == "SCHEDULED" and self._has("leaves_after_all"):
            await self._leave(visit)
        elif visit["state"] == "SCHEDULED" and self._has("cancels_late"):
            await self._try(self.case.say("cancel", {"reason": "Never mind."}, who=STAFF))
        else:
            await self._try(self.case.report(visit))

    async def _leave(self, visit: Any) -> None:
        offers = await self._try(self.case.proposals(visit)) or []
        for offer in offers:
            if offer["state"] == "SELECTED":
                await self._try(self.case.withdraw(offer))

    async def _afterwards(self) -> None:
        if self._has("reopens"):
            body = {"slots": self.case.slots, "reason": "It hums again."}
            await self._try(self.case.say("reopen", body))
        else:
            await self._try(self.case.say("confirm"))

    async def _try(self, asked: Any) -> Any:
        """The answer; None for whoever was refused or left. The next one looks for themselves."""
        try:
            return await asked
        except (Gone, Refused):
            return None

    def _falls(self, share: int) -> bool:
        return self._chance.randrange(100) < share

    def _has(self, adventure: str) -> bool:
        """Whether it is to befall the ticket now; each does once."""
        found = adventure in self._to_come
        self._to_come.discard(adventure)
        return found
