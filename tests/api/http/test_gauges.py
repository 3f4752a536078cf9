"""How much waits is told at `/metrics`, and what cannot be asked is told as such."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
from prometheus_client import CollectorRegistry, generate_latest

from api.http.gauges import Gauges, look
from api.http.reads import Reads
from api.http.services import Services
from models.db.engine import Database
from models.db.intake.command_log import CommandLog
from models.intake.command import CommandKind, LoggedCommand
from tests.house import House
from tests.ports import free_port
from tests.replica import impatient

BACKLOG = "task_queue_backlog"


async def told(services: Services) -> CollectorRegistry:
    """What a scrape finds after one look."""
    gauges, registry = Gauges(), CollectorRegistry()
    registry.register(gauges)
    await look(services, gauges)
    return registry


def sample(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(name, labels)


async def test_a_house_that_is_well_tells_all_of_it(house: House) -> None:
    registry = await told(house.services)
    for kind in ("workflow", "activity"):
        backlog = sample(registry, BACKLOG, queue="tickets", kind=kind)
        oldest = sample(registry, "task_queue_oldest_seconds", queue="tickets", kind=kind)
        assert backlog is not None
        assert oldest is not None
    for source in ("temporal", "postgres", "command_log"):
        assert sample(registry, "depths_known", source=source) == 1
    for name in (
        "outbox_waiting",
        "outbox_oldest_seconds",
        "intake_copies",
        "intake_quarantined",
        "tickets_unreconciled",
        "command_log_pending",
        "command_log_quarantined",
        "command_log_unlisted",
    ):
        assert sample(registry, name) is not None, name
    assert b"Tasks that wait for a worker" in generate_latest(registry)


async def test_tasks_that_nobody_takes_are_counted_and_age(house: House) -> None:
    assert house.shift
    async with house.shift.over():
        await house.file()

        async def waits() -> bool:
            registry = await told(house.services)
            backlog = sample(registry, BACKLOG, queue="tickets", kind="workflow") or 0
            age = sample(registry, "task_queue_oldest_seconds", queue="tickets", kind="workflow")
            return backlog >= 1 and (age or 0) > 0

        await house.soon(waits, "the task to be counted")


async def test_while_temporal_and_postgres_are_away_the_rest_is_told(house: House) -> None:
    nowhere = Database(f"postgresql://u:p@127.0.0.1:{free_port()}/x", pool_size=1)
    alone = replace(
        house.services, temporal=await impatient(free_port()), reads=Reads(nowhere, seconds=1.0)
    )
    registry = await told(alone)
    assert sample(registry, "depths_known", source="temporal") == 0
    assert sample(registry, "depths_known", source="postgres") == 0
    assert sample(registry, "depths_known", source="command_log") == 1
    assert sample(registry, BACKLOG, queue="tickets", kind="workflow") is None, "nobody knows"
    assert sample(registry, "tickets_unreconciled") is None
    assert sample(registry, "command_log_pending") is not None
    alone.reads.close()


async def test_what_a_log_holds_is_counted_with_its_age(house: House, tmp_path: Path) -> None:
    (tmp_path / "commands-7.db.broken-1").touch()
    log = CommandLog(tmp_path)
    command = LoggedCommand(
        kind=CommandKind.UPDATE,
        workflow_id="ticket-7c0e2c4e-0000-4000-8000-000000000002",
        name="cancel",
        update_id="upd",
        argument="{}",
        logged_at=house.services.clock() - timedelta(minutes=1),
    )
    await log.append(command)
    registry = await told(replace(house.services, commands=log))
    assert sample(registry, "command_log_pending") == 1
    assert (sample(registry, "command_log_oldest_seconds") or 0) >= 60
    assert sample(registry, "command_log_quarantined") == 1
    log.settle(command.id)
    assert sample(await told(replace(house.services, commands=log)), "command_log_pending") == 0
    log.close()


async def test_what_was_accepted_and_is_not_whole_for_ten_minutes_is_unreconciled(
    house: House,
) -> None:
    before = sample(await told(house.services), "tickets_unreconciled") or 0
    late = "tkt_00000000-0000-4000-8000-00000000dead"
    with psycopg.connect(house.database_url, autocommit=True) as session:
        session.execute(
            "insert into accepted (ticket_id, customer_id, fingerprint, accepted_at)"
            " values (%s, 'cus_x', 'x', now() - interval '11 minutes')",
            (late,),
        )
        try:
            registry = await told(house.services)
        finally:
            session.execute("delete from accepted where ticket_id = %s", (late,))
    assert sample(registry, "tickets_unreconciled") == before + 1
    assert (sample(registry, "tickets_unreconciled_oldest_seconds") or 0) >= 660
