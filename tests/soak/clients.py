"""The load: people who come at their own pace, however the house is, and ask until they know."""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx2

from tests.soak.errands import Errand, errand
from tests.soak.history import TOO_MANY, Act, Op, Outcome, SoakHistory, outcome_of
from workers.stack.issuer import Issuer

PATIENCE = 5.0
"""Seconds that an app waits for an answer before it asks the other API."""
PAUSES = (0.1, 0.5, 1.0, 2.0)
"""Seconds before the second try, the third and so on; the last for ever."""
REMEMBERED = 500
"""How many of the newest tickets are looked at."""


class Load:
    """Everybody who files and reads. Both APIs are known to all; whoever gets no answer of one asks
    the other, under the same key."""

    def __init__(
        self, urls: Mapping[str, str], issuer: Issuer, history: SoakHistory, seed: int
    ) -> None:
        self._history, self._issuer, self._seed = history, issuer, seed
        self._names = tuple(urls)
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=40)
        self._http = {
            name: httpx2.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits, trust_env=False)
            for name, url in urls.items()
        }
        self._tokens: dict[str, str] = {}
        self._today = datetime.now(UTC)
        self._known: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)
        self._under_way: set[asyncio.Task[None]] = set()
        self._enough = asyncio.Event()
        self.accepted: set[str] = set()
        """The tickets that somebody was told are safe."""
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
        for http in self._http.values():
            await http.aclose()

    async def once(
        self, told: Errand, api: str, turn: int, body: Any = None, digest: str | None = None
    ) -> Op:
        """File a ticket at one API, once."""
        asked = ("POST", "/tickets", told.body if body is None else body)
        return await self._op(Act.FILE, told.who, told.key, digest or told.digest, api, turn, asked)

    async def look(self, who: str, ticket: str, api: str) -> Op:
        """Read a ticket at one API, once."""
        asked = ("GET", f"/tickets/{ticket}", None)
        return await self._op(Act.READ, who, ticket, "", api, 0, asked)

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

    async def _file(self, told: Errand, of: int = 0) -> str | None:
        turn = 0
        while True:
            api = self._names[(told.first_api + of + turn) % len(self._names)]
            op = await self.once(told, api, turn)
            if op.outcome is Outcome.OK:
                assert op.ticket_id is not None, "a receipt has an id"
                self._known.append((told.who, op.ticket_id))
                self.accepted.add(op.ticket_id)
                return op.ticket_id
            if self._enough.is_set():
                return None
            if op.outcome is Outcome.FAIL and op.status != TOO_MANY:
                return None
            await asyncio.sleep(PAUSES[min(turn, len(PAUSES) - 1)])
            turn += 1

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
        await self.look(who, ticket, self._names[chance.randrange(len(self._names))])

    async def _op(
        self,
        act: Act,
        who: str,
        key: str,
        digest: str,
        api: str,
        turn: int,
        asked: tuple[str, str, Any],
    ) -> Op:
        method, path, body = asked
        headers = {"Authorization": f"Bearer {self._token(who)}"}
        if act is Act.FILE:
            headers["Idempotency-Key"] = key
        at, status, code, error, ticket = self._history.now(), None, None, None, None
        wait: str | None = None
        try:
            sent = self._http[api].request(method, f"/v1{path}", json=body, headers=headers)
            # A server that is frozen takes bytes and gives none, which no timeout of a read bounds.
            async with asyncio.timeout(PATIENCE):
                answer = await sent
            status, wait = answer.status_code, answer.headers.get("Retry-After")
            said = answer.json()
            ticket, code = said.get("id"), said.get("code")
        except (httpx2.TransportError, TimeoutError) as broken:
            error = type(broken).__name__
        took = self._history.now() - at
        op = Op(
            *(at, took, api, act, who, key, turn, digest, outcome_of(status)),
            status=status,
            code=code,
            error=error,
            ticket_id=ticket if act is Act.FILE and code is None else None,
            retry_after=float(wait) if wait else None,
        )
        self._history.did(op)
        return op

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            self._tokens[who] = self._issuer.token("customer", who)
        return self._tokens[who]
