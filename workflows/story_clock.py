"""The time of a story, which stands still while a local activity runs.

Temporal's own time moves with the end of a local activity, and not to the same moment in a replay:
where a query ends the task under it, the activity's end is counted from another beginning, and what
arrives then is timed by it. Whatever decides by a due time what is done next would decide otherwise
when it is replayed. So `due` is moved only by what has its moment in the history and comes while no
local activity runs: a timer that rang, an ordinary activity that ended. No deadline is missed by
that: the soonest one always has a timer.
"""

from datetime import datetime

from temporalio import workflow


class StoryClock:
    """Never goes back. `now` is when the last message came, or `due`, if that is later: what is
    said and written down has that time. `due` is what deadlines are compared with. Both are UTC."""

    def __init__(self) -> None:
        self.now: datetime = workflow.now()
        self.due: datetime = self.now

    def heard(self) -> None:
        """A message came."""
        self.now = max(self.now, workflow.now())

    def strike(self) -> None:
        """A timer rang, or an ordinary activity ended."""
        self.due = max(self.due, workflow.now())
        self.now = max(self.now, self.due)
