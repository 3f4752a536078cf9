"""Tests try what everybody can see: they reach into nothing, patch nothing, and wait for what
happens, never for a time to pass."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.architecture.source import ROOT, name_of

TESTS = sorted((ROOT / "tests").rglob("*.py"))
ITSELF = {"self", "cls", "os"}
"""Whose private names are one's own; `os._exit` is public in all but name."""
PUBLIC = {"_replace", "_asdict", "_fields"}
"""Of named tuples."""
OUTSIDE = {"setenv", "delenv", "chdir", "syspath_prepend", "context"}
"""What a test may change of the process it runs in."""
PATCHERS = ("unittest.mock", "mock", "pytest_mock")
WAITS = "tests/until.py"
"""The one place that looks again and again."""
PACED = ("tests/bench/", "tests/chaos/", "tests/cluster/", "tests/soak/", "tests/cable.py")
"""Programs that put load on a house and faults into it: their pauses are what they do. So is the
delay of a slow line."""


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def is_own(owner: ast.expr) -> bool:
    if isinstance(owner, ast.Call):
        return isinstance(owner.func, ast.Name) and owner.func.id == "super"
    return isinstance(owner, ast.Name) and owner.id in ITSELF


def private(path: Path) -> Iterator[str]:
    """What a file reaches into."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute):
            hidden = node.attr.startswith("_") and not node.attr.startswith("__")
            if hidden and node.attr not in PUBLIC and not is_own(node.value):
                yield f"{node.lineno}: {node.attr}"
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from (f"{node.lineno}: {n}" for n in names if n.startswith("_") and n[1:2] != "_")


def patched(path: Path) -> Iterator[str]:
    """What a file puts in the place of something."""
    for node in nodes(path):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "monkeypatch":
            if node.attr not in OUTSIDE:
                yield f"{node.lineno}: {node.attr}"
        elif isinstance(node, ast.ImportFrom) and (node.module or "") in PATCHERS:
            yield f"{node.lineno}: {node.module}"
        elif isinstance(node, ast.Import):
            yield from (f"{node.lineno}: {a.name}" for a in node.names if a.name in PATCHERS)


def slept(path: Path) -> Iterator[str]:
    """Where a file waits for time to pass; to let others have a turn is no waiting."""
    calls = (node for node in nodes(path) if isinstance(node, ast.Call))
    for call in calls:
        pauses = ast.unparse(call.func) in ("time.sleep", "asyncio.sleep", "sleep")
        if pauses and ast.unparse(call) != "asyncio.sleep(0)":
            yield f"{call.lineno}: {ast.unparse(call)}"


def offenders(look: Callable[[Path], Iterator[str]], spared: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{name_of(path)}:{found}"
        for path in TESTS
        if not name_of(path).startswith(spared)
        for found in look(path)
    ]


def test_no_test_reaches_into_anything() -> None:
    assert offenders(private) == [], "ask through what is public, or make public what is asked for"


def test_no_test_patches_anything() -> None:
    assert offenders(patched) == [], "hand the stand-in in, as an argument"


def test_no_test_waits_for_time_to_pass() -> None:
    assert offenders(slept, (WAITS, *PACED)) == [], f"wait for what happens: {WAITS} does"
