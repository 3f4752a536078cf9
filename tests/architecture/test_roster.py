"""Everything that can be worked on is worked on, once, by somebody."""

import inspect
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import pytest
from temporalio.client import Client

from models.db.engine import Database
from temporal import queues
from temporal.flags import Flags
from temporal.sealing import IntakeKeyring
from tests.architecture.source import ROOT, modules, name_of
from tests.definitions import ACTIVITY, WORKFLOW, defined
from workers.roster import WORKFLOWS
from workers.roster.tickets import activities

QUEUES = [name for name in vars(queues) if name.isupper()]


@pytest.fixture
def registered() -> list[Callable[..., Any]]:
    """The activities, bound to collaborators that are never asked."""
    database = Database("postgresql://nobody@nowhere/nothing")
    return list(activities(database, cast(IntakeKeyring, None), cast(Client, None), Flags()))


def test_every_activity_is_registered_once(registered: list[Callable[..., Any]]) -> None:
    written = [
        method.__qualname__
        for kind in defined("activities")
        for _, method in inspect.getmembers(kind, inspect.isfunction)
        if hasattr(method, ACTIVITY)
    ]
    bound = Counter(method.__qualname__ for method in registered)
    assert bound == Counter(written), "bind it in workers/roster, once, or no worker acts on it"


def test_no_two_activities_have_one_name(registered: list[Callable[..., Any]]) -> None:
    names = Counter(getattr(method, ACTIVITY).name for method in registered)
    twice = [name for name, count in names.items() if count > 1]
    assert twice == [], "rename the newer one and run `python -m tests.contracts.wire`"


def test_every_workflow_is_registered_once() -> None:
    written = {kind for kind in defined("workflows") if WORKFLOW in vars(kind)}
    assert Counter(WORKFLOWS) == Counter(written), "name it in workers/roster, or nobody runs it"


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_is_served(queue: str) -> None:
    assembled = (ROOT / "workers" / "assembly.py").read_text(encoding="utf-8")
    assert f"task_queue={queue}" in assembled, "make a worker for it in workers/assembly.py"


def test_workers_are_put_together_in_one_place() -> None:
    makers = {name_of(p) for p in modules() if " Worker(" in p.read_text(encoding="utf-8")}
    assert makers == {"workers/assembly.py"}
