"""A minute of a soak: each role killed, frozen, sent away and cut off once, while people file."""

from pathlib import Path

import pytest

from tests.soak.page import page
from tests.soak.report import faults_of, report
from tests.soak.run import SAFETY, Order, run
from tests.soak.weather import SHORT

FAULTS = 20


@pytest.mark.timeout(420)
async def test_nothing_accepted_is_lost_whoever_was_killed_frozen_or_cut_off(
    tmp_path: Path,
) -> None:
    order = Order(
        seed=273,
        minutes=0.5,
        rate=5.0,
        folder=tmp_path,
        faults=FAULTS,
        weather=SHORT,
        short=True,
        phases=(SAFETY,),
    )
    outcome = await run(order)
    told = "\n".join(report(order, outcome))
    print(told)
    assert faults_of(order, outcome) == [], told
    text = page(order, outcome, tmp_path / "soak.html").read_text(encoding="utf-8")
    assert outcome.verdict.line() in text
    assert not [word for word in ("<script", "src=", "http://", "https://") if word in _shown(text)]
    assert text.count('class="fault"') == len(outcome.history.outages) >= FAULTS


def _shown(text: str) -> str:
    """A page without what names the language of its drawing."""
    return text.replace('xmlns="http://www.w3.org/2000/svg"', "")
