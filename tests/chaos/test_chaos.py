"""The house under a dozen kills at chosen failpoints and a few faults, while people use it."""

from pathlib import Path

import pytest

from tests.chaos.faults import SHORT
from tests.chaos.kills import SHORT as CHOSEN
from tests.chaos.report import report
from tests.chaos.run import Order, run

SEED = 273


@pytest.mark.timeout(300)
async def test_what_the_house_says_is_so_whoever_was_killed(tmp_path: Path) -> None:
    order = Order(
        seed=SEED,
        kills=len(CHOSEN),
        tickets=24,
        faults=4,
        folder=tmp_path,
        least=0,
        weather=SHORT,
    )
    outcome = await run(order)
    told = "\n".join(report(order, outcome))
    print(told)
    assert outcome.missed == [], told
    assert {name: found for name, (_, found) in outcome.verdicts.items() if found} == {}, told
