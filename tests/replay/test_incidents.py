"""Histories of what went wrong once: today's code decides in a replay what was decided then.

`deadline_during_a_write`: a fault run of a thousand tickets. A query ended the task under a local
activity; the activity's end was counted from the first task at first, and from the second in a
replay, and the ticket's deadline of a second lay between the two. The ticket could not go on after
its worker was gone.
"""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from workers.timetravel import travelled

INCIDENTS = sorted((Path(__file__).parent / "incidents").glob("*.json"))


@pytest.mark.parametrize("incident", INCIDENTS, ids=lambda path: path.stem)
async def test_the_history_of_an_incident_replays(incident: Path) -> None:
    history = WorkflowHistory.from_json(incident.stem, incident.read_text(encoding="utf-8"))
    assert (await travelled(history)).failure is None
