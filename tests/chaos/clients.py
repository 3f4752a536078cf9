"""People at their apps: they ask, wait as long as they are told to, and ask again under their key,
or never come back."""

import asyncio
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx2

from temporal.links import Door, VisitLinks
from tests.chaos.history import Call, History
from workers.stack.issuer import Issuer

ANSWERED_WITHIN = 30.0
"""Seconds that an app waits for an answer; a program is frozen for 20 at most."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
LATER = {"request-in-progress"}
"""Refusals that ask for nothing but patience."""


class Gone(Exception):
    """They got no answer and never come back."""


@dataclass(frozen=True)
class File:
    """A body that is no JSON: its bytes, and what they are."""

    content: bytes
    media_type: str


@dataclass
class Refused(Exception):
    """A refusal that asking again would not change."""

    status: int
    code: str


class Clients:
    """Everybody who speaks to the API of a house. Every try is a line of the history."""

    def __init__(
        self, url: str, issuer: Issuer, history: History, links: VisitLinks | None = None
    ) -> None:
        limits = httpx2.Limits(max_connections=200, max_keepalive_connections=50)
        self._http = httpx2.AsyncClient(
            base_url=url, timeout=ANSWERED_WITHIN, limits=limits, trust_env=False
        )
        self._issuer, self._history, self._links = issuer, history, links
        self._tokens: dict[str, str] = {}

    async def close(self) -> None:
        """Everybody hangs up."""
        await self._http.aclose()

    async def ask(
        self,
        who: str,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        comes_back: bool = True,
        patience: float = 90.0,
    ) -> Any:
        """The answer to `who`, a role or `role:subject`, asked for until it is there.

        Raises:
            Refused: a 4xx that stands.
            Gone: there was no answer, and they do not come back, or not after `patience` seconds.
        """
        until, pause = time.monotonic() + patience, FIRST_PAUSE
        while True:
            answer = await self.once(who, method, path, body, key)
            if answer is not None and (answer.is_success or answer.has_redirect_location):
                return _told(answer)
            if answer is not None and _stands(answer):
                raise Refused(answer.status_code, _code(answer) or "")
            if not comes_back or time.monotonic() > until:
                raise Gone
            told = answer.headers.get("Retry-After") if answer is not None else None
            await asyncio.sleep(float(told) if told else pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def once(
        self, who: str, method: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx2.Response | None:
        """One try; None without an answer."""
        headers, how = self._asked(who, path, key, body)
        url = path if _is_page(path) else f"/v1{path}"
        at, answer, error = self._history.now(), None, None
        try:
            answer = await self._http.request(method, url, headers=headers, **how)
        except httpx2.TransportError as broken:
            error = type(broken).__name__
        self._tell(at, who, method, path, key, answer, error)
        return answer

    def times_link(self, ticket_id: str, visit_id: str) -> str:
        """Where a customer names times for a visit, as their message has it."""
        assert self._links is not None, "a house that sends links has keys"
        until = datetime.now(UTC) + timedelta(days=1)
        return f"/link/times/{self._links.token(Door.TIMES, ticket_id, visit_id, until)}"

    def _asked(
        self, who: str, path: str, key: str | None, body: Any
    ) -> tuple[dict[str, str], dict[str, Any]]:
        """The headers of a request, and its body as the transport takes it."""
        if _is_page(path):
            base = self._http.base_url
            return {"Origin": f"{base.scheme}://{base.netloc.decode()}"}, {"data": body}
        headers = {"Authorization": f"Bearer {self._token(who)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        if path.startswith("/flags/"):
            headers["If-Match"] = "*"
        if isinstance(body, File):
            return {**headers, "Content-Type": body.media_type}, {"content": body.content}
        return headers, {"json": body}

    def _tell(
        self,
        at: float,
        who: str,
        method: str,
        path: str,
        key: str | None,
        answer: httpx2.Response | None,
        error: str | None,
    ) -> None:
        status = None if answer is None else answer.status_code
        waits = None if answer is None else answer.headers.get("Retry-After")
        code, subject = _code(answer), _subject(answer)
        took = self._history.now() - at
        call = Call(at, who, method, path, key, status, code, error, took, waits, subject)
        self._history.called(call)

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            role, _, subject = who.partition(":")
            self._tokens[who] = self._issuer.token(role, subject or None)
        return self._tokens[who]


def drawn_key(chance: Random) -> str:
    """A key that the seed decides."""
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))


def _is_page(path: str) -> bool:
    """Whether it is a page behind a link, which needs no login and answers people."""
    return path.startswith("/link/")


def _told(answer: httpx2.Response) -> Any:
    """What an answer says; a page, and one without words, nothing that anybody goes by."""
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return answer.json() if is_json else None


def _stands(answer: httpx2.Response) -> bool:
    later = answer.status_code == 429 or _code(answer) in LATER
    return answer.is_client_error and not later


def _code(answer: httpx2.Response | None) -> str | None:
    if answer is None or answer.is_success:
        return None
    try:
        return str(answer.json().get("code"))
    except ValueError:
        return None


def _subject(answer: httpx2.Response | None) -> str | None:
    """The id of what an answer is about."""
    if answer is None or not answer.is_success:
        return None
    told = _told(answer)
    return told.get("id") if isinstance(told, dict) else None
