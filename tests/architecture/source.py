"""Reading our own source."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("models", "temporal", "activities", "workflows", "api", "workers")
OURS = (".py", ".sh", ".yaml", ".yml", ".toml", ".md", "Makefile", "Dockerfile", "run")


def ours() -> list[Path]:
    """Every text in the repository that somebody wrote."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    texts = [ROOT / name for name in listed if name.endswith(OURS)]
    return [path for path in texts if path.is_file()]


def unwrapped(path: Path) -> str:
    """A file's text on one line, comments and docstrings as they read."""
    return re.sub(r"\s*\n\s*(?:#:? ?)?", " ", path.read_text(encoding="utf-8"))


def modules(*rooms: str) -> list[Path]:
    """Every module of some rooms, of all by default."""
    return sorted(p for room in rooms or ROOMS for p in (ROOT / room).rglob("*.py"))


def name_of(path: Path) -> str:
    """A module's name, or a file's as git knows it."""
    return str(path.relative_to(ROOT))


def dotted(path: Path) -> str:
    """What to import."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def transactions(path: Path) -> Iterator[int]:
    """The lines that end a transaction, or begin one: `.commit()`, and `.begin()` of nothing in
    particular."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            bare = not node.args and not node.keywords
            begins = node.func.attr in ("begin", "begin_nested") and bare
            if begins or node.func.attr in ("commit", "rollback"):
                yield node.lineno
