"""A run: a house, people, faults, and what is left of it all."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psycopg

from temporal.failpoints import Failpoint
from temporal.links import VisitLinks
from tests.chaos.clients import Clients
from tests.chaos.failpoints import Listener
from tests.chaos.faults import Weather, befall, length, schedule
from tests.chaos.history import History
from tests.chaos.kills import Kills
from tests.chaos.lives import Life
from tests.chaos.post import Post
from tests.chaos.rows import ticket_of
from tests.chaos.stand import Stand, stand
from tests.chaos.stories import POINTS
from tests.chaos.verdict import Verdicts, verdicts

BYSTANDERS = 10
"""One in so many tickets lives while failpoints kill, the others in the mixed weather."""
LAST_WORDS, FEW_WORDS = 10.0, 4.0
"""Seconds after the last fault in which people may still say something, and in a short run."""


@dataclass(frozen=True)
class Order:
    """What a run is to be. `least` is how often each failpoint must have killed; `only` names the
    failpoints, where it is not all of them."""

    seed: int
    kills: int
    tickets: int
    faults: int
    folder: Path
    least: int = 3
    weather: Weather = field(default_factory=Weather)
    only: tuple[Failpoint, ...] = POINTS


@dataclass
class Outcome:
    """What a run was."""

    kills: Counter[tuple[str, str]]
    hits: Counter[str]
    missed: list[str]
    faults: Counter[tuple[str, str]]
    history: History
    verdicts: Verdicts
    lives: int


async def run(order: Order) -> Outcome:
    """Both phases on one house, then the checks."""
    order.folder.mkdir(parents=True, exist_ok=True)
    history = History(order.folder / "history.jsonl")
    history.note("run", seed=order.seed, kills=order.kills, faults=order.faults)
    with Post() as post, TemporaryDirectory(prefix="chaos-") as short:
        # A socket's path may have a hundred characters.
        socket = Path(short) / "failpoints"
        extra = {**post.environment(), "FAILPOINTS": str(socket)}
        async with stand(order.folder / "house", history, extra) as house:
            links = VisitLinks(house.home.secret("link"))
            clients = Clients(house.api_url, house.issuer, history, links)
            async with _listening(house, socket) as listener:
                outcome = await _both(order, house, listener, clients, history)
            patient = order.least > 0
            outcome.verdicts |= await verdicts(house, post, clients, history, patient=patient)
            await clients.close()
    history.note("verdicts", **{name: found for name, (_, found) in outcome.verdicts.items()})
    history.close()
    return outcome


async def _both(
    order: Order, house: Stand, listener: Listener, clients: Clients, history: History
) -> Outcome:
    await _impatient(clients)
    over = asyncio.Event()
    crowd = Crowd(clients, order.seed, over)
    kills = Kills(house, listener, clients, history, order.seed, order.only)
    progress = asyncio.create_task(_progress(history, kills, crowd))
    some = order.tickets // BYSTANDERS if order.faults else order.tickets
    if order.kills:
        begun = crowd.enter(0, some, over=order.kills * 1.5)
        await kills.play(order.kills, order.least)
        begun.cancel()
    faults = schedule(order.seed, order.faults, order.weather)
    entered = crowd.enter(crowd.entered, order.tickets, over=0.9 * length(faults))
    done = await befall(house, faults, history)
    await entered
    await crowd.leave(LAST_WORDS if order.least else FEW_WORDS, over)
    await kills.leave()
    progress.cancel()
    return Outcome(listener.kills, listener.hits, kills.missed, done, history, {}, len(crowd.lives))


class Crowd:
    """Everybody who has a ticket: they come one after the other, and go when they are done."""

    def __init__(self, clients: Clients, seed: int, over: asyncio.Event) -> None:
        self._clients, self._seed, self._over = clients, seed, over
        self.lives: list[asyncio.Task[None]] = []
        self.stumbles: list[str] = []

    @property
    def entered(self) -> int:
        """How many came so far."""
        return len(self.lives)

    def enter(self, first: int, last: int, over: float) -> "asyncio.Task[None]":
        """Tickets from the first number to before the last, spread over so many seconds."""
        return asyncio.create_task(self._enter(first, last, over / max(1, last - first)))

    async def _enter(self, first: int, last: int, mean: float) -> None:
        chance = Random(f"{self._seed}/crowd/{first}")
        for number in range(first, last):
            life = Life(self._clients, number, self._seed)
            self.lives.append(asyncio.create_task(life.live(self._over)))
            await asyncio.sleep(chance.uniform(0.0, 2 * mean))

    async def leave(self, patience: float, over: asyncio.Event) -> None:
        """Let them finish; who is not done after `patience` seconds says nothing more."""
        if self.lives:
            await asyncio.wait(self.lives, timeout=patience)
        over.set()
        _, still = await asyncio.wait(self.lives, timeout=5) if self.lives else (0, set())
        for life in still:
            life.cancel()
        ends = await asyncio.gather(*self.lives, return_exceptions=True)
        self.stumbles += [repr(end) for end in ends if isinstance(end, Exception)]


async def _impatient(clients: Clients) -> None:
    """Nobody waits long until the helpdesk is asked about an urgent ticket. Of one, a report may be
    taken back for a while, and its bill waits for that."""
    for name, value in (("pending_timeout", "PT1S"), ("correction_window", "PT30S")):
        await clients.ask("admin", "PUT", f"/policies/urgent/{name}", {"value": value})


async def _progress(history: History, kills: Kills, crowd: Crowd) -> None:
    while True:
        await asyncio.sleep(10)
        live = sum(not life.done() for life in crowd.lives)
        print(
            f"[{history.now():6.1f}s] {kills.done} kills, {len(history.outages)} outages, "
            f"{crowd.entered} tickets of people ({live} live), {len(history.calls)} calls",
            flush=True,
        )


@asynccontextmanager
async def _listening(house: Stand, socket: Path) -> AsyncIterator[Listener]:
    async def whose(subject: str) -> str | None:
        try:
            async with asyncio.timeout(2):
                return await ticket_of(house.postgres.url, subject)
        except (TimeoutError, psycopg.OperationalError):
            return None

    listener = Listener(socket, house.kill, whose)
    await listener.start()
    try:
        yield listener
    finally:
        await listener.stop()
