"""Every message that a workflow takes occurs in a recorded history: no change of one is unseen."""

from collections.abc import Iterator

import pytest
from temporalio.client import WorkflowHistory

from tests.definitions import signatures
from tests.replay.archive import ARCHIVE
from tests.replay.ending import type_of
from workers.histories import from_file

TAKEN = sorted(n for n in signatures() if n.startswith(("workflow ", "signal ", "update ")))
ADD = (
    "no recorded history has that: let a scenario of tests/replay/scenarios send it, then run "
    "`python -m tests.replay.record` and commit tests/replay/histories/unreleased"
)


def occurring(history: WorkflowHistory) -> Iterator[str]:
    """What a history has, by its name on the wire: its start, its signals, its accepted updates."""
    kind = type_of(history)
    yield f"workflow {kind}"
    for event in history.events:
        if event.HasField("workflow_execution_signaled_event_attributes"):
            name = event.workflow_execution_signaled_event_attributes.signal_name
            yield f"signal {kind}.{name}"
        elif event.HasField("workflow_execution_update_accepted_event_attributes"):
            accepted = event.workflow_execution_update_accepted_event_attributes
            yield f"update {kind}.{accepted.accepted_request.input.name}"


@pytest.fixture(scope="module")
def occurred() -> set[str]:
    """Everything that occurs in some recorded history."""
    files = [shelf.history(name) for shelf, name in ARCHIVE.histories()]
    return {name for file in files for name in occurring(from_file(file))}


@pytest.mark.parametrize("name", TAKEN)
def test_a_message_that_a_workflow_takes_occurs_in_a_history(name: str, occurred: set[str]) -> None:
    assert name in occurred, ADD


def test_what_occurred_in_a_history_is_still_taken(occurred: set[str]) -> None:
    gone = sorted(occurred - set(TAKEN))
    assert gone == [], "open tickets were sent that: keep a handler of that name"
