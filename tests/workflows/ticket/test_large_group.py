"""Groups at their bounds: the history stays small, and a long ticket goes on without a loss."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import WorkflowUpdateFailedError

from models.actor import Actor, Role
from models.calendar import Window
from models.event import Cause
from models.identity import derived_id
from models.messages.matching import Propose, Proposed
from models.ticket import Ticket
from temporal.failures import as_domain_error
from tests.house import House, living_house
from tests.scratch import scratch_database, scratch_temporal
from tests.workflows.company import (
    DAY,
    add,
    after,
    at,
    bare,
    between,
    crew,
    hire_many,
    hour,
    proposals,
    refused,
    rest,
    rows,
    times,
    waiting,
)
from tests.workflows.company import parting as parting
from workers.histories import runs_of
from workflows.ticket.story import TicketWorkflow

pytestmark = pytest.mark.long

MOST_PROPOSALS = 200
MOST_EVENTS = 4096
MOST_BYTES = 20 * 1024 * 1024
AT_ONCE = 20
TIRES_EARLY = "limit.historyCount.suggestContinueAsNew=40"
MANY_WINDOWS = tuple(
    Window(start=at(6 + 4 * part, DAY + 1 + day), end=at(9 + 4 * part, DAY + 1 + day))
    for day in range(25)
    for part in range(2)
)
"""Fifty, none of them on the day the customer names."""


def offer(visit_id: str, who: str, *windows: Window) -> Propose:
    """An expert's proposal, as the API hands it over."""
    expert = bare(who)
    return Propose(
        proposal_id=derived_id("prp", visit_id, expert, str(windows)),
        visit_id=visit_id,
        expert_id=expert,
        windows=windows,
        by=Cause(actor=Actor(role=Role.EXPERT, id=expert)),
    )


async def say(house: House, ticket_id: str, message: Propose) -> Proposed:
    """Propose past the API."""
    return await house.workflow(ticket_id).execute_update(
        TicketWorkflow.propose, message, id=message.proposal_id
    )


async def test_two_hundred_proposals_of_fifty_windows_stay_far_from_the_limits_and_settle(
    house: House,
) -> None:
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "refrigeration", **after(first))
    experts = hire_many(house, MOST_PROPOSALS, "refrigeration")
    places: list[int] = []
    numbered = list(enumerate(experts))
    for crowd in (numbered[n : n + AT_ONCE] for n in range(0, MOST_PROPOSALS, AT_ONCE)):
        said = (
            say(house, ticket_id, offer((first, second)[n % 2], who, *MANY_WINDOWS))
            for n, who in crowd
        )
        places += [p.priority_seq for p in await asyncio.gather(*said)]
    assert sorted(places) == list(range(1, MOST_PROPOSALS + 1))
    [late] = hire_many(house, 1, "refrigeration")
    with pytest.raises(WorkflowUpdateFailedError) as refusal:
        await say(house, ticket_id, offer(first, late, *MANY_WINDOWS))
    problem = as_domain_error(refusal.value.cause)
    assert problem is not None
    assert problem.code == "too-many-proposals"
    body, path = {"windows": [between(8, 20)]}, f"/visits/{first}/proposals"
    await refused(house, 422, "too-many-proposals", late, "POST", path, body)
    seen = (await rest(house, ticket_id))["visits"]
    assert [v["match_state"] for v in seen] == ["NO_COMMON_TIME"] * 2
    await times(house, ticket_id, between(8, 20, DAY + 3))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"]
    assert [hour(v["start"], DAY + 3) for v in seen] == [10, 11.5]
    least = {min(places[n::2]) for n in range(2)}
    chosen = {who for visit in seen for who in crew(visit)}
    won = [p for v in (first, second) for p in (await proposals(house, v)).values()]
    assert {p["priority_seq"] for p in won if p["state"] == "SELECTED"} == least
    assert len(chosen) == 2
    runs = await runs_of(house.env.client, house.workflow(ticket_id).id)
    for run in runs:
        size = sum(event.ByteSize() for event in run.events)
        print(f"a run of {len(run.events)} events, {size / 1024 / 1024:.1f} MB")
        assert len(run.events) < MOST_EVENTS
        assert size < MOST_BYTES


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tired(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A house whose server asks tickets to go on in a new run every few messages."""
    with scratch_database(postgres_url) as url:
        folder = tmp_path_factory.mktemp("tired")
        async with scratch_temporal(TIRES_EARLY) as server, living_house(server, url, folder) as h:
            yield h


async def test_going_on_in_a_new_run_loses_no_message_in_flight(tired: House) -> None:
    experts = hire_many(tired, 80, "refrigeration")
    ticket_id, visit = await waiting(tired, between(8, 20))
    window = Window(start=at(8, DAY + 1), end=at(20, DAY + 1))
    turn = asyncio.Semaphore(12)

    async def speak(who: str) -> Proposed:
        async with turn:
            return await say(tired, ticket_id, offer(visit, who, window))

    placed = await asyncio.gather(*map(speak, experts))
    assert sorted(p.priority_seq for p in placed) == list(range(1, 81))
    runs = await runs_of(tired.env.client, tired.workflow(ticket_id).id)
    assert len(runs) > 1
    await rest(tired, ticket_id)
    told: Ticket = await tired.workflow(ticket_id).query(TicketWorkflow.ticket)
    by_place = {p.priority_seq: p.proposal_id for p in placed}
    assert {p.seq: p.id for p in told.matching.proposals} == by_place
    assert {p["priority_seq"]: p["id"] for p in await _shown(tired, visit)} == by_place
    kept = rows(tired, "select seq from events where aggregate = %s order by seq", ticket_id)
    assert [e["seq"] for e in kept] == list(range(1, told.seq + 1))
    await times(tired, ticket_id, between(8, 20, DAY + 1))
    seen = (await tired.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert crew(seen) == [f"expert:{p.expert_id}" for p in told.matching.proposals if p.seq == 1]


async def test_a_new_run_carries_holds_rounds_dependencies_and_places(tired: House) -> None:
    one, other, third = hire_many(tired, 3, "refrigeration")
    ticket_id, first = await waiting(tired, between(8, 20))
    second = await add(tired, ticket_id, "refrigeration", **after(first))
    for visit, who in ((first, one), (first, other), (second, third)):
        await tired.propose(visit, who, [between(8, 20), between(8, 20, DAY + 1)])
    await tired.until(ticket_id, "SCHEDULED")
    before = await _runs(tired, ticket_id)
    while await _runs(tired, ticket_id) == before:
        for slots in (between(8, 20), between(8, 19.75)):
            await times(tired, ticket_id, slots)
            await rest(tired, ticket_id)
    await times(tired, ticket_id, between(8, 20, DAY + 1))

    async def moved() -> Any:
        visits = (await rest(tired, ticket_id))["visits"]
        return visits if all(v["start"] and hour(v["start"]) > 24 for v in visits) else None

    seen = await tired.soon(moved, "the chain on another day")
    assert [crew(v) for v in seen] == [[one], [third]]
    assert [hour(v["start"], DAY + 1) for v in seen] == [8, 9.5]
    states = [a["state"] for v in seen for a in v["assignments"]]
    assert sorted(states) == ["RELEASED", "RELEASED", "RESERVED", "RESERVED"]


async def test_facts_in_flight_reach_the_next_run_the_malformed_ones_too(tired: House) -> None:
    ticket = await tired.scheduled()
    visit, [expert] = ticket["visits"][0], crew(ticket["visits"][0])
    handle = tired.workflow(ticket["id"])
    before = await _runs(tired, ticket["id"])
    said: list[Any] = ["not a report"] * 40
    for n, kind in enumerate(("acknowledged", "en_route", "on_site", "started")):
        said[10 * n] = {
            "visit_id": visit["id"],
            "kind": kind,
            "expert_id": bare(expert),
            "occurred_at": datetime.now(UTC).isoformat(),
            "client_event_id": f"phone-{kind}",
            "by": {"actor": {"role": "expert", "id": bare(expert)}},
        }
    await asyncio.gather(*(handle.signal("visit_reported", fact) for fact in said))
    await tired.report(visit["id"], "completed", expert)
    await tired.until(ticket["id"], "COMPLETED")
    await rest(tired, ticket["id"])
    assert await _runs(tired, ticket["id"]) > before
    told: Ticket = await handle.query(TicketWorkflow.ticket)
    assert len({f.kind for f in told.visits[0].facts}) == 5
    happened = Counter(e["type"] for e in await tired.timeline(ticket["id"]))
    assert happened["command.rejected"] == 36, happened


async def _shown(house: House, visit_id: str) -> Sequence[Any]:
    return list((await proposals(house, visit_id)).values())


async def _runs(house: House, ticket_id: str) -> int:
    return len(await runs_of(house.env.client, house.workflow(ticket_id).id))
