"""When a provider is down, nobody waits for it in vain."""

from datetime import datetime, timedelta

FAILURES = 5
"""So many in a row, of whatever messages, and the provider counts as down."""

PROBE_EVERY = timedelta(seconds=5)
"""While it is down, one message in so long tries whether it is back."""


class Breaker:
    """Whether one provider answers at present, as far as this process has seen. For one thread."""

    def __init__(self) -> None:
        self._failures = 0
        self._probe_at: datetime | None = None
        self.answered_at: datetime | None = None
        """When the provider last answered; None, if it has not since this process began."""

    @property
    def is_open(self) -> bool:
        """Whether the provider counts as down."""
        return self._failures >= FAILURES

    def lets_through(self, now: datetime) -> bool:
        """Whether to call: always while the provider answers, else only to probe."""
        if not self.is_open:
            return True
        if self._probe_at is not None and now < self._probe_at:
            return False
        self._probe_at = now + PROBE_EVERY
        return True

    def heard(self, *, answered: bool, now: datetime) -> None:
        """Take note of a call; a refusal is an answer."""
        self._failures = 0 if answered else self._failures + 1
        if answered:
            self.answered_at = now
        self._probe_at = now + PROBE_EVERY if self.is_open else None
