"""A ticket that is changed again and again: no worker reads it for long before it answers."""

import time

import pytest

from tests.house import House, days
from workers.histories import replayer, runs_of
from workflows.ticket.story import LONGEST_RUN

pytestmark = pytest.mark.long

CHANGES = 190
BREATH = 60
"""Events that may come before the first moment in which nobody waits."""
LONGEST_READING = 2.0
"""Seconds of CPU."""


async def test_a_ticket_that_was_changed_often_is_read_within_two_seconds_and_has_lost_nothing(
    house: House,
) -> None:
    ticket_id = await house.file()
    await house.until(ticket_id, "MATCHING")
    for n in range(CHANGES):
        slots = {"slots": days(30 + n % 7, 2 + n % 5)}
        await house.expect("customer", "PUT", f"/tickets/{ticket_id}/slots", slots)
    runs = await runs_of(house.env.client, house.workflow(ticket_id).id)
    assert len(runs) > 1
    assert max(len(run.events) for run in runs) < LONGEST_RUN + BREATH
    began = time.process_time()
    result = await replayer().replay_workflow(runs[0], raise_on_replay_failure=False)
    assert result.replay_failure is None
    assert time.process_time() - began < LONGEST_READING
    changed = [e for e in await house.timeline(ticket_id) if e["type"] == "slots.changed"]
    assert len(changed) == CHANGES
    wanted = days(30 + (CHANGES - 1) % 7, 2 + (CHANGES - 1) % 5)
    assert len((await house.ticket(ticket_id))["slots"]) == len(wanted)
