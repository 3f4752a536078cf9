"""Where a workflow stands at the end of its history, by its own word."""

from collections.abc import Mapping
from typing import NamedTuple

from temporalio.client import WorkflowHistory

from models.escalation import Escalation
from models.rules.transitions import status_of
from models.ticket import Ticket
from workers.tools.timetravel import TICKET, Query, travelled

WHOLE: Mapping[str, Query] = {"Ticket": TICKET, "Escalation": Query("escalation", Escalation)}
"""The query that a workflow answers with all it knows, where it has one."""


class Ending(NamedTuple):
    """Status, number of the last event, and where today's code parts from the history."""

    status: str | None
    seq: int | None
    failure: Exception | None


def type_of(history: WorkflowHistory) -> str:
    """The name of the workflow whose history it is."""
    started = history.events[0].workflow_execution_started_event_attributes
    return started.workflow_type.name


async def ending_of(history: WorkflowHistory) -> Ending:
    """How a history ends when today's code replays it."""
    journey = await travelled(history, WHOLE.get(type_of(history), TICKET))
    match journey.answer:
        case Ticket() as ticket:
            return Ending(status_of(ticket), ticket.seq, journey.failure)
        case Escalation() as escalation:
            return Ending(escalation.state, escalation.seq, journey.failure)
        case _:
            return Ending(None, None, journey.failure)
