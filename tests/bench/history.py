"""What a life leaves in Temporal: events, bytes, and actions as Temporal Cloud bills them.

One action each: a start, an accepted update, a signal, a timer started, an attempt of an activity,
an upsert of search attributes, a query; and all the local activities of one workflow task together
one. Not counted: what is not in a history (there are no queries and no heartbeats here).
"""

from collections import Counter

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory

ACTIONS = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED: "start",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: "update",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: "signal",
    EventType.EVENT_TYPE_TIMER_STARTED: "timer",
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: "activity",
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES: "search attributes",
}


class Trace:
    """The sums over some workflows of one kind."""

    def __init__(self) -> None:
        self.workflows = self.protobuf = self.json = 0
        self.events: Counter[str] = Counter()
        self.actions: Counter[str] = Counter()

    def add(self, history: WorkflowHistory) -> None:
        """Count one more."""
        self.workflows += 1
        self.json += len(history.to_json())
        marked = set()
        for event in history.events:
            self.protobuf += event.ByteSize()
            self.events[EventType.Name(event.event_type).removeprefix("EVENT_TYPE_")] += 1
            if kind := ACTIONS.get(event.event_type):
                self.actions[kind] += 1
            if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
                marked.add(event.marker_recorded_event_attributes.workflow_task_completed_event_id)
        self.actions["tasks with local activities"] += len(marked)

    def per_workflow(self, total: float) -> float:
        """A sum as a mean."""
        return total / max(1, self.workflows)


async def traces(client: Client, workflows: list[str], billing: list[str]) -> tuple[Trace, Trace]:
    """The histories of tickets, and of their billing."""
    found = []
    for names in (workflows, billing):
        trace = Trace()
        for name in names:
            trace.add(await client.get_workflow_handle(name).fetch_history())
        found.append(trace)
    return found[0], found[1]
