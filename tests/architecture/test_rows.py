"""Rows stay where they are kept: whoever asks is given values."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import modules, name_of

ROOMS = ("api", "activities", "workers")


def test_every_row_stands_among_the_tables_of_its_subject() -> None:
    found = {name: name_of(p) for p in modules() for name in _rows(_tree(p))}
    assert found
    assert {name: at for name, at in found.items() if Path(at).name != "tables.py"} == {}


def test_nobody_is_given_a_row_or_asked_for_one() -> None:
    keepers = [p for p in modules("models/db") if p.name != "tables.py"]
    found = [f"{name_of(p)}: {name}" for p in keepers for name in _with_rows(_tree(p))]
    assert keepers
    assert found == []


def test_a_unit_of_work_is_only_handed_on() -> None:
    readers = [p for room in ROOMS for p in modules(room) if "models.db" in p.read_text("utf-8")]
    found = [f"{name_of(p)}:{line}" for p in readers for line in _asked_itself(_tree(p))]
    assert readers
    assert found == []


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _rows(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(word.arg == "table" for word in node.keywords):
            yield node.name


def _with_rows(tree: ast.Module) -> Iterator[str]:
    """The public functions, methods and aliases that speak of rows."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) if not name.startswith("_"):
                arguments = [*node.args.args, *node.args.kwonlyargs]
                spoken = [node.returns, *(a.annotation for a in arguments)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                spoken = [node.annotation]
            case _:
                continue
        if any(_names_a_row(annotation) for annotation in spoken):
            yield name


def _names_a_row(annotation: ast.expr | None) -> bool:
    named = ast.walk(annotation) if annotation else ()
    return any(isinstance(node, ast.Name) and node.id.endswith("Row") for node in named)


def _asked_itself(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id="session")):
                yield node.lineno
