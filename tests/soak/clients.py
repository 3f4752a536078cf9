"""The load: people who come at their own pace, however the house is, and ask until they know."""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from tests.soak.afterwards import Afterwards, Promised
from tests.soak.callers import PAUSES, Asked, Caller
from tests.soak.errands import Errand, errand
from tests.soak.history import Act, Op, Outcome, SoakHistory
from workers.stack.issuer import Issuer

REMEMBERED = 500
"""How many of the newest tickets are looked at."""


class Load:
    """Everybody who files, reads, gives up and reports. Both APIs are known to all; whoever gets no
    answer of one asks the other, under the same key."""

    def __init__(
        self, urls: Mapping[str, str], issuer: Issuer, history: SoakHistory, seed: int
    ) -> None:
        self._seed, self._names = seed, tuple(urls)
        self._caller = Caller(urls, issuer, history)
        self._today = datetime.now(UTC)
        self._known: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)
        self._under_way: set[asyncio.Task[None]] = set()
        self._enough = asyncio.Event()
        self.promised = Promised()
        self._afterwards = Afterwards(self._caller, self.promised, self._enough)
        self.filed = 0
        """How many errands were begun."""

    async def keep(self, rate: float, until: asyncio.Event) -> None:
        """Let them come, `rate` a second on average, at drawn moments, until it is set."""
        loop = asyncio.get_running_loop()
        chance = Random(f"{self._seed}/arrivals/{self.filed}")
        due = loop.time()
        while not until.is_set():
            due += chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._begin(errand(self._seed, self.filed, self._today))
            self.filed += 1

    async def leave(self, patience: float) -> None:
        """Those who know nothing yet go on asking for so many seconds; then they are gone."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=patience)
        self._enough.set()
        await asyncio.gather(*self._under_way)

    async def close(self) -> None:
        """Everybody hangs up."""
        await self._caller.close()

    async def once(self, told: Errand, api: str, turn: int, body: Any, digest: str) -> Op:
        """File a ticket with such words at one API, once."""
        op, _ = await self._caller.once(_filing(told, body, digest), api, turn)
        return op

    def _begin(self, told: Errand) -> None:
        task = asyncio.create_task(self._live(told))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _live(self, told: Errand) -> None:
        filing = [self._file(told)]
        if told.twice:
            # A doubled delivery reaches the other API at the same moment.
            filing.append(self._file(told, of=1))
        ticket, *_ = await asyncio.gather(*filing)
        if ticket is None:
            return
        if told.other_words:
            await self._reuse(told)
        if told.reads and self._known:
            await self._read(*self._known[Random(told.key).randrange(len(self._known))])
        await self._afterwards.live(told, ticket)

    async def _file(self, told: Errand, of: int = 0) -> str | None:
        asked = _filing(told, told.body, told.digest)
        op = await self._caller.known(asked, told.first_api + of, self._enough)
        if op is None:
            return None
        assert op.ticket_id is not None, "a receipt has an id"
        self._known.append((told.who, op.ticket_id))
        self.promised.accepted.add(op.ticket_id)
        return op.ticket_id

    async def _reuse(self, told: Errand) -> None:
        """The same key with other words is refused; asked again with the first words, it is the
        first ticket."""
        body, digest = told.other()
        for turn in range(len(PAUSES)):
            op = await self.once(told, self._names[told.first_api], turn, body, digest)
            if op.outcome is not Outcome.INFO:
                break
            await asyncio.sleep(PAUSES[turn])
        await self._file(told)

    async def _read(self, who: str, ticket: str) -> None:
        chance = Random(f"{ticket}/{self.filed}")
        asked = Asked(Act.READ, who, ticket, "GET", f"/tickets/{ticket}", ticket_id=ticket)
        await self._caller.once(asked, self._names[chance.randrange(len(self._names))])


def _filing(told: Errand, body: Any, digest: str) -> Asked:
    return Asked(Act.FILE, told.who, told.key, "POST", "/tickets", body, digest)
