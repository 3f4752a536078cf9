"""Requests that trip over a fault of ours whenever they are asked again."""

from time import monotonic

_FAULT = 500


class Failing:
    """Since when which of them do, as far as this process has asked them.

    Args:
        longest: seconds for which nothing but 500 is answered, before a person has to look:
            whatever comes behind for that ticket waits as long.
    """

    def __init__(self, longest: float = 3600.0) -> None:
        self._longest = longest
        self._since: dict[str, float] = {}

    def for_too_long(self, name: str, status: int) -> bool:
        """Whether a request with this answer has had no other for too long."""
        if status != _FAULT:
            self._since.pop(name, None)
            return False
        now = monotonic()
        if now - self._since.setdefault(name, now) <= self._longest:
            return False
        # Whoever mends that and lets it go has as long again.
        del self._since[name]
        return True
