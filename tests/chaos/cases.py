"""One ticket, and the people who have to do with it."""

import asyncio
import hashlib
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from models.identity import ticket_id
from tests.chaos.clients import Clients, File, Gone, drawn_key
from tests.house import FRIDGE, REFERENCE, days
from tests.town import SKILL, Town

TOWNS = [Town(zone.code) for zone in REFERENCE.zones]
"""Where tickets come from."""
STAFF = "helpdesk"
DONE = {"report": {"notes": "Done."}}
SAID: Mapping[str, Any] = {"completed": DONE, "need_more_time": {"minutes": 15}}
"""What a report says that stands in place of another of its kind."""
NEXT_REPORT = {
    "SCHEDULED": "en_route",
    "EN_ROUTE": "on_site",
    "ON_SITE": "started",
    "IN_PROGRESS": "completed",
}
"""What the expert of a visit reports next."""


class Case:
    """The ticket of a number: its number says where and when, its chance says the rest.

    Args:
        leaving: how many in a hundred never come back after an answer that is unknown to them.
    """

    def __init__(self, clients: Clients, number: int, chance: Random, leaving: int = 0) -> None:
        self._clients, self._chance, self._leaving = clients, chance, leaving
        self.town = TOWNS[number % len(TOWNS)]
        self.day = 2 + number // len(TOWNS) % 50
        self.slots = days(self.day, 1)
        self._key = drawn_key(chance)
        self._filer = self.town.me
        self.ticket_id = ticket_id(self.town.customer.id, self._key)
        self.last_report = "", ""

    async def file(self, urgent: bool = False, by_phone: bool = False, **how: Any) -> Any:
        """The customer files it, or the helpdesk for them."""
        body: dict[str, Any] = {"description": "It hums and does not cool.", "model_id": FRIDGE}
        body["slots"] = self.slots
        if urgent:
            body |= {"urgency": "urgent", "accept_fee": True}
        if by_phone:
            body |= {"channel": "phone", "on_behalf_of": self.town.customer.id}
            self._filer = STAFF
            self.ticket_id = ticket_id("usr_helpdesk", self._key)
        return await self.ask(self._filer, "POST", "/tickets", body, key=self._key, **how)

    async def look(self, **how: Any) -> Any:
        """The whole ticket, as the helpdesk sees it."""
        path = f"/tickets/{self.ticket_id}"
        return await self._clients.ask(STAFF, "GET", path, **how)

    async def until(self, wanted: Callable[[Any], Any], seconds: float = 60.0) -> Any:
        """What `wanted` finds in the ticket, as soon as it finds something.

        Raises:
            Gone: it was not within `seconds`.
        """
        deadline, pause = time.monotonic() + seconds, 0.1
        while time.monotonic() < deadline:
            seen = await self.look(patience=seconds)
            if found := wanted(seen):
                return found
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, 1.0)
        raise Gone

    async def propose(self, visit: Any, expert: int = 0, day: int | None = None, **how: Any) -> Any:
        """An expert of the town offers a day."""
        windows = days(self.day if day is None else day, 1)
        path = f"/visits/{visit['id']}/proposals"
        return await self.ask(self.expert(expert), "POST", path, {"windows": windows}, **how)

    async def report(
        self, visit: Any, kind: str | None = None, reason: str | None = None, **how: Any
    ) -> Any:
        """The expert of a visit reports what comes next, or why it does not."""
        kind = kind or NEXT_REPORT[visit["state"]]
        said = {
            **(DONE if kind == "completed" else {}),
            **({"reason": reason} if reason else {}),
        }
        return await self.report_of(visit, kind, said, **how)

    async def report_of(self, visit: Any, kind: str, said: Any, **how: Any) -> Any:
        """The expert of a visit reports something."""
        event = self.event(kind, said)
        self.last_report = event["client_event_id"], kind
        who = f"expert:{crew(visit)[0]['expert_id']}"
        return await self.ask(who, "POST", f"/visits/{visit['id']}/events", event, **how)

    async def correct(self, visit: Any, **how: Any) -> Any:
        """The expert of a visit takes back what they reported last: a mistaken tap."""
        known, kind = self.last_report
        said = {"corrects": known, **SAID.get(kind, {})}
        who, event = f"expert:{crew(visit)[0]['expert_id']}", self.event(kind, said)
        return await self.ask(who, "POST", f"/visits/{visit['id']}/events", event, **how)

    async def batch(self, visit: Any, expert_id: str, kinds: Sequence[str], **how: Any) -> Any:
        """An expert's phone sends all that it kept, the last first."""
        events = [
            {**self.event(kind, DONE if kind == "completed" else {}), "visit_id": visit["id"]}
            for kind in kinds
        ]
        body = {"events": events[::-1], "sent_at": datetime.now(UTC).isoformat()}
        return await self.ask(f"expert:{expert_id}", "POST", "/visits/events:batch", body, **how)

    def event(self, kind: str, said: Any) -> dict[str, Any]:
        """A report as a phone writes it."""
        return {
            "client_event_id": str(uuid.UUID(int=self._chance.getrandbits(128))),
            "type": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
            **said,
        }

    async def say(self, word: str, body: Any = None, who: str = "", **how: Any) -> Any:
        """The customer says something to the ticket: cancel, confirm, reopen."""
        path = f"/tickets/{self.ticket_id}/{word}"
        return await self.ask(who or self.town.me, "POST", path, body or {}, **how)

    async def resolve(self, action: str, **how: Any) -> Any:
        """The helpdesk decides what it is asked, by the first that is possible."""
        asked = await self.until(question)
        path = f"/escalations/{asked['id']}/resolve"
        return await self.ask(STAFF, "POST", path, {"action": action}, **how)

    async def add_after(self, visit: Any, **how: Any) -> Any:
        """The helpdesk adds a visit that must follow another."""
        body = {
            "minutes": 60,
            "positions": [{"skill": SKILL}],
            "after": [{"visit_id": visit["id"]}],
        }
        path = f"/tickets/{self.ticket_id}/visits"
        return await self.ask(STAFF, "POST", path, body, **how)

    async def move(self, visit: Any, day: int, who: str = "", **how: Any) -> Any:
        """The customer, or the helpdesk for them, wants a visit on another day."""
        self.day, self.slots = day, days(day, 1)
        body: dict[str, Any] = {"slots": self.slots}
        if who == STAFF:
            body["reason"] = "They are travelling."
        path = f"/visits/{visit['id']}/reschedule"
        return await self.ask(who or self.town.me, "POST", path, body, **how)

    async def choose_by_link(self, visit: Any, day: int, **how: Any) -> Any:
        """The customer names another day by the link in a message."""
        here = ZoneInfo(self.town.customer.tz)
        self.day, self.slots = day, days(day, 1)
        since, until = (
            datetime.fromisoformat(self.slots[0][end]).astimezone(here) for end in ("start", "end")
        )
        form = {
            "form_id": uuid.UUID(int=self._chance.getrandbits(128)).hex,
            "day1": since.date().isoformat(),
            "from1": f"{since:%H:%M}",
            "to1": f"{until:%H:%M}" if until.date() == since.date() else "23:45",
        }
        link = self._clients.times_link(self.ticket_id, visit["id"])
        return await self.ask(self.town.me, "POST", link, form, **how)

    async def bring(self, visit: Any, expert_id: str, paper: bytes, **how: Any) -> Any:
        """An expert brings a file that their report names."""
        path = f"/visits/{visit['id']}/files/{hashlib.sha256(paper).hexdigest()}"
        body = File(paper, "application/pdf")
        return await self.ask(f"expert:{expert_id}", "PUT", path, body, **how)

    async def share_position(self, expert: int, **how: Any) -> Any:
        """An expert lets us know where they are."""
        path = "/experts/me/position-sharing"
        return await self.ask(self.expert(expert), "PUT", path, {"on": True}, **how)

    async def be_at(self, expert: int, **how: Any) -> Any:
        """An expert's phone says where it is."""
        at = {"lat": 52.5, "lng": 13.4, "at": datetime.now(UTC).isoformat()}
        return await self.ask(self.expert(expert), "PUT", "/experts/me/position", at, **how)

    async def switch(self, **how: Any) -> Any:
        """An admin switches a flag that nobody else goes by."""
        body = {"on": self._chance.random() < 0.5, "reason": "To see whether it lasts."}
        return await self.ask("admin", "PUT", f"/flags/integration.{self._key}", body, **how)

    async def change_slots(self, day: int, **how: Any) -> Any:
        """The customer has time on another day."""
        self.day, self.slots = day, days(day, 1)
        path = f"/tickets/{self.ticket_id}/slots"
        return await self.ask(self.town.me, "PUT", path, {"slots": self.slots}, **how)

    async def assign(self, visit: Any, expert: int, hours: int, **how: Any) -> Any:
        """The helpdesk sends somebody, so many hours into the customer's day."""
        start = datetime.fromisoformat(self.slots[0]["start"]) + timedelta(hours=hours)
        body = {
            "expert_id": self.expert(expert).partition(":")[2],
            "start": start.isoformat(),
            "position": 0,
            "reason": "They asked for this one.",
        }
        return await self.ask(STAFF, "POST", f"/visits/{visit['id']}/assignments", body, **how)

    async def narrow(self, proposal: Any, **how: Any) -> Any:
        """An expert offers half a day of what they offered."""
        [window] = proposal["windows"]
        start = datetime.fromisoformat(window["start"]) + timedelta(hours=4)
        body = {"windows": [{**window, "start": start.isoformat()}]}
        who, path = f"expert:{proposal['expert_id']}", f"/proposals/{proposal['id']}"
        return await self.ask(who, "PATCH", path, body, **how)

    async def withdraw(self, proposal: Any, **how: Any) -> Any:
        """An expert takes an offer back."""
        who, path = f"expert:{proposal['expert_id']}", f"/proposals/{proposal['id']}"
        return await self.ask(who, "DELETE", path, **how)

    async def proposals(self, visit: Any) -> list[Any]:
        """What experts offered, as the helpdesk sees it."""
        path = f"/visits/{visit['id']}/proposals"
        return list((await self._clients.ask(STAFF, "GET", path))["items"])

    def expert(self, number: int) -> str:
        """One of those of the town who can do it."""
        able = self.town.skilled
        return f"expert:{able[number % len(able)].id}"

    async def ask(
        self, who: str, method: str, path: str, body: Any = None, key: str | None = None, **how: Any
    ) -> Any:
        """A command under a key; some never come back for the answer."""
        key = key or drawn_key(self._chance)
        how.setdefault("comes_back", self._chance.randrange(100) >= self._leaving)
        return await self._clients.ask(who, method, path, body, key=key, **how)


def open_visit(ticket: Any) -> Any:
    """The visit that waits for an expert, if one does and may be proposed for."""
    if ticket["status"] != "MATCHING":
        return None
    return next((v for v in ticket["visits"] if v["state"] == "OPEN"), None)


def staffed_visit(ticket: Any) -> Any:
    """The visit whose expert has something to report, if there is one."""
    ready = (v for v in ticket["visits"] if v["state"] in NEXT_REPORT and crew(v))
    return next(ready, None)


def rang() -> dict[str, Any]:
    """What somebody tells who stands before a closed door."""
    return {"contact_attempts": [{"channel": "bell", "at": datetime.now(UTC).isoformat()}]}


def crew(visit: Any) -> list[Any]:
    """Who is booked."""
    return [a for a in visit["assignments"] if a["state"] not in ("RELEASED", "CANNOT_ARRIVE")]


def question(ticket: Any) -> Any:
    """What the helpdesk is asked of it."""
    asked = (e for e in ticket["escalations"] if e["state"] in ("OPEN", "CLAIMED"))
    return next(asked, None)


def is_asked_about(ticket: Any) -> bool:
    """Whether somebody at the helpdesk is asked about it."""
    return any(e["state"] in ("OPEN", "CLAIMED") for e in ticket["escalations"])
