"""The house on a disk of its own whose power is cut, and which is full: what was accepted is there;
and where nobody waits for the disk, the checker sees that it is not."""

from pathlib import Path

import pytest

from tests.soak.disk import why_not
from tests.soak.report import faults_of, report
from tests.soak.run import SAFETY, Order, Outcome, run
from tests.soak.weather import OF_THE_MACHINE, SHORT

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(why_not()), reason=f"no power cut, no full disk: {why_not()}"),
]


async def soaked(folder: Path, *, durable: bool) -> tuple[Order, Outcome]:
    order = Order(
        seed=11,
        minutes=0.2,
        rate=5.0,
        folder=folder,
        faults=2,
        weather=SHORT,
        short=True,
        phases=(SAFETY,),
        machine=1,
        durable=durable,
    )
    outcome = await run(order)
    print("\n".join(report(order, outcome)))
    return order, outcome


async def test_what_was_accepted_outlives_a_power_cut_and_a_full_disk(tmp_path: Path) -> None:
    order, outcome = await soaked(tmp_path, durable=True)
    assert faults_of(order, outcome) == []
    assert {kind for kind, _ in outcome.faults} >= set(OF_THE_MACHINE)


async def test_a_house_that_does_not_wait_for_its_disk_is_caught_by_a_power_cut(
    tmp_path: Path,
) -> None:
    _, outcome = await soaked(tmp_path, durable=False)
    assert outcome.verdict.lost
    assert outcome.verdict.line().startswith("BROKEN")
