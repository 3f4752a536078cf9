"""What workflows answer about themselves after a replay, and what they say that they take."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata

from models.escalation import Action, EscalationState
from models.messages.ticket import OpenTicket
from models.rules.ticket.waiting import timers
from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus, Timer
from tests.definitions import signatures
from tests.replay.archive import ARCHIVE
from tests.replay.ending import type_of
from workers.histories import from_file
from workers.tools.timetravel import Journey, Query, travelled

METADATA = Query("__temporal_workflow_metadata", WorkflowMetadata)
ANSWER = "say here what it answers after a replay: an entry of ANSWERS, with the history it is of"
Told = Callable[[Any, Journey], bool]


def _is_closed(ticket: Ticket, _: Journey) -> bool:
    return status_of(ticket) is TicketStatus.CLOSED


def _is_the_last_written(mark: str, ticket: Journey) -> bool:
    return ticket.ticket is not None and mark == ticket.ticket.mark


def _run_as_they_should(running: tuple[Timer, ...], ticket: Journey) -> bool:
    [close] = [t for t in running if t.name == "auto_close"]
    known, now = ticket.ticket, ticket.steps[-1].at
    return known is not None and running == timers(known, now) and close.subject == known.id


def _was_decided(escalation: Any, _: Journey) -> bool:
    chosen = escalation.decided
    return escalation.state is EscalationState.RESOLVED and chosen.action is Action.ASSIGN


def _goes_on_with_all_that_is_known(left: OpenTicket, ticket: Journey) -> bool:
    return left.resumed == ticket.ticket and not left.sealed


ANSWERS: Mapping[str, tuple[str, Told]] = {
    "query Ticket.ticket": ("whole_life", _is_closed),
    "query Ticket.mark": ("whole_life", _is_the_last_written),
    "query Ticket.timers": ("reported_out_of_order", _run_as_they_should),
    "query Ticket.continuation": ("whole_life", _goes_on_with_all_that_is_known),
    "query Escalation.escalation": ("escalation_assigned", _was_decided),
}


def test_every_query_is_asked_here() -> None:
    queries = {name for name in signatures() if name.startswith("query ")}
    assert queries == ANSWERS.keys(), ANSWER


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_query_is_answered_after_a_replay(name: str) -> None:
    history, told = ANSWERS[name]
    query = Query(name.partition(".")[2], signatures()[name].gives)
    whole = await travelled(from_file(ARCHIVE.newest(history)))
    journey = await travelled(from_file(ARCHIVE.newest(history)), query)
    assert journey.failure is None
    assert told(journey.answer, whole), journey.answer


async def test_what_replayed_workflows_say_that_they_take_is_what_is_locked() -> None:
    """A ticket takes the same from its start to its end; escalations differ by their reason."""
    escalations = [n for _, n in ARCHIVE.histories() if n.startswith("escalation_")]
    offered: set[str] = set()
    for name in {"whole_life", "billing_covered", *escalations}:
        history = from_file(ARCHIVE.newest(name))
        for step in (await travelled(history, METADATA)).steps:
            offered |= _names(type_of(history), step.answer)
    locked = {n for n in signatures() if n.startswith(("signal ", "query ", "update "))}
    assert offered == locked, "tests/definitions.py does not see what the workflows really take"


def _names(kind: str, metadata: WorkflowMetadata) -> set[str]:
    """What a workflow takes at this moment; an escalation, what its reason and the facts allow."""
    definition = metadata.definition
    parts = {
        "signal": definition.signal_definitions,
        "query": definition.query_definitions,
        "update": definition.update_definitions,
    }
    # The SDK's own queries begin with two underscores.
    return {
        f"{what} {kind}.{handler.name}"
        for what, handlers in parts.items()
        for handler in handlers
        if not handler.name.startswith("__")
    }
