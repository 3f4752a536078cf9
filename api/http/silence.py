"""Whether somebody has answered lately: while they have not, what can be kept is kept at once, and
nobody waits for them in vain. Whoever looks behind the requests finds out when they are back."""

from time import monotonic

_SILENT = 3.0
"""Seconds for which one answer that did not come stands for all. Sending again
(`api.intake.resending`) and looking for copies (`api.intake.taking_over`) take less."""


class Silence:
    """Of Temporal, or of the database, as far as this process has seen."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def lasts(self) -> bool:
        """Whether nobody should wait."""
        return monotonic() < self._until

    def ends(self) -> None:
        """There was an answer a moment ago."""
        self._until = 0.0

    def begins(self) -> None:
        """An answer did not come, and nothing but them was to blame."""
        self._until = monotonic() + _SILENT
