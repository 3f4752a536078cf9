"""The embedded Temporal server: what it keeps, and for how long."""

import json
from pathlib import Path

import pytest

from tests.ports import free_port
from workers.stack.supervisor import Supervisor
from workers.stack.temporal_server import TemporalServer

pytestmark = pytest.mark.long


async def test_temporal_keeps_histories_for_ninety_days_across_restarts(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    from temporal.search_attributes import SEARCH_ATTRIBUTES

    directory = tmp_path / "temporal"
    for expected_first_start in (True, False):
        server = TemporalServer(directory, free_port(), free_port(), SEARCH_ATTRIBUTES)
        assert server.prepare() is expected_first_start
        await supervisor.start(server.program())
        await server.keep_histories()
        described = await server.call(
            "operator", "namespace", "describe", "-n", "default", "-o", "json"
        )
        retention = json.loads(described)["config"]["workflowExecutionRetentionTtl"]
        assert retention == "7776000s"
        listed = json.loads(await server.call("operator", "search-attribute", "list", "-o", "json"))
        assert set(SEARCH_ATTRIBUTES) <= set(listed["customAttributes"])
        await supervisor.stop()


def test_half_made_temporal_database_is_made_again(tmp_path: Path) -> None:
    server = TemporalServer(tmp_path, free_port(), free_port(), {})
    for name in ("temporal.db", "temporal.db-wal", "temporal.db-shm"):
        (tmp_path / name).write_bytes(b"half")
    assert server.prepare()
    assert list(tmp_path.glob("temporal.db*")) == []
