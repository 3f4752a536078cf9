"""Signed links: whoever holds one may do the one thing it is for."""

import base64
import hashlib
import hmac
from datetime import datetime

from models.identity import bare

_MAC_BYTES = 16


class OfferLinks:
    """Tokens of slot offers: which offer of which ticket, until when, and a signature. That it is
    used once is the ticket's business."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def token(self, ticket_id: str, offer_id: str, expires_at: datetime) -> str:
        """The token that answers an offer."""
        named = f"{bare(ticket_id)}.{bare(offer_id)}.{int(expires_at.timestamp())}"
        return f"{named}.{_signature(self._secret, 'offer', named)}"

    def offer(self, token: str, now: datetime) -> tuple[str, str] | None:
        """The ticket and the offer a token answers, or None if it is forged or over."""
        named, _, signature = token.rpartition(".")
        if not _is_signed(self._secret, "offer", named, signature):
            return None
        ticket, offer, expires = named.split(".")
        if now.timestamp() >= int(expires):
            return None
        return f"tkt_{ticket}", f"off_{offer}"


class SurveyLinks:
    """Tokens of surveys: the survey's id and a signature, nothing stored."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def token(self, survey_id: str) -> str:
        """The token that answers a survey."""
        return f"{bare(survey_id)}.{_signature(self._secret, 'survey', bare(survey_id))}"

    def survey_id(self, token: str) -> str | None:
        """The survey a token answers, or None if it is not one of ours."""
        name, _, signature = token.partition(".")
        if not _is_signed(self._secret, "survey", name, signature):
            return None
        return f"svy_{name}"


def _signature(secret: bytes, purpose: str, name: str) -> str:
    mac = hmac.digest(secret, f"{purpose}:{name}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac[:_MAC_BYTES]).decode().rstrip("=")


def _is_signed(secret: bytes, purpose: str, name: str, signature: str) -> bool:
    return hmac.compare_digest(signature.encode(), _signature(secret, purpose, name).encode())
