"""What the page about adding to escalations shows is true: its changes apply, and are enough."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOMS, ROOT

PAGE = ROOT / "docs" / "extending-escalations.md"
CHANGE = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STALE = (
    "docs/extending-escalations.md shows a change of a file that has moved on: write the change "
    "anew as `git diff` shows it"
)
ENOUGH = """
from api.http.articles import ARTICLES
from models.escalation import EscalationReason
from models.rules.escalation.registry import DECISIONS, KINDS
from temporalio import workflow
from workflows.escalation import EscalationWorkflow

assert set(KINDS) == set(EscalationReason) and "SLOTS_MISSING" in set(KINDS)
added = DECISIONS["5_bill_per_job"]
assert added in KINDS[EscalationReason.NOT_COVERED].decisions
assert callable(getattr(EscalationWorkflow, added.name))
assert "already-billed" in ARTICLES
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Our rooms, to be changed."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_each_change_that_is_shown_is_the_whole_of_it(copy: Path) -> None:
    changes = CHANGE.findall(PAGE.read_text(encoding="utf-8"))
    assert len(changes) == 3, "a decision, a reason, a problem code"
    for change in changes:
        command = ["git", "apply", "-"]
        applied = subprocess.run(command, cwd=copy, input=change, text=True, capture_output=True)
        assert applied.returncode == 0, f"{STALE}\n{applied.stderr}"
    tried = subprocess.run([sys.executable, "-c", ENOUGH], cwd=copy, text=True, capture_output=True)
    assert tried.returncode == 0, tried.stderr
