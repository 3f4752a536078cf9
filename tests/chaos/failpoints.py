"""The listener at the socket of the failpoints: it hears where every process is, and lets it go on
at once unless a plan is made for this place and ticket. Then the victims die first."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from temporal.ids import ticket_of

TicketOf = Callable[[str], Awaitable[str | None]]
"""The ticket of a subject: of an escalation, a notification. None if that is not known."""
Kill = Callable[[tuple[str, ...]], Awaitable[None]]
Named = Callable[[int], str | None]
"""The program that a process is."""


@dataclass(eq=False)
class Plan:
    """That somebody dies the next `times` that a point is reached by a ticket, or by any. Without
    `victims` it is whoever comes by."""

    point: str
    victims: tuple[str, ...]
    ticket_id: str | None
    times: int = 1
    fired: int = 0
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def spent(self) -> bool:
        """Whether nobody is to die by it any more."""
        return self.fired >= self.times

    async def firing(self, count: int, patience: float) -> bool:
        """Wait until it has fired so often; whether it did within `patience` seconds."""
        try:
            async with asyncio.timeout(patience):
                while self.fired < count:
                    self.moved.clear()
                    await self.moved.wait()
        except TimeoutError:
            pass
        return self.fired >= count


class Listener:
    """A Unix socket that processes ask at. `hits` counts who came by, `kills` who died where."""

    def __init__(
        self, socket: Path, kill: Kill, ticket_of: TicketOf, named: Named = lambda _: None
    ) -> None:
        self.socket = socket
        self.hits: Counter[str] = Counter()
        self.kills: Counter[tuple[str, str]] = Counter()
        self._plans: list[Plan] = []
        self._kill = kill
        self._ticket_of, self._named = ticket_of, named
        self._server: asyncio.Server | None = None
        self._asking: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen from now on."""
        self._server = await asyncio.start_unix_server(self._asked, str(self.socket), backlog=256)

    async def stop(self) -> None:
        """Whoever asks from now on goes on by itself."""
        if self._server is not None:
            self._server.close()
        for writer in self._asking:
            writer.transport.abort()
        self.socket.unlink(missing_ok=True)
        await asyncio.sleep(0)

    def arm(self, plan: Plan) -> Plan:
        """Have somebody die."""
        self._plans.append(plan)
        return plan

    def disarm(self, plan: Plan) -> None:
        """Let everybody pass again."""
        if plan in self._plans:
            self._plans.remove(plan)

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._asking.add(writer)
        try:
            point, pid, subject = (await reader.readline()).decode().split(" ", 2)
            self.hits[point] += 1
            if plan := await self._plan_for(point, subject.strip()):
                await self._fire(plan, int(pid))
        except (OSError, ValueError):
            pass
        finally:
            writer.close()
            self._asking.discard(writer)

    async def _plan_for(self, point: str, subject: str) -> Plan | None:
        waiting = [p for p in self._plans if p.point == point and not p.spent]
        if not waiting:
            return None
        ticket_id = _ticket_in(subject) or await self._ticket_of(subject)
        for plan in waiting:
            if not plan.spent and (ticket_id is None or plan.ticket_id in (None, ticket_id)):
                return plan
        return None

    async def _fire(self, plan: Plan, pid: int) -> None:
        victims = plan.victims or tuple(filter(None, (self._named(pid),)))
        if not victims:
            return
        plan.fired += 1
        self.kills[plan.point, "+".join(victims)] += 1
        await self._kill(victims)
        plan.moved.set()


def _ticket_in(subject: str) -> str | None:
    """The ticket that the id of a ticket, or of one of its workflows, speaks of."""
    if subject.startswith("ticket-"):
        return ticket_of(subject)
    return subject if subject.startswith("tkt_") else None
