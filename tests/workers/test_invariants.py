"""The checks of what must always be true, each tried on a house in which it is not."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import psycopg
import pytest
import pytest_asyncio

from models.identity import ticket_id
from temporal.ids import ticket_workflow
from tests.house import House, days, living_house
from tests.scratch import scratch_database, scratch_temporal
from workers.invariants import CHECKS, Premises, check, lasting, line

CLEAR = days(40, 1)[0]["start"]
"""A day on which nobody has a visit."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scratch(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[House]:
    """A house with one ticket that is closed and one that is scheduled."""
    with scratch_database(postgres_url) as url:
        folder = tmp_path_factory.mktemp("scratch")
        async with scratch_temporal() as server, living_house(server, url, folder) as house:
            closed = await house.completed()
            await house.expect("customer", "POST", f"/tickets/{closed['id']}/confirm", {})
            await house.workflow(closed["id"]).result()
            await house.scheduled()
            yield house


async def found_by(name: str, house: House) -> dict[str, str]:
    """What an invariant's check finds at once."""
    return await lasting(CHECKS[name][1], Premises(house.env.client, house.database), patience=0)


@contextmanager
def planted(house: House, plant: str, *repairs: str) -> Iterator[str]:
    """Something wrong in the database, repaired afterwards; gives what the planting returned."""
    with psycopg.connect(house.database_url, autocommit=True) as session:
        answer = session.execute(plant)
        row = answer.fetchone() if answer.description else None
        try:
            yield str(row[0]) if row else ""
        finally:
            for repair in repairs:
                session.execute(repair)


async def test_a_house_in_order_keeps_every_invariant(
    scratch: House, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await check(Premises(scratch.env.client, scratch.database))
    lines = capsys.readouterr().out.splitlines()
    assert [text.split()[:2] for text in lines] == [["OK", name] for name in CHECKS]


async def test_a_row_without_a_workflow_breaks_i1(scratch: House) -> None:
    lost = ticket_id("nobody", "never asked")
    copied = f"""
        insert into tickets (id, seq, status, customer_id, channel, urgency, coverage, round, slots,
            attention, timers, opened_at, fingerprint)
        select '{lost}', 0, 'RECEIVED', customer_id, channel, urgency, coverage, round, slots,
            attention, timers, opened_at, fingerprint
        from tickets limit 1"""
    with planted(scratch, copied, f"delete from tickets where id = '{lost}'"):
        assert await found_by("I1", scratch) == {lost: "a row without a workflow"}


async def test_a_ticket_closed_before_the_oldest_history_may_have_a_row_only(
    scratch: House,
) -> None:
    old = ticket_id("somebody", "long ago")
    copied = f"""
        insert into tickets (id, seq, status, customer_id, channel, urgency, coverage, round, slots,
            attention, timers, opened_at, fingerprint)
        select '{old}', 1, 'CLOSED', customer_id, channel, urgency, coverage, round, slots,
            attention, timers, opened_at, fingerprint
        from tickets limit 1"""
    closed = f"""
        insert into events (id, ticket_id, aggregate, seq, type, occurred_at, recorded_at,
            actor_role, actor_id, facts)
        values ('evt_old', '{old}', '{old}', 1, 'ticket.closed', now() - interval '1 year',
            now() - interval '1 year', 'system', 'system', '{{}}')"""
    away = (f"delete from events where aggregate = '{old}'", f"delete from tickets where id = '{old}'")
    with planted(scratch, copied, away[1]), planted(scratch, closed, away[0]):
        assert await found_by("I1", scratch) == {}


async def test_a_workflow_without_a_row_breaks_i1(scratch: House) -> None:
    lost = ticket_workflow(ticket_id("nobody", "not written"))
    handle = await scratch.env.client.start_workflow("Ticket", id=lost, task_queue="nobody-works")

    async def listed() -> bool:
        return "a workflow without a row" in (await found_by("I1", scratch)).get(lost, "")

    await scratch.soon(listed, "the workflow to be listed")
    await handle.terminate()
    with planted(scratch, "select 1"):
        assert lost in line("I1", await found_by("I1", scratch))
