"""Who tells a story over HTTP, and where what it causes can be read."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from models.settings.processes import StorySettings

PATIENCE = 30.0
"""Seconds that any step may take before the story gives up."""

T = TypeVar("T")


class StoryBroke(Exception):
    """A step did not end as it should."""


@dataclass(frozen=True)
class Post:
    """Where messages go: to files here, or to providers who carry them away."""

    outbox: Path
    is_here: bool

    @classmethod
    def of(cls, settings: StorySettings) -> "Post":
        """As the relay of the same house has it."""
        here = settings.sms.gateway == settings.email.gateway == "folder"
        return cls(settings.outbox.directory, here)


class Teller:
    """Speaks to the API as one person or another, and says what it does."""

    def __init__(self, api: str, issuer: str) -> None:
        self._http = httpx2.Client(base_url=api, timeout=10)
        self._issuer = issuer
        self._begun = time.monotonic()
        self._tokens: dict[str, str] = {}

    def say(self, who: str, what: str) -> None:
        """One line of the story, with the seconds since it began."""
        print(f"[{time.monotonic() - self._begun:6.2f}s] {who:<9} {what}", flush=True)

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """What the API answers to `who`: a role, or `role:subject`.

        Raises:
            StoryBroke: it refused.
        """
        headers = {"Authorization": f"Bearer {self._token(who)}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        answer = self._http.request(method, f"/v1{path}", json=body, headers=headers)
        if answer.is_error:
            raise StoryBroke(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def until(self, what: str, look: Callable[[], T | None]) -> T:
        """What `look` finds, as soon as it finds it.

        Raises:
            StoryBroke: it found nothing for too long.
        """
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            found = look()
            if found:
                return found
            time.sleep(0.05)
        raise StoryBroke(f"waited {PATIENCE:.0f} s for {what}")

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            role, _, subject = who.partition(":")
            asked = {"role": role, **({"subject": subject} if subject else {})}
            answer = httpx2.post(f"{self._issuer}/token", json=asked, timeout=10)
            self._tokens[who] = answer.raise_for_status().json()["access_token"]
        return self._tokens[who]
