"""The laws of the house that no linter knows."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import modules, name_of, ours, transactions

LONGEST, LONGEST_TEST = 400, 600
"""Lines. A test is read one sentence at a time, so it may be longer."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MAY_COMMIT = {"models/db/engine.py", "models/db/migrate.py"}
GENERATED = ("models/db/migrations/versions/",)


def test_only_the_engine_commits() -> None:
    found = [
        f"{name_of(path)}:{line}"
        for path in modules()
        if name_of(path) not in MAY_COMMIT
        for line in transactions(path)
    ]
    assert found == []


def test_a_module_is_read_in_one_sitting() -> None:
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in ours()
        if path.suffix == ".py" and not name_of(path).startswith(GENERATED)
    }
    limits = {name: LONGEST_TEST if name.startswith("tests/") else LONGEST for name in lengths}
    assert {name: count for name, count in lengths.items() if count > limits[name]} == {}


def test_every_module_is_named_after_its_subject() -> None:
    assert [name_of(p) for p in ours() if VAGUE & {*p.parent.parts, p.stem.lower()}] == []


def test_nothing_is_left_for_later() -> None:
    this = Path(__file__)
    undone = [
        f"{name_of(path)}:{number}"
        for path in ours()
        if path != this
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if UNDONE.search(line)
    ]
    assert undone == []


@pytest.mark.parametrize("room", ["models", "temporal", "activities", "workflows"])
def test_packages_on_the_way_to_a_workflow_hold_nothing(room: str) -> None:
    """The sandbox reads them again for every workflow."""
    full = [name_of(p) for p in modules(room) if p.name == "__init__.py" and p.stat().st_size]
    assert [name for name in full if "gateways" not in name] == []
