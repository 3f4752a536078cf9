"""Signed links: whoever holds one may do the one thing it is for.

Keys come in a list. The first signs; what any of them signed is believed, so a key can be followed
by another without ending the links that are out there.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import SigningAlgorithm

from models.identity import bare

_MAC_BYTES = 16
"""A link is also read in a text message, which is paid by its length."""


class Link(NamedTuple):
    """What a token is about: `of` is an offer or a visit of the ticket. UTC."""

    ticket_id: str
    of: str
    expires_at: datetime


class OfferLinks:
    """Tokens of slot offers: which offer of which ticket, until when, and a signature. That it is
    used once is the ticket's business."""

    def __init__(self, *keys: str) -> None:
        self._signer = _signer("offer", keys)

    def token(self, ticket_id: str, offer_id: str, expires_at: datetime) -> str:
        """The token that answers an offer."""
        named = f"{bare(ticket_id)}.{bare(offer_id)}.{int(expires_at.timestamp())}"
        return self._signer.sign(named).decode()

    def offer(self, token: str, now: datetime) -> tuple[str, str] | None:
        """The ticket and the offer a token answers, or None if it is forged or over."""
        named = self.named(token)
        return None if named is None or now >= named.expires_at else (named.ticket_id, named.of)

    def named(self, token: str) -> "Link | None":
        """What a token is for, over or not, or None if it is forged."""
        return _link(self._signer, token, "off")


class Door(StrEnum):
    """What a link about a visit is good for."""

    TIMES = "times"
    """To name the times that suit."""
    COMING = "coming"
    """To say that one is coming to the door."""


class VisitLinks:
    """Tokens of what a customer may do about a visit without a login: which visit of which ticket,
    until when, and a signature that is good for one door."""

    def __init__(self, *keys: str) -> None:
        self._signers = {door: _signer(door, keys) for door in Door}

    def token(self, door: Door, ticket_id: str, visit_id: str, expires_at: datetime) -> str:
        """The token that opens a door."""
        named = f"{bare(ticket_id)}.{bare(visit_id)}.{int(expires_at.timestamp())}"
        return self._signers[door].sign(named).decode()

    def named(self, door: Door, token: str) -> "Link | None":
        """What a token is for, over or not, or None if it is forged or opens another door."""
        return _link(self._signers[door], token, "vis")


class SurveyLinks:
    """Tokens of surveys: the survey's id and a signature, nothing stored."""

    def __init__(self, *keys: str) -> None:
        self._signer = _signer("survey", keys)

    def token(self, survey_id: str) -> str:
        """The token that answers a survey."""
        return self._signer.sign(bare(survey_id)).decode()

    def survey_id(self, token: str) -> str | None:
        """The survey a token answers, or None if it is not one of ours."""
        name = _named(self._signer, token)
        return None if name is None else f"svy_{name}"


class _Short(SigningAlgorithm):
    """A signature of 22 letters that is good for one purpose."""

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose.encode()

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        """See base class."""
        return hmac.digest(key, self._purpose + b":" + value, hashlib.sha256)[:_MAC_BYTES]


def _signer(purpose: str, keys: tuple[str, ...]) -> Signer:
    # The library wants the newest last.
    return Signer(keys[::-1], key_derivation="none", algorithm=_Short(purpose))


def _link(signer: Signer, token: str, prefix: str) -> Link | None:
    named = _named(signer, token)
    if named is None:
        return None
    ticket, of, expires = named.split(".")
    return Link(f"tkt_{ticket}", f"{prefix}_{of}", datetime.fromtimestamp(int(expires), UTC))


def _named(signer: Signer, token: str) -> str | None:
    """What was signed, or None. A signature counts in one spelling only: its reader would pass
    over letters that are none."""
    try:
        named = signer.unsign(token).decode()
    except BadSignature:
        return None
    signature = token.rpartition(".")[2]
    return named if base64_encode(base64_decode(signature)).decode() == signature else None
