"""Every command that README and docs show is typed as it stands there, into one shell beside one
stack; what cannot be is listed here with the reason."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import name_of
from tests.docs.clone import Clone, Ran
from tests.docs.pages import PAGES, README, Command, commands, samples
from tests.until import awaited

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
"""Seconds: a dozen programs start one after the other, beside whatever else the machine does."""
NOT_TYPED = {
    r"(time )?make demo": "is what `make run` does, but for staying up",
    r"(time )?make (test|test-long|lint|browser|mutants)|\.venv/bin/pytest ": "these very tests",
    r"make (bench|chaos|soak|cluster|power-cut)": "takes minutes, and all of the machine",
    r"(\.venv/bin/)?python -m tests\.(bench\.|chaos --only|cluster|soak)": (
        "takes minutes, and all of the machine"
    ),
    r"make (lock|clean)|make PYTHON=": "changes what these tests are run with",
    r"make reset": "drops what the others look at; tests/workers/stack/test_local_stack.py does it",
    r"docker compose |cp \.env\.example": "needs containers; tests/contracts reads what they run",
    r"export (DATABASE_URL|TEMPORAL_ADDRESS)=": "names servers that are nowhere",
    r"python -m (workers|workers relay|api|api\.web\.desk)$": "stays up; the stack runs it",
    r"(\.venv/bin/)?python -m tests\.(replay|contracts)\.": "writes into the repository",
    r"npm install |npx |python3\.11 -m venv clients|PATH=.*openapi-python-client|clients/bin/": (
        "fetches generators from elsewhere; tests/api/http/test_generators.py holds what they need"
    ),
    r"grep .* \.local/(chaos|soak)/": "reads what `make chaos` and `make soak` leave",
    r"python3\.11 -m venv |\.venv/bin/python -m pip ": "installs; the tests run on what is",
}
HARMLESS = re.compile(r"(?!.*\bmake )|.*\bmake (-s )?(help|token)\b", re.DOTALL)
"""Of what `make` does only this is typed unless somebody thought about it: it might install."""
STARTS = "make run"
BEFORE = ('PROPOSAL=$(decision | field \'["proposals"][0]["proposal_id"]\')',)
"""What the pages take from a ticket of their own: what was proposed."""
MEANT = {
    re.compile(r"\btkt_(?:[0-9a-f-]{36}|…)"): "$TICKET",
    re.compile(r"\bticket-[0-9a-f-]{36}"): "ticket-${TICKET#tkt_}",
    re.compile(r"\bgrp_[0-9a-f-]{36}"): "$GROUP",
    re.compile(r"\bprp_[0-9a-f-]{36}"): "$PROPOSAL",
    re.compile(r"^(pg_restore .*)$"): r"( DATABASE_URL=${DATABASE_URL%/*}/restored; \1 )",
    re.compile(r"^(temporal workflow delete .*)$"): r"echo y | \1",
}
"""Examples name tickets of somebody else's, and a database that nobody uses meanwhile; who is asked
whether they are sure, is."""
AT_LAST = re.compile(r"^(pg_restore|temporal workflow delete|rm |kill )")
"""After which nothing is as it was."""


def shown() -> list[Command]:
    return [command for page in PAGES for command in commands(page)]


def reason(text: str) -> str | None:
    """Why a command is not typed."""
    found = next((why for what, why in NOT_TYPED.items() if re.match(what, text)), None)
    assert found or text == STARTS or HARMLESS.match(text), f"say why {text} is not typed here"
    return found


def line_of(text: str) -> str:
    """A command about what is there, in a shell that has our programs on its path."""
    for example, ours in MEANT.items():
        text = example.sub(ours, text)
    return text.removeprefix(".venv/bin/")


def to_type() -> list[str]:
    """Every command once, in the order of the pages; what ends things at the end."""
    texts = [c.text for c in shown() if c.text != STARTS and reason(c.text) is None]
    in_order = sorted(texts, key=lambda text: bool(AT_LAST.match(text)))
    return list(dict.fromkeys(map(line_of, in_order)))


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    clone = Clone(tmp_path_factory.mktemp("reader"))
    with clone.running(STARTS):
        yield clone


@pytest.fixture(scope="module")
def ran(clone: Clone) -> Mapping[str, Ran]:
    lines = to_type()
    index = max(n for n, line in enumerate(lines) if line.startswith("export PATH=")) + 1
    lines[index:index] = BEFORE
    return dict(zip(lines, clone.follow(lines), strict=True))


@pytest.fixture(scope="module")
def answers(ran: Mapping[str, Ran]) -> list[dict[str, Any]]:
    """What the API answered."""
    lines = [line for found in ran.values() for line in found.output.splitlines()]
    return [json.loads(line) for line in lines if line.startswith('{"')]


def test_what_is_not_typed_is_shown_somewhere() -> None:
    texts = [command.text for command in shown()]
    assert [what for what in NOT_TYPED if not any(re.match(what, text) for text in texts)] == []
    assert STARTS in texts


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_of_a_page_works_as_it_stands(page: Path, ran: Mapping[str, Ran]) -> None:
    texts = [command.text for command in commands(page)]
    lines = [line_of(t) for t in texts if t != STARTS and reason(t) is None]
    assert {line: ran[line] for line in lines if ran[line].status} == {}


def test_the_answers_that_the_readme_shows_are_like_those_that_come(
    answers: list[dict[str, Any]],
) -> None:
    for sample in samples(README):
        assert any(sample.keys() <= answer.keys() for answer in answers), sample


def test_the_ticket_of_the_readme_lives_its_life(
    answers: list[dict[str, Any]], ran: Mapping[str, Ran]
) -> None:
    decided = next(answer for answer in answers if answer.get("keys"))
    assert [proposal["verdict"] for proposal in decided["proposals"]] == ["won"]
    assert any("customer ticket.received" in found.output for found in ran.values())
    assert any(answer.get("status") == "CANCELLED" for answer in answers)
    refused = next(a for a in answers if a.get("code") == "illegal-transition")
    assert refused["evidence"] == {"state": "COMPLETED", "allowed": ["confirm", "reopen"]}


def test_the_stack_runs_the_programs_of_the_page_of_operations(ran: Mapping[str, Ran]) -> None:
    [programs] = [found.output for line, found in ran.items() if line.startswith("ps ")]
    for module in ("workers", "workers relay", "api", "api.web.desk"):
        assert re.search(rf"-m {re.escape(module)}$", programs, re.MULTILINE), module


def test_what_the_page_of_operations_kills_is_started_again(
    clone: Clone, ran: Mapping[str, Ran]
) -> None:
    assert any(line.startswith("kill -9") for line in ran)
    said = "worker     was killed by SIGKILL; starting it again"
    awaited(lambda: said in clone.said, "the supervisor", seconds=60)
