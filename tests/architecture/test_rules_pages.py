"""The rules of the domain stand in docs/rules, and the code cites those pages."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from models.escalation import Action, EscalationReason
from models.promise.policy import NORMAL, URGENT, Policies
from tests.architecture.source import ROOT, name_of, ours, unwrapped
from workers.tools.invariants import CHECKS

RULES = ROOT / "docs" / "rules"
CITED = re.compile(r"(docs/[\w/-]+\.md)(?:, ([A-Z][^()]*)\))?")
"""A page, and perhaps headings of it: `(docs/rules/states.md, Visit; Assignment)`."""
NUMBERED = re.compile(r"§ ?[0-9]|\bS[0-9]-[0-9]{2}\b")
"""Sections and requirements of a paper that the repository does not have."""
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CELL = re.compile(r"`([a-z_]+)`")


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def first_cells(page: str, heading: str) -> list[str]:
    """The first column of the table under a heading."""
    section = text_of(RULES / page).split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [row.split("|")[1] for row in rows]


def cited(path: Path) -> Iterator[tuple[str, str | None]]:
    """The pages that a file names, each with every heading it names of it."""
    for page, headings in CITED.findall(unwrapped(path)):
        yield page, None
        for heading in filter(None, headings.split("; ")):
            yield page, heading


def is_there(page: str, heading: str | None) -> bool:
    there = ROOT / page
    if not there.is_file():
        return False
    return heading is None or heading in HEADING.findall(text_of(there))


CITING = [path for path in ours() if path.suffix != ".md" and any(cited(path))]


@pytest.mark.parametrize("path", CITING, ids=name_of)
def test_every_page_and_heading_that_the_code_names_exists(path: Path) -> None:
    assert [found for found in cited(path) if not is_there(*found)] == []


def test_each_page_of_rules_is_cited_by_the_code_and_listed() -> None:
    pages = {name_of(page) for page in RULES.glob("*.md") if page.name != "README.md"}
    assert pages <= {page for path in CITING for page, _ in cited(path)}
    index = text_of(RULES / "README.md")
    assert [page for page in pages if f"({Path(page).name})" not in index] == []


def test_nothing_cites_a_paper_that_is_not_here() -> None:
    citing = [name_of(path) for path in ours() if NUMBERED.search(text_of(path))]
    assert citing == []


def test_the_page_of_timers_lists_every_policy_with_its_values() -> None:
    duration = TypeAdapter(timedelta)
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| (\w+) \|", text_of(RULES / "timers.md"), re.MULTILINE
    )
    listed = {name: (normal, urgent) for name, normal, urgent in rows if normal.isalnum()}
    assert list(listed) == list(Policies.model_fields)
    for switch in ("auto_offer_slots", "sla_asks", "no_show_fee", "start_code"):
        said = tuple(str(getattr(policies, switch)).lower() for policies in (NORMAL, URGENT))
        assert listed.pop(switch) == said
    for name, values in listed.items():
        known = tuple(map(duration.validate_python, values))
        assert known == (getattr(NORMAL, name), getattr(URGENT, name)), name
        # In the very form in which the API answers them.
        assert values == tuple(duration.dump_python(v, mode="json") for v in known), name


def test_the_page_of_escalations_lists_every_reason_and_decision() -> None:
    reasons = first_cells("escalations.md", "When a person is asked")
    assert {name.strip() for cell in reasons for name in cell.split(",")} == set(EscalationReason)
    decisions = first_cells("escalations.md", "What a decision does")
    assert {name for cell in decisions for name in CELL.findall(cell)} == set(Action)


def test_the_page_of_invariants_lists_every_check() -> None:
    assert {cell.strip() for cell in first_cells("invariants.md", "The list")} == set(CHECKS)
