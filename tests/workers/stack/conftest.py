"""A stack's parts, each ended with its test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.ports import free_port
from tests.workers.stack.standing import Heard
from workers.stack.postgres import Postgres
from workers.stack.supervisor import Supervisor


@pytest.fixture
def console() -> Heard:
    return Heard()


@pytest_asyncio.fixture
async def supervisor(tmp_path: Path, console: Heard) -> AsyncIterator[Supervisor]:
    logs = tmp_path / "logs"
    logs.mkdir()
    supervisor = Supervisor(console, logs)
    yield supervisor
    await supervisor.stop()


@pytest.fixture
def postgres(tmp_path: Path) -> Postgres:
    return Postgres(tmp_path / "postgres", free_port(), durable=False)
