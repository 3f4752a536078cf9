"""What the documents say is one entry in one file, is."""

import re
import subprocess

import pytest

from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "extending.md"
DIFF = re.compile(r"^```diff\n(.*?)^```", re.DOTALL | re.MULTILINE)
DIFFS = DIFF.findall(PAGE.read_text(encoding="utf-8"))


def test_a_new_event_and_a_new_text_are_shown() -> None:
    shown = [re.findall(r"^\+\+\+ b/(.*)$", diff, re.MULTILINE) for diff in DIFFS]
    assert shown == [["models/events/visit.py"], ["activities/message/texts/visit.yaml"]]


@pytest.mark.parametrize("diff", DIFFS)
def test_what_is_shown_applies_to_the_repository_as_it_is(diff: str) -> None:
    git = ["git", "apply", "--check", "--verbose", "-"]
    done = subprocess.run(git, cwd=ROOT, input=diff, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"bring the diff in docs/extending.md up to date: {done.stderr}"
