"""The laws of the house that no linter knows."""

import re
from pathlib import Path
from statistics import median

import pytest

from tests.architecture.source import modules, name_of, ours, transactions

LONGEST, MEDIAN = 300, 110
"""Lines of a file at most, and of the file in the middle."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MAY_COMMIT = {"models/db/engine.py", "models/db/migrate.py"}
AS_THEY_ARE = ("models/db/migrations/versions/", "models/catalogue/experts.yaml")
"""What landed, and data."""


def test_only_the_engine_commits() -> None:
    found = [
        f"{name_of(path)}:{line}"
        for path in modules()
        if name_of(path) not in MAY_COMMIT
        for line in transactions(path)
    ]
    assert found == []


def lengths() -> dict[str, int]:
    """How many lines each file has that somebody wrote, and that is not as it landed."""
    return {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in ours()
        if not name_of(path).startswith(AS_THEY_ARE)
    }


def test_a_file_is_read_in_one_sitting() -> None:
    longer = {name: lines for name, lines in lengths().items() if lines > LONGEST}
    assert longer == {}, "split it by subject"


def test_the_file_in_the_middle_is_one_screen() -> None:
    assert median(filter(None, lengths().values())) <= MEDIAN


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
