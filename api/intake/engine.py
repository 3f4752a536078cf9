"""Whether Temporal has answered lately: while it has not, what can be kept is kept at once, and
nobody waits for it in vain. Whoever sends again what was kept finds out when it is back."""

from time import monotonic

_SILENT = 3.0
"""Seconds for which one answer that did not come stands for all; sending again takes less."""


class Engine:
    """Temporal, as far as this process has seen."""

    def __init__(self) -> None:
        self._silent_until = 0.0

    @property
    def is_silent(self) -> bool:
        """Whether nobody should wait for it."""
        return monotonic() < self._silent_until

    def answered(self) -> None:
        """It did a moment ago."""
        self._silent_until = 0.0

    def fell_silent(self) -> None:
        """It did not, though no workflow had to answer."""
        self._silent_until = monotonic() + _SILENT
