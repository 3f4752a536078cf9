"""Start codes: four digits that a customer has and an expert must be told at the door. They are
derived from the appointment and a key, so they are kept nowhere and travel in no history."""

import hashlib
import hmac

from models.field import StartCode

_DIGITS = 4


class StartCodes:
    """Keys come in a list. The first makes codes; one that any of them made is right, so a key can
    be followed by another while customers hold their codes."""

    def __init__(self, *keys: str) -> None:
        self._keys = [key.encode() for key in keys]

    def code(self, appointment: str) -> str:
        """The code of a visit with those who are booked for it now."""
        return _code(self._keys[0], appointment)

    def judged(self, appointment: str, given: str | None) -> StartCode:
        """What there is to say of a code that was given at the door."""
        if given is None:
            return StartCode.MISSING
        known = (_code(key, appointment) for key in self._keys)
        right = [hmac.compare_digest(given, code) for code in known]
        return StartCode.RIGHT if any(right) else StartCode.WRONG


def _code(key: bytes, appointment: str) -> str:
    drawn = hmac.digest(key, b"start-code:" + appointment.encode(), hashlib.sha256)
    return str(int.from_bytes(drawn[:8]) % 10**_DIGITS).zfill(_DIGITS)
