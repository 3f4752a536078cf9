"""What the documents say is so: settings, commands, modules, links."""

import importlib.util
import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, name_of
from workers.stack.counts import Counts
from workers.stack.ports import Ports

README = ROOT / "README.md"
MOST_LINES = 200
SETTINGS, OPERATIONS, FIGURES = (
    ROOT / "docs" / f"{page}.md" for page in ("settings", "operations", "figures")
)
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)` \| (.*?) \| (.*) \|$", re.MULTILINE)
MAKE = re.compile(r"\bmake (?:-s )?([a-z-]+)")
"""Commands, where they are written as such: in code spans and code blocks."""
PYTHON = re.compile(r"\bpython -m ([a-z_.]+)")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.DOTALL | re.MULTILINE)
SOURCE_PATH = re.compile(
    r"`((?:tests|models|temporal|activities|workflows|api|workers)/[\w/.]*\w)`"
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
HE = re.compile(r"\b(?:he|his|him|himself)\b", re.IGNORECASE)
"""No word for a person here: people are "they". Codes are as they are."""
MEASURED = re.compile(r"\b[0-9][0-9.,]* ?(?:ms|µs|MB)\b")
DAY = re.compile(r"\b20[0-9]{2}-[0-9]{2}-[0-9]{2}\b")
UNFINISHED = re.compile("|".join("".join(word) for word in (("TO", "DO"), ("FIX", "ME"))))
ABSOLUTE = re.compile(r"(?:^|(?<=[\s`(\"'=]))/([a-z.][\w.-]*)")
SERVED = {
    *("v1", "docs", "openapi.json", "problems", "healthz", "readyz", "metrics"),
    *("timeline", "timers", "groups", "invoices"),
    *("desk", "go", "login", "logout"),
}
"""What may follow a slash in the documents: addresses of ours. No path of anybody's machine."""
HOST = re.compile(r"https?://([^\s/:)>`\"]+)")
HOSTS = {
    *("127.0.0.1", "temporal.io", "www.rfc-editor.org", "keepachangelog.com", "semver.org"),
    *("keda.sh", "prometheus.monitoring"),
}
ELSEWHERE = re.compile("|".join("".join(name) for name in (("sha", "red/"), (r"\.lib", "rary"))))

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def section(document: Path, heading: str) -> str:
    return text_of(document).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def code_in(document: Path) -> str:
    return "\n".join(CODE.findall(text_of(document)))


@cache
def targets() -> frozenset[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))


def anchors(document: Path) -> Iterator[str]:
    """The fragments under which a page's headings are found."""
    for heading in HEADING.findall(text_of(document)):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len(text_of(README).splitlines()) <= MOST_LINES


def test_the_page_of_settings_lists_exactly_those_of_the_local_stack() -> None:
    ports = {f"SYSOPS_{name.upper()}_PORT": str(port) for name, port in vars(Ports()).items()}
    counts = {f"SYSOPS_{name.upper()}": str(count) for name, count in vars(Counts()).items()}
    rows = ROW.findall(section(SETTINGS, "Of the local stack"))
    listed = {name: default.strip("`") for name, default, _ in rows}
    remedy = "let docs/settings.md, Of the local stack, list what workers/stack knows"
    assert listed == {"SYSOPS_HOME": ".local", **ports, **counts}, remedy


def test_the_page_of_operations_lists_every_target_of_the_makefile() -> None:
    remedy = "let docs/operations.md, Commands, list what `make help` prints"
    assert set(MAKE.findall(section(OPERATIONS, "Commands"))) == set(targets()), remedy


def test_every_figure_has_its_date_and_the_command_that_prints_it() -> None:
    _heads, _rule, *rows = (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text_of(FIGURES).splitlines()
        if line.startswith("|")
    )
    for _figure, seen, _goal, taken, command in rows:
        assert seen
        assert date.fromisoformat(taken)
        assert command.startswith(("`", "the same"))


@documents
def test_what_was_measured_says_when(document: Path) -> None:
    text = text_of(document)
    assert MEASURED.search(text) is None or DAY.search(text)


@documents
def test_a_document_calls_nobody_he(document: Path) -> None:
    prose = CODE.sub("", text_of(document))
    assert [found[0] for found in HE.finditer(prose)] == []


@documents
def test_every_make_command_exists(document: Path) -> None:
    assert set(MAKE.findall(code_in(document))) - targets() == set()


@documents
def test_every_module_that_is_called_exists(document: Path) -> None:
    called = {name.rstrip(".") for name in PYTHON.findall(text_of(document))}
    assert {name for name in called if importlib.util.find_spec(name) is None} == set()


@documents
def test_every_link_leads_somewhere(document: Path) -> None:
    dead = []
    for link in LINK.findall(text_of(document)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        page = (document.parent / path).resolve() if path else document
        if not page.exists() or (fragment and fragment not in set(anchors(page))):
            dead.append(link)
    assert dead == []


@documents
def test_every_file_that_is_named_exists(document: Path) -> None:
    named = SOURCE_PATH.findall(text_of(document))
    assert [path for path in named if not (ROOT / path).exists()] == []


@documents
def test_a_document_is_finished(document: Path) -> None:
    lines = text_of(document).splitlines()
    assert [f"{n}: {line}" for n, line in enumerate(lines, 1) if UNFINISHED.search(line)] == []


@documents
def test_a_document_knows_no_machine_and_no_host_but_the_listed(document: Path) -> None:
    text = text_of(document)
    assert set(ABSOLUTE.findall(text)) - SERVED == set()
    assert {host for host in HOST.findall(text) if host not in HOSTS} == set()
    assert ELSEWHERE.findall(text) == []


def test_every_decision_is_numbered_complete_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("0*.md"))
    parts = ["## Context", "## Decision", "## Consequences", "## How it is enforced"]
    index = text_of(folder / "README.md")
    for number, page in enumerate(pages, 1):
        assert page.name.startswith(f"{number:04d}-"), page.name
        assert text_of(page).startswith(f"# {number}. "), page.name
        assert [part for part in parts if part not in text_of(page)] == [], page.name
        assert f"({page.name})" in index, page.name
