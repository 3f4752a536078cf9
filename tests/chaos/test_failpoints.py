"""The listener at the failpoints, asked by the very call that our programs make."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from temporal import failpoints
from temporal.failpoints import Failpoint, reached
from temporal.ids import ticket_workflow
from tests.chaos.failpoints import Listener, Plan

OURS, THEIRS = (f"tkt_00000000-0000-5000-8000-00000000000{n}" for n in (1, 2))
Killed = list[tuple[str, ...]]


@pytest.fixture
def killed() -> Killed:
    return []


@pytest.fixture
def socket() -> Iterator[Path]:
    with TemporaryDirectory(prefix="chaos-") as folder:
        yield Path(folder) / "failpoints"


@pytest.fixture
async def listener(killed: Killed, socket: Path) -> AsyncIterator[Listener]:
    async def kill(victims: tuple[str, ...]) -> None:
        killed.append(victims)

    async def told_about(subject: str) -> str | None:
        return OURS if subject == "ntf_ours" else None

    listening = Listener(socket, kill, told_about)
    await listening.start()
    failpoints.arm(str(socket))
    yield listening
    failpoints.arm(None)
    await listening.stop()


async def come_by(point: Failpoint, subject: str) -> None:
    await asyncio.wait_for(asyncio.to_thread(reached, point, subject), 5)


async def test_whoever_comes_by_without_a_plan_goes_on(listener: Listener, killed: Killed) -> None:
    await come_by(Failpoint.AFTER_SETTLE, OURS)
    assert (killed, listener.hits) == ([], {"settle.after": 1})


async def test_a_plan_kills_at_its_point_and_over_its_ticket_as_often_as_it_says(
    listener: Listener, killed: Killed
) -> None:
    plan = listener.arm(Plan(Failpoint.AFTER_SETTLE, ("worker",), OURS, times=2))
    await come_by(Failpoint.BEFORE_SETTLE, OURS)
    await come_by(Failpoint.AFTER_SETTLE, THEIRS)
    assert killed == []
    for _ in range(3):
        await come_by(Failpoint.AFTER_SETTLE, OURS)
    assert (killed, plan.spent) == ([("worker",)] * 2, True)
    assert listener.kills == {("settle.after", "worker"): 2}


@pytest.mark.parametrize("subject", [ticket_workflow(OURS), "ntf_ours", "ntf_nobody-knows"])
async def test_a_ticket_is_known_by_its_workflow_and_by_what_is_about_it(
    listener: Listener, killed: Killed, subject: str
) -> None:
    listener.arm(Plan(Failpoint.BEFORE_TELL, ("relay", "api"), OURS))
    await come_by(Failpoint.BEFORE_TELL, subject)
    assert killed == [("relay", "api")]


async def test_a_plan_that_was_taken_back_kills_nobody(listener: Listener, killed: Killed) -> None:
    plan = listener.arm(Plan(Failpoint.BEFORE_BILL, ("api",), OURS))
    listener.disarm(plan)
    await come_by(Failpoint.BEFORE_BILL, OURS)
    assert killed == []
    assert not await plan.firing(1, patience=0)


async def test_nobody_waits_for_a_listener_that_is_gone(listener: Listener) -> None:
    await listener.stop()
    await come_by(Failpoint.AFTER_TELL, OURS)
