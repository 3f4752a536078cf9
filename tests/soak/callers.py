"""One call and what its caller knows afterwards; and asking again until it is known."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.soak.history import TOO_MANY, Act, Op, Outcome, SoakHistory, outcome_of
from workers.stack.issuer import Issuer

PATIENCE = 5.0
"""Seconds that an app waits for an answer before it asks the other API."""
PAUSES = (0.1, 0.5, 1.0, 2.0)
"""Seconds before the second try, the third and so on; the last for ever."""
YET_TO_COME = {"request-in-progress", "ticket-unknown", "visit-unknown"}
"""Refusals of what is said to a ticket that only another API has yet: they ask for patience."""
ROLES = {"cus": "customer", "exp": "expert"}
KEYED = {Act.FILE, Act.CANCEL, Act.PROPOSE}
"""What has its key in a header; a report has its name in its words."""


@dataclass(frozen=True)
class Asked:
    """What somebody asks for. `who` is a customer, an expert or a role; `ticket_id` the ticket that
    it is about, if there is one already."""

    act: Act
    who: str
    key: str
    method: str
    path: str
    body: Any = None
    digest: str = ""
    ticket_id: str | None = None


class Caller:
    """The line to all APIs of a house. Every try is a line of the history."""

    def __init__(self, urls: Mapping[str, str], issuer: Issuer, history: SoakHistory) -> None:
        self._history, self._issuer = history, issuer
        self.names = tuple(urls)
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=40)
        self._http = {
            name: httpx2.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits, trust_env=False)
            for name, url in urls.items()
        }
        self._tokens: dict[str, str] = {}

    async def close(self) -> None:
        """Everybody hangs up."""
        for http in self._http.values():
            await http.aclose()

    async def known(self, asked: Asked, first: int, enough: asyncio.Event) -> Op | None:
        """The call that was acknowledged, asked for at one API after the other; None if it was
        refused, or nobody knew when it was `enough`."""
        turn = 0
        while True:
            op, _ = await self.once(asked, self.names[(first + turn) % len(self.names)], turn)
            if op.outcome is Outcome.OK:
                return op
            if enough.is_set() or (op.outcome is Outcome.FAIL and not _asks_for_patience(op)):
                return None
            await asyncio.sleep(PAUSES[min(turn, len(PAUSES) - 1)])
            turn += 1

    async def once(self, asked: Asked, api: str, turn: int = 0) -> tuple[Op, Any]:
        """One try at one API, and what it answered."""
        at, status, error, said, wait = self._history.now(), None, None, dict[str, Any](), None
        try:
            # A server that is frozen takes bytes and gives none, which no timeout of a read bounds.
            async with asyncio.timeout(PATIENCE):
                answer = await self._sent(asked, api)
            status, wait = answer.status_code, answer.headers.get("Retry-After")
            said = answer.json()
        except (httpx2.TransportError, TimeoutError) as broken:
            error = type(broken).__name__
        status, code = _of_one(said, status)
        filed = said.get("id") if asked.act is Act.FILE and code is None else None
        took = self._history.now() - at
        op = Op(
            *(at, took, api, asked.act, asked.who, asked.key, turn, asked.digest),
            outcome_of(status),
            status=status,
            code=code,
            error=error,
            ticket_id=asked.ticket_id or filed,
            retry_after=float(wait) if wait else None,
        )
        self._history.did(op)
        return op, said

    async def _sent(self, asked: Asked, api: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self._token(asked.who)}"}
        if asked.act in KEYED:
            headers["Idempotency-Key"] = asked.key
        path = f"/v1{asked.path}"
        return await self._http[api].request(asked.method, path, json=asked.body, headers=headers)

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            role = ROLES.get(who.partition("_")[0])
            token = self._issuer.token(role, who) if role else self._issuer.token(who)
            self._tokens[who] = token
        return self._tokens[who]


def _of_one(said: Mapping[str, Any], status: int | None) -> tuple[int | None, str | None]:
    """What was answered; of a batch, which is of one report here, what that report was."""
    if "results" not in said:
        return status, said.get("code")
    [one] = said["results"]
    return one["status"], (one.get("problem") or {}).get("code")


def _asks_for_patience(op: Op) -> bool:
    return op.status == TOO_MANY or (op.act is not Act.FILE and op.code in YET_TO_COME)
