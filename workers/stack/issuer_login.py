"""Logging in at the laptop's issuer: pick a person, no password. It listens on loopback only."""

import base64
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from urllib.parse import urlencode

from models.catalogue.catalogue import FIRST_CUSTOMER_ID

CODE_LIFETIME = 60.0
_ASKED = (
    *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce"),
    *("code_challenge", "code_challenge_method"),
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Who are you? - local issuer</title>
<style>
body {{ font: 1.0625rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: auto; padding: 1rem }}
button {{ display: block; width: 100%; min-height: 2.75rem; margin: .5rem 0; padding: .5rem 1rem;
  font: inherit; text-align: left; cursor: pointer }}
</style>
</head>
<body>
<main>
<h1>Who are you?</h1>
<p>This is the local issuer. It asks for no password, because it listens on this computer only.
In production your company's login stands here.</p>
<form method="post" action="/authorize">
{hidden}
{people}
</form>
</main>
</body>
</html>
"""


class CannotLogIn(ValueError):
    """A login that was not asked for as it must be."""


@dataclass(frozen=True)
class Person:
    """Somebody one can be on a laptop."""

    id: str
    name: str
    role: str


PEOPLE = (
    Person("usr_ana", "Ana Albrecht", "helpdesk"),
    Person("usr_ben", "Ben Brandt", "helpdesk"),
    Person("usr_chloe", "Chloe Carter", "helpdesk"),
    Person("usr_mira", "Mira Meyer", "manager"),
    Person("usr_adam", "Adam Abel", "admin"),
    Person(FIRST_CUSTOMER_ID, "A customer, to see who is not let in", "customer"),
)


@dataclass(frozen=True)
class Login:
    """A person who has been picked, for a client that has not fetched the token yet."""

    person: Person
    client_id: str
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires: float


class Logins:
    """The logins under way; each is good for one exchange within a minute."""

    def __init__(self, client_id: str, callback: str) -> None:
        self._client_id = client_id
        self._callback = callback
        self._waiting: dict[str, Login] = {}
        self._lock = threading.Lock()

    def page(self, asked: Mapping[str, str]) -> str:
        """Where a person is picked.

        Raises:
            CannotLogIn: nobody we know asks, or without PKCE.
        """
        self._ensure_known(asked)
        hidden = "\n".join(
            f'<input type="hidden" name="{name}" value="{escape(asked[name])}">'
            for name in _ASKED
            if name in asked
        )
        people = "\n".join(
            f'<button name="person" value="{person.id}">{escape(person.name)} '
            f"<small>({person.role}, {person.id})</small></button>"
            for person in PEOPLE
        )
        return _PAGE.format(hidden=hidden, people=people)

    def pick(self, asked: Mapping[str, str]) -> str:
        """The address that takes a picked person back to where they came from.

        Raises:
            CannotLogIn: there is no such person, or they were asked for by nobody we know.
        """
        self._ensure_known(asked)
        picked = next((p for p in PEOPLE if p.id == asked.get("person")), None)
        if picked is None:
            raise CannotLogIn("pick one of the people of the page")
        code = secrets.token_urlsafe(24)
        login = Login(
            person=picked,
            client_id=self._client_id,
            redirect_uri=self._callback,
            challenge=asked["code_challenge"],
            nonce=asked.get("nonce"),
            expires=time.monotonic() + CODE_LIFETIME,
        )
        with self._lock:
            self._waiting = {c: w for c, w in self._waiting.items() if w.expires > time.monotonic()}
            self._waiting[code] = login
        return f"{self._callback}?{urlencode({'code': code, 'state': asked.get('state', '')})}"

    def exchange(self, sent: Mapping[str, str]) -> Login:
        """The login that a code stands for.

        Raises:
            CannotLogIn: the code is unknown, used, too old, or another's.
        """
        with self._lock:
            login = self._waiting.pop(sent.get("code", ""), None)
        if login is None or login.expires < time.monotonic():
            raise CannotLogIn("the code is unknown, used or too old")
        if (sent.get("client_id"), sent.get("redirect_uri")) != (
            login.client_id,
            login.redirect_uri,
        ):
            raise CannotLogIn("the code was made for another client")
        if not secrets.compare_digest(_challenge(sent.get("code_verifier", "")), login.challenge):
            raise CannotLogIn("the verifier is not the one of this login")
        return login

    def _ensure_known(self, asked: Mapping[str, str]) -> None:
        if asked.get("client_id") != self._client_id:
            raise CannotLogIn("the client is not known here")
        if asked.get("redirect_uri") != self._callback:
            raise CannotLogIn(f"the way back must be {self._callback}")
        if asked.get("response_type") != "code":
            raise CannotLogIn("response_type must be code")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            raise CannotLogIn("PKCE with S256 is needed")


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
