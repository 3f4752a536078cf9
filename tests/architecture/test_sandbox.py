"""The sandbox is cheap, lets every workflow in, and keeps clocks and chance out of them."""

import ast
import importlib
import importlib.util
import time
from pathlib import Path

import pytest

from temporal.sandbox import PASSED_THROUGH, workflow_runner
from tests.architecture.source import dotted, modules
from workers.roster import WORKFLOWS

BUDGET = 0.015
"""Seconds of CPU to set up one workflow: 2 ms is good, 120 ms means that something is reloaded."""
TRIES = 5
DEFINITION = "__temporal_workflow_definition"
"""What `@workflow.defn` leaves on a class."""
GUARDED = [path for path in modules("workflows") if dotted(path) not in PASSED_THROUGH]


def prepare(kind: type) -> float:
    """Set up a workflow as a worker does for every run; the CPU it costs, at best."""
    runner, definition = workflow_runner(), getattr(kind, DEFINITION)
    runner.prepare_workflow(definition)
    best = float("inf")
    for _ in range(TRIES):
        began = time.process_time()
        runner.prepare_workflow(definition)
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("kind", WORKFLOWS)
async def test_setting_up_a_workflow_costs_next_to_nothing(kind: type) -> None:
    assert prepare(kind) < BUDGET


@pytest.mark.parametrize("path", GUARDED, ids=dotted)
async def test_every_workflow_module_can_be_imported_in_the_sandbox(path: Path) -> None:
    module = importlib.import_module(dotted(path))
    for value in vars(module).values():
        if isinstance(value, type) and DEFINITION in vars(value):
            prepare(value)


def test_the_stories_themselves_stay_under_guard() -> None:
    """What passes through loses the guard against clocks and chance."""
    kept = {dotted(path) for path in GUARDED}
    assert {kind.__module__ for kind in WORKFLOWS} <= kept


@pytest.mark.parametrize("path", GUARDED, ids=dotted)
def test_a_story_imports_names_and_not_modules_of_a_package(path: Path) -> None:
    """`from package import module` reloads the module for every workflow, unless its package
    passes through by name; nothing else says so."""
    reloaded = [
        name
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module != "temporalio"
        for name in (f"{node.module}.{alias.name}" for alias in node.names)
        if _is_module(name) and not name.startswith(tuple(f"{p}." for p in PASSED_THROUGH))
    ]
    assert reloaded == []


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
