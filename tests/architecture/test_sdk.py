"""Libraries are called by the names that they publish; what has none is named in one place."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import temporalio

from temporal import sdk
from tests.architecture.source import ROOMS, ROOT, name_of

SDK = ROOT / "temporal" / "sdk.py"
OURS = (*ROOMS, "tests")
PUBLIC_PARTS = ("worker", "workflow", "client", "common", "converter", "runtime", "testing")


def sources() -> list[Path]:
    return sorted(path for room in OURS for path in (ROOT / room).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """The foreign names that a module imports, each with its whole way."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] not in OURS)


def is_private(name: str) -> bool:
    """Whether a part of the way is hidden, or it leads below the SDK's bridge."""
    parts = name.split(".")
    hidden = any(p.startswith("_") and not p.startswith("__") for p in parts)
    return hidden or parts[:2] == ["temporalio", "bridge"]


def public(name: str) -> list[str]:
    """The public modules of the SDK that have something of this name."""
    below = [f"temporalio.{part}" for part in PUBLIC_PARTS]
    below += [f"temporalio.api.{found.name}" for found in pkgutil.iter_modules(_api())]
    return [module for module in below if hasattr(import_module(module), name)]


def _api() -> list[str]:
    return [str(Path(temporalio.__path__[0]) / "api")]


def test_no_module_imports_what_its_library_keeps_to_itself() -> None:
    private = {
        f"{name_of(path)}: {name}"
        for path in sources()
        if path != SDK
        for name in imported(path)
        if is_private(name)
    }
    assert private == set(), "take a public way; if there is none, name it in temporal/sdk.py"


@pytest.mark.parametrize("name", sdk.__all__)
def test_what_the_sdk_keeps_to_itself_is_still_there_and_nowhere_in_public(name: str) -> None:
    assert getattr(sdk, name, None) is not None
    assert public(name) == [], f"import {name} from there, and take it out of temporal/sdk.py"


def test_temporal_sdk_names_nothing_else() -> None:
    names = {name.rpartition(".")[2] for name in imported(SDK)}
    assert names == set(sdk.__all__)
