"""Map servers for whoever cannot wait for them (docs/rules/routes.md, Travel times)."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from activities.gateways.travel import MapServer
from activities.gateways.travel.chain import PATIENCE, Keep, TravelChain
from models.geography import Spot
from models.people.travel import Trip, Ways, reckoned
from models.status import Seen

FOR_ALL = 5.0
"""Seconds that a question may take in all, however many servers there are: nobody waits for it."""
MOST = 50
"""Questions under way. What is asked beyond that is reckoned."""


class KnownWays(Protocol):
    """Whoever knows, however well, how long ways take, and answers at once. For any thread."""

    @property
    def asks(self) -> bool:
        """Whether there is anybody who would be asked."""

    def known(self, a: Spot, b: Spot) -> Trip:
        """The way from one place to another, as far as is known without asking anybody."""

    def seek(self, spots: Sequence[Spot]) -> None:
        """Have the ways between places found out, for whoever asks in a while."""


class Reckoning:
    """Nobody is asked."""

    asks = False

    def known(self, a: Spot, b: Spot) -> Trip:
        """See the protocol."""
        return reckoned(a, b)

    def seek(self, spots: Sequence[Spot]) -> None:
        """See the protocol."""


RECKONING = Reckoning()


class Scout:
    """A `KnownWays` over a chain of map servers, which it asks in a thread of its own."""

    def __init__(
        self,
        servers: Sequence[MapServer],
        clock: Callable[[], datetime],
        primary_is_on: Callable[[], bool] = lambda: True,
        patience: float = PATIENCE,
        keep: Keep | None = None,
    ) -> None:
        """Begin; nobody is asked yet. The arguments are those of the chain."""
        self._chain = TravelChain(servers, clock, primary_is_on, patience, keep)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="scout", daemon=True)
        self._under_way: set[Future[Ways]] = set()
        self._looking: Future[None] | None = None
        self._asks = bool(servers)
        self._thread.start()

    @property
    def asks(self) -> bool:
        """See the protocol."""
        return self._asks

    def known(self, a: Spot, b: Spot) -> Trip:
        """See the protocol."""
        return self._chain.known(a, b)

    def seek(self, spots: Sequence[Spot]) -> None:
        """See the protocol."""
        if not self._asks or len(self._under_way) >= MOST:
            return
        asked = asyncio.run_coroutine_threadsafe(
            self._chain.between(tuple(spots), FOR_ALL), self._loop
        )
        self._under_way.add(asked)
        asked.add_done_callback(self._under_way.discard)

    def seen(self) -> Seen:
        """Whether the map servers answer, for whoever tells how the house does; those that count as
        down are asked once more behind it."""
        if self._chain.is_down and (not self._looking or self._looking.done()):
            self._looking = asyncio.run_coroutine_threadsafe(self._chain.look_again(), self._loop)
        return self._chain.seen()

    def close(self) -> None:
        """Ask nobody any more, and let every connection go."""
        self._asks = False
        for asked in tuple(self._under_way):
            asked.cancel()
        if self._looking is not None:
            self._looking.cancel()
        asyncio.run_coroutine_threadsafe(self._chain.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
