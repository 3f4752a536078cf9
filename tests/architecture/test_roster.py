"""Everything that can be worked on is worked on, once, by somebody."""

import importlib
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from temporalio import activity, workflow
from temporalio.client import Client

from models.db.engine import Database
from temporal import queues
from temporal.sealing import IntakeKeyring
from tests.architecture.source import ROOT, dotted, modules, name_of
from workers.roster import WORKFLOWS
from workers.roster.tickets import activities

QUEUES = [name for name in vars(queues) if name.isupper()]


def defined(room: str) -> Iterator[type]:
    """The classes that the modules of a room define."""
    for path in modules(room):
        module = importlib.import_module(dotted(path))
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                yield value


@pytest.fixture
def registered() -> list[Callable[..., Any]]:
    """The activities, bound to collaborators that are never asked."""
    database = Database("postgresql://nobody@nowhere/nothing")
    return list(activities(database, cast(IntakeKeyring, None), cast(Client, None)))


def test_every_activity_is_registered_once(registered: list[Callable[..., Any]]) -> None:
    written = [
        method.__qualname__
        for kind in defined("activities")
        for _, method in inspect.getmembers(kind, inspect.isfunction)
        if activity._Definition.from_callable(method)
    ]
    assert Counter(method.__qualname__ for method in registered) == Counter(written)


def test_no_two_activities_have_one_name(registered: list[Callable[..., Any]]) -> None:
    names = Counter(activity._Definition.must_from_callable(m).name for m in registered)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_workflow_is_registered_once() -> None:
    written = {kind for kind in defined("workflows") if workflow._Definition.from_class(kind)}
    assert Counter(WORKFLOWS) == Counter(written)


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_is_served(queue: str) -> None:
    assembled = (ROOT / "workers" / "assembly.py").read_text(encoding="utf-8")
    assert f"task_queue={queue}" in assembled


def test_workers_are_put_together_in_one_place() -> None:
    makers = {name_of(p) for p in modules() if " Worker(" in p.read_text(encoding="utf-8")}
    assert makers == {"workers/assembly.py"}
