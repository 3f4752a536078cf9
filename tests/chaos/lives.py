"""The life of a ticket among its customer, its experts and the helpdesk, each of whom looks how it
stands and does what comes next, whatever was lost before."""

import asyncio
from random import Random
from typing import Any

from tests.chaos.cases import (
    NEXT_REPORT,
    STAFF,
    Case,
    crew,
    is_asked_about,
    open_visit,
    question,
    rang,
    staffed_visit,
)
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
    "moves": 8,
    "moves_by_link": 6,
    "cannot_come": 12,
    "tapped_wrongly": 8,
    "without_coverage": 10,
    "shut_out": 10,
    "needs_time": 15,
    "leaves_undone": 10,
    "worked_in_vain": 50,
}
"""What may befall a ticket, and how many in a hundred it does."""
ENDS = {"MATCHING": 6, "SCHEDULED": 8, "COMPLETED": 15}
"""Where nobody does anything any more, and for how many in a hundred."""
DECIDED = {
    "CANNOT_ARRIVE": ("replace", "replace", "reschedule", "cancel_visit"),
    "CANNOT_ENTER": ("wait", "customer_coming", "reschedule", "cancel_visit"),
    "FOLLOW_UP_MISSING": ("close_as_it_is", "cancel"),
    "WORK_AFTER_CANCEL": ("pay_expert", "do_not_pay"),
}
"""What the helpdesk says to whom it may concern; else they send somebody, or have it matched anew.
"""
FIELD = tuple(NEXT_REPORT.values())
"""What a phone without coverage keeps of a visit."""


class Life:
    """Of the ticket with this number; the seed and the number decide all that people do."""

    def __init__(self, clients: Clients, number: int, seed: int, leaving: int = 20) -> None:
        self._chance = Random(f"{seed}/{number}")
        self._to_come = {a for a, share in ADVENTURES.items() if self._falls(share)}
        self._ends = {status for status, share in ENDS.items() if self._falls(share)}
        self._experts = self._chance.randrange(4)
        self._last: Any = None
        self._helped = False
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
            case "CANCELLED":
                return await self._in_vain(ticket)
            case "CLOSED" | "REVIEW":
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
            await self._decide(ticket)
        elif visit is not None and visit["state"] == "SCHEDULED":
            await self._before_the_day(visit)
        elif visit is not None:
            await self._on_the_day(visit)

    async def _decide(self, ticket: Any) -> None:
        """The helpdesk answers; the expert at a door may find it open meanwhile."""
        reason = question(ticket)["reason"]
        if reason == "CANNOT_ENTER" and self._falls(40):
            shut = next((v for v in ticket["visits"] if v["state"] == "BLOCKED" and crew(v)), None)
            if shut is not None:
                await self._try(self.case.report(shut, kind="started"))
                return
        action = self._chance.choice(DECIDED.get(reason, ("replace", "reschedule")))
        await self._try(self.case.resolve(action))

    async def _before_the_day(self, visit: Any) -> None:
        """What may come between the booking and the way there."""
        case, by_link = self.case, self._has("moves_by_link")
        if self._has("changes_slots"):
            await self._try(case.change_slots(case.day + 1))
        elif by_link:
            await self._try(case.choose_by_link(visit, case.day + 1))
        elif self._has("moves"):
            who = STAFF if self._falls(50) else case.town.me
            await self._try(case.move(visit, case.day + 1, who))
        elif self._has("cannot_come"):
            await self._try(case.report(visit, kind="cannot_arrive", reason="VEHICLE"))
        elif self._has("leaves_after_all"):
            await self._leave(visit)
        elif self._has("cancels_late"):
            self._last = visit
            await self._try(case.say("cancel", {"reason": "Never mind."}, who=STAFF))
        elif self._has("without_coverage"):
            await self._try(case.batch(visit, crew(visit)[0]["expert_id"], FIELD))
        else:
            await self._try(case.report(visit))

    async def _on_the_day(self, visit: Any) -> None:
        """What may come between the way there and the end."""
        state = visit["state"]
        if state == "EN_ROUTE" and self.case.last_report[1] and self._has("tapped_wrongly"):
            await self._try(self.case.correct(visit))
        elif state == "ON_SITE" and self._has("shut_out"):
            await self._try(self.case.report_of(visit, "cannot_enter", rang()))
        elif state == "IN_PROGRESS" and self._has("needs_time"):
            await self._try(self.case.report_of(visit, "need_more_time", {"minutes": 30}))
        elif state == "IN_PROGRESS" and self._has("leaves_undone"):
            more = {"reason": "OUT_OF_TIME", "follow_up": self._falls(70)}
            await self._try(self.case.report_of(visit, "incomplete", more))
        else:
            await self._try(self.case.report(visit))

    async def _in_vain(self, ticket: Any) -> bool:
        """An expert without coverage does not know that it was cancelled, and works; whether there
        is more to come."""
        visit, self._last = self._last, None
        if visit is not None and self._has("worked_in_vain"):
            kinds = ("started", "completed")
            said = self.case.batch(visit, crew(visit)[0]["expert_id"], kinds)
            self._helped = await self._try(said) is not None
        elif is_asked_about(ticket):
            await self._decide(ticket)
            return False
        return self._helped

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
