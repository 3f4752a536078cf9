"""The worker dies before or after each step of a replacement: it is finished all the same, and
once."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import pytest_asyncio

from temporal.failpoints import Failpoint
from tests.chaos.failpoints import Listener, Plan
from tests.house import House
from tests.scratch import scratch_database, scratch_temporal
from tests.workflows.company import assignments, bare, between, crew, hire, rows, waiting
from tests.workflows.processes import house_of_processes

pytestmark = pytest.mark.long

STEPS = [
    point
    for point in Failpoint
    if point.partition(".")[0] in ("replace", "send", "cancel", "change")
]
MORNING = between(8, 12)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mortal(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[House, Listener]]:
    """A house whose workers die where a plan says so, and begin again."""
    folder = tmp_path_factory.mktemp("mortal")
    with TemporaryDirectory(prefix="failpoints-") as short, scratch_database(postgres_url) as url:
        socket = Path(short) / "failpoints"
        async with (
            scratch_temporal() as server,
            house_of_processes(server, url, folder, FAILPOINTS=str(socket)) as (house, processes),
        ):

            async def kill(_: tuple[str, ...]) -> None:
                await asyncio.to_thread(processes.kill, "workers")
                processes.start("workers")

            async def nobody_knows(_: str) -> str | None:
                return None

            listener = Listener(socket, kill, nobody_knows)
            await listener.start()
            yield house, listener
            await listener.stop()


@pytest.mark.parametrize("point", STEPS)
async def test_a_replacement_is_finished_wherever_its_worker_dies(
    mortal: tuple[House, Listener], point: Failpoint
) -> None:
    house, listener = mortal
    old = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, MORNING)
    await house.propose(visit, old, [MORNING])
    await house.until(ticket_id, "SCHEDULED")
    hire(house, "refrigeration")
    await house.report(visit, "cannot_arrive", old, reason="VEHICLE")

    async def asked() -> Any:
        page = await house.expect("helpdesk", "GET", f"/escalations?ticket_id={ticket_id}")
        found = [e for e in page["items"] if e["closed_at"] is None]
        if not found:
            return None
        detail = await house.expect("helpdesk", "GET", f"/escalations/{found[0]['id']}")
        listed = detail["candidates"]
        return (found[0]["id"], listed[0]["id"], listed[0]["expert_id"]) if listed else None

    question, candidate, new = await house.soon(asked, "the question", seconds=30)
    plan = listener.arm(Plan(point, ("worker",), ticket_id))
    decision = {"action": "replace", "params": {"candidate_id": candidate}}
    await house.ask("helpdesk", "POST", f"/escalations/{question}/resolve", decision)
    assert await plan.firing(1, 30), "it came by"

    async def done() -> Any:
        answer = await house.ask("helpdesk", "GET", f"/tickets/{ticket_id}")
        seen = answer.json()["visits"][0] if answer.is_success else None
        return seen and crew(seen) == [f"expert:{new}"] and seen

    await house.soon(done, "the new one on the visit", seconds=60)

    async def told() -> Any:
        found = rows(
            house,
            """select template, recipient_id from notifications where ticket_id = %s
            and template in ('expert.assigned', 'assignment.cancelled', 'visit.changed')
            order by created_at""",
            ticket_id,
        )
        return [n["template"] for n in found] if len(found) > 2 else None

    assert await house.soon(told, "what is told", seconds=60) == [
        "expert.assigned",
        "assignment.cancelled",
        "visit.changed",
    ]
    states = {a["expert_id"]: a["state"] for a in assignments(house, ticket_id)}
    assert states == {bare(old): "RELEASED", new: "RESERVED"}
