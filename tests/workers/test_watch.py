"""An escalation that somebody ended from outside is found by one worker of the house, once."""

import asyncio
from datetime import datetime

from models.db.chores import ChoreRepository
from tests.house import House
from tests.workflows.company import between, hire, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    Asked,
    escalated,
    known,
    raised_again,
    shown,
    watched,
)
from workers.watch import Watch

NOON = between(8, 20)
PROMISED = 10.0
"""Seconds, and what visibility lags."""


async def test_of_several_workers_one_looks_at_a_time(house: House) -> None:
    workers = [Watch(house.database, house.env.client) for _ in range(5)]
    looked = await asyncio.gather(*(worker.look() for worker in workers))
    assert sum(looked) <= 1
    assert not any(await asyncio.gather(*(worker.look() for worker in workers)))


async def test_an_escalation_that_was_ended_is_asked_again_in_the_time_that_is_promised(
    house: House,
) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    ended = await first_run(asked)
    await asked.terminate("an accident")
    await raised_again(house, asked, ended, PROMISED + 5)
    assert (await known(asked)).state.is_live


async def test_whoever_looks_next_finds_that_it_runs_again_and_tells_nobody(
    house: House,
) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    ended = await first_run(asked)
    await asked.terminate("an accident")
    await raised_again(house, asked, ended)
    before = await told_of_losses(house, ticket_id)
    for _ in range(2):
        await watched(house)
    assert await told_of_losses(house, ticket_id) == before == 1
    assert [row["state"] for row in await shown(house, ticket_id)] == ["OPEN"]


async def test_how_far_somebody_looked_is_known_to_whoever_looks_next(house: House) -> None:
    chore = ChoreRepository(house.database, "watch")
    before = await asyncio.to_thread(chore.done_until)
    await watched(house)

    async def further() -> datetime | None:
        until = await asyncio.to_thread(chore.done_until)
        return until if before is None or (until and until > before) else None

    assert await house.soon(further, "a whole look")


async def test_a_lost_escalation_whose_answer_has_come_is_closed_and_not_asked_again(
    house: House,
) -> None:
    ticket_id, visit = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await house.propose(visit, hire(house, "refrigeration"), [NOON])
    await house.until(ticket_id, "SCHEDULED")
    assert (await asked.result())["state"] == "AUTO_RESOLVED"
    before = await told_of_losses(house, ticket_id)
    await watched(house)
    assert await told_of_losses(house, ticket_id) == before == 0


async def first_run(asked: Asked) -> str | None:
    """The run of an escalation that is about to be ended."""
    return (await asked.describe()).run_id


async def told_of_losses(house: House, ticket_id: str) -> int:
    """How often a ticket was told that its escalation is lost."""
    history = await house.workflow(ticket_id).fetch_history()
    heard = [
        e.workflow_execution_signaled_event_attributes
        for e in history.events
        if e.HasField("workflow_execution_signaled_event_attributes")
    ]
    return sum(
        b'"lost":true' in s.input.payloads[0].data.replace(b" ", b"")
        for s in heard
        if s.signal_name == "escalation_over"
    )
