"""The commands that README and docs show, as whoever reads them would type them."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

from tests.architecture.source import ROOT, name_of

README, RUNBOOKS = ROOT / "README.md", ROOT / "docs" / "runbooks"
PAGES = (
    README,
    RUNBOOKS / "README.md",
    *sorted(page for page in RUNBOOKS.glob("*.md") if page.name != "README.md"),
    *sorted((ROOT / "docs" / "rules").glob("*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
)
"""In the order in which they are read: what the first two set, the others use."""
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
BEGINNINGS = (
    r"(?:time )?make (?=[\w= .]+`)",
    r"(?:\.venv/bin/)?(?:python -m|pytest) ",
    r"temporal (?:workflow|operator|task-queue) ",
    *("curl ", "psql ", "docker compose "),
)
SPAN = re.compile(rf"`((?:{'|'.join(BEGINNINGS)})[^`\n]+)`")
"""A command in the middle of a sentence."""
COMMENT = re.compile(r"\s+# .*$")


class Command(NamedTuple):
    """Something to type, and where it stands."""

    page: str
    text: str


def commands(page: Path) -> Iterator[Command]:
    """Every command of a page, in its order, without what explains it."""
    text = page.read_text(encoding="utf-8")
    found = {m.start(): list(typed(dedent(m[2]))) for m in FENCE.finditer(text) if m[1] == "sh"}
    prose = FENCE.sub(lambda m: " " * len(m[0]), text)
    found |= {m.start(): [m[1]] for m in SPAN.finditer(prose)}
    for _, lines in sorted(found.items()):
        yield from (Command(name_of(page), line) for line in lines)


def typed(block: str) -> Iterator[str]:
    """The commands of a block: each as many lines as the shell wants before it begins."""
    begun = ""
    for line in block.splitlines():
        begun += f"\n{line}" if begun else COMMENT.sub("", line)
        if is_whole(begun):
            yield begun
            begun = ""
    assert not begun, f"not to be typed: {begun}"


def is_whole(text: str) -> bool:
    """Whether the shell would not wait for more."""
    asked = ["/bin/bash", "-n", "-c", text]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def samples(page: Path) -> Iterator[dict[str, Any]]:
    """The JSON documents that a page shows as answers."""
    decoder = json.JSONDecoder()
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        rest = match[2].strip() if match[1] == "json" else ""
        while rest:
            found, end = decoder.raw_decode(rest)
            yield found
            rest = rest[end:].strip()
