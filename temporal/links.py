"""Signed links: whoever holds one may do the one thing it is for."""

import base64
import hashlib
import hmac

from models.identity import bare

_MAC_BYTES = 16


class SurveyLinks:
    """Tokens of surveys: the survey's id and a signature, nothing stored."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def token(self, survey_id: str) -> str:
        """The token that answers a survey."""
        return f"{bare(survey_id)}.{self._signature(bare(survey_id))}"

    def survey_id(self, token: str) -> str | None:
        """The survey a token answers, or None if it is not one of ours."""
        name, _, signature = token.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(name).encode()):
            return None
        return f"svy_{name}"

    def _signature(self, name: str) -> str:
        mac = hmac.digest(self._secret, f"survey:{name}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(mac[:_MAC_BYTES]).decode().rstrip("=")
