"""Map servers one after the other, and the great circle at the end (docs/rules/routes.md, Travel
times)."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from time import monotonic

import structlog

from activities.breaker import Breaker
from activities.gateways.travel import MapServer, Table, TravelUnavailable
from activities.gateways.travel.remembering import Remembered
from models.geography import Spot
from models.people.travel import Leg, Trip, Ways, can_be_asked, reckoned
from models.status import FINE, PartState, Seen, last_heard

PATIENCE = 1.0
"""Seconds that one server has for an answer, its last byte included."""

Keep = Callable[[Sequence[tuple[Leg, Trip]]], None]

log = structlog.get_logger()


class _Link:
    """A server with what this process has seen of it."""

    def __init__(self, number: int, server: MapServer) -> None:
        self.number, self.server = number, server
        self.breaker, self.remembered = Breaker(), Remembered()
        self.asked: Sequence[Spot] = ()

    def trip(self, a: Spot, b: Spot, now: datetime) -> Trip | None:
        lasts = self.remembered.way(a, b, now)
        if lasts is None:
            return None
        return Trip(lasts=lasts, source=self.server.source, server=self.number)


class TravelChain:
    """Who is asked how long ways take. Every figure says who it is from: the first server of the
    chain that knows, else the great circle. For one event loop; any thread may ask what is
    `known`.

    Where a place is known to its postcode or city alone no map can say more, so the way there is
    reckoned; between two stops at one address there is none.
    """

    def __init__(
        self,
        servers: Sequence[MapServer],
        clock: Callable[[], datetime],
        primary_is_on: Callable[[], bool] = lambda: True,
        patience: float = PATIENCE,
        keep: Keep | None = None,
    ) -> None:
        """Build the chain; nobody is asked yet.

        Args:
            servers: in the order in which they are asked.
            clock: what time it is, for breakers and memories.
            primary_is_on: whether the first server is asked and believed, looked at every time.
            patience: seconds that each has to answer.
            keep: writes down what a server answered, for other processes and for later. It may
                block, and fail; nobody waits for it.
        """
        self._links = [_Link(number, server) for number, server in enumerate(servers, 1)]
        self._clock, self._primary_is_on, self._patience = clock, primary_is_on, patience
        self._keep, self._keeping = keep, set[asyncio.Task[None]]()

    async def between(self, spots: Sequence[Spot], seconds: float) -> Ways:
        """The ways between places, a row from each: what is remembered, else asked for, for so many
        seconds in all at the most. It never fails."""
        exact = list(dict.fromkeys(spot for spot in spots if spot.is_exact))
        until = monotonic() + seconds
        for link in self._in_use():
            if not self._lack(exact):
                break
            await self._ask(link, exact, until - monotonic())
        return [[self.known(a, b) for b in spots] for a in spots]

    def known(self, a: Spot, b: Spot) -> Trip:
        """The way from one place to another, as far as is known without asking anybody: it waits
        for nothing."""
        reckon = reckoned(a, b)
        if not reckon.lasts or not (a.is_exact and b.is_exact):
            return reckon
        now = self._clock()
        found = (link.trip(a, b, now) for link in self._in_use())
        return next((trip for trip in found if trip is not None), reckon)

    @property
    def is_down(self) -> bool:
        """Whether there are servers in use, and every one of them counts as down."""
        links = self._in_use()
        return bool(links) and all(link.breaker.is_open for link in links)

    def seen(self) -> Seen:
        """Whether the servers in use answer, for whoever tells how the house does."""
        answers = [link.breaker.answered_at for link in self._in_use()]
        if not answers:
            return FINE
        if self.is_down:
            return Seen(PartState.AWAY)
        return last_heard(max((at for at in answers if at is not None), default=None))

    async def look_again(self) -> None:
        """Ask servers that count as down for what they did not answer, in case nobody else asks:
        how else would it be known that they are back? Each as seldom as its breaker wants."""
        for link in self._in_use():
            if link.breaker.is_open:
                await self._ask(link, link.asked, self._patience)

    async def close(self) -> None:
        """Let every connection go, when what was answered is written down."""
        await asyncio.gather(*self._keeping)
        for link in self._links:
            await link.server.close()

    def _in_use(self) -> Sequence[_Link]:
        return self._links if self._primary_is_on() else self._links[1:]

    def _lack(self, spots: Sequence[Spot]) -> bool:
        """Whether there is a way that no server in use has answered for."""
        now, links = self._clock(), self._in_use()
        return not all(
            any(link.remembered.knows(a, b, now) for link in links) for a, b in _pairs(spots)
        )

    async def _ask(self, link: _Link, spots: Sequence[Spot], seconds: float) -> None:
        """Have a server fill its memory, if it is there. One that was given less than its time and
        did not answer is not held to be down."""
        now = self._clock()
        if seconds <= 0 or not link.breaker.lets_through(now):
            return
        link.asked = spots
        try:
            async with asyncio.timeout(min(seconds, self._patience)):
                table = await link.server.table(spots)
        except TimeoutError:
            if seconds >= self._patience:
                self._failed(link, "timeout")
            return
        except TravelUnavailable as error:
            self._failed(link, error.reason)
            return
        link.breaker.heard(answered=True, now=self._clock())
        link.remembered.keep(spots, table, self._clock())
        if self._keep is not None:
            keeping = asyncio.create_task(_kept(self._keep, _said(link, spots, table)))
            self._keeping.add(keeping)
            keeping.add_done_callback(self._keeping.discard)

    def _failed(self, link: _Link, reason: str) -> None:
        link.breaker.heard(answered=False, now=self._clock())
        log.warning(
            "map_server_unavailable",
            server=link.number,
            source=link.server.source,
            reason=reason,
            down=link.breaker.is_open,
        )


def _said(link: _Link, spots: Sequence[Spot], table: Table) -> list[tuple[Leg, Trip]]:
    """What a server answered, but that there is no road."""
    return [
        ((a, b), Trip(lasts=way, source=link.server.source, server=link.number))
        for a, row in zip(spots, table, strict=True)
        for b, way in zip(spots, row, strict=True)
        if way is not None and can_be_asked(a, b)
    ]


async def _kept(keep: Keep, said: Sequence[tuple[Leg, Trip]]) -> None:
    """Courtesy to others: if it cannot be written down, whoever asked has their answer."""
    try:
        await asyncio.to_thread(keep, said)
    except Exception as error:
        log.warning("ways_not_kept", error=type(error).__name__)


def _pairs(spots: Sequence[Spot]) -> Iterable[tuple[Spot, Spot]]:
    return ((a, b) for a in spots for b in spots if a != b)
