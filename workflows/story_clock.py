"""The time of a story, whose deadlines are the same whenever it is told.

Temporal's own time is not. It moves with the end of a local activity, and in a replay to another
moment: where a query ends the task under it, the end is counted from another beginning, and so is
the very first moment of a run. And a query to a worker that does not know the run yet lets it live
through a timer that rang, or an activity that ended, before the task in which it is told of them
has begun: its time then is still that of the task before, and what it did goes on from there.

So nothing is decided by Temporal's time. A deadline has come when the timer that was set for it
rings, and `due` becomes that deadline, whatever Temporal's time is then. The soonest deadline
always has a timer, so none is missed.
"""

from datetime import datetime

from temporalio import workflow


class StoryClock:
    """Never goes back. `now` is when the last message came, timer rang or activity ended: what is
    said and written down has that time. `due` is what deadlines are compared with; it begins with
    the run. Both are UTC."""

    def __init__(self) -> None:
        self.due: datetime = workflow.info().workflow_start_time
        self.now: datetime = max(workflow.now(), self.due)

    def heard(self) -> None:
        """A message came, or an activity ended."""
        self.now = max(self.now, workflow.now())

    def rang(self, deadline: datetime) -> None:
        """The timer rang that was set for a deadline."""
        self.due = max(self.due, deadline)
        self.now = max(self.now, workflow.now(), self.due)
