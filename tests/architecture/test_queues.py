"""Each queue has a roster that is named after it."""

from importlib import import_module

from temporal import queues
from tests.architecture.source import ROOT
from workers import roster

QUEUES = {value for name, value in vars(queues).items() if name.isupper()}
ROSTERS = {p.stem for p in (ROOT / "workers" / "roster").glob("*.py") if p.stem != "__init__"}


def test_each_queue_has_a_roster_and_each_roster_a_queue() -> None:
    assert ROSTERS == QUEUES, "workers/roster has one module for each queue of temporal/queues.py"


def test_a_replay_knows_the_workflows_of_every_queue() -> None:
    listed = [
        kind for name in ROSTERS for kind in import_module(f"workers.roster.{name}").WORKFLOWS
    ]
    assert set(roster.WORKFLOWS) == set(listed)
    assert len(roster.WORKFLOWS) == len(listed)
