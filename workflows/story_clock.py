"""The time of a story, which stands still while a local activity runs.

Temporal's own time moves with the end of a local activity, and not to the same moment in a replay:
where a query ends the task under it, the activity's end is counted from another beginning. Whatever
compares a due time with it may decide otherwise when it is replayed. So the clock is set by what
has its moment in the history: a message, a timer, an ordinary activity.
"""

from datetime import datetime

from temporalio import workflow


class StoryClock:
    """Never goes back."""

    def __init__(self) -> None:
        self.now: datetime = workflow.now()
        """UTC."""

    def strike(self) -> None:
        """Something happened that the history has."""
        self.now = max(self.now, workflow.now())
