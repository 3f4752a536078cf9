"""The servers the tests run on, started once a run: the real ones."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio
import structlog
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from temporal.client import data_converter
from temporal.search_attributes import SEARCH_ATTRIBUTES
from tests.house import House, living_house
from tests.ports import free_port
from tests.until import awaited
from workers.stack.postgres import Postgres
from workers.stack.roles import HOUSE
from workers.stack.temporal_server import binary, dynamic_config

# Without the first three a skipped timer takes a second of real time, or is not skipped at all.
TIME_SKIPPING = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    'history.timerProcessorMaxTimeShift="1ms"',
    "history.timerProcessorMaxPollRPS=100000",
    "system.forceSearchAttributesCacheRefreshOnRead=false",
    "system.forceNexusEndpointRefreshOnRead=false",
    # How long somebody waits who decides while no worker is there.
    'history.longPollExpirationInterval="5s"',
)


# Rich takes seconds to draw one traceback of a workflow.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database on a server of this run's own, which forgets everything at a power cut."""
    postgres = Postgres(tmp_path_factory.mktemp("postgres"), free_port(), durable=False)
    postgres.prepare()
    program = postgres.program()
    with subprocess.Popen(
        program.identity.command(*program.command),
        env=dict(program.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            _await(postgres, server)
            postgres.create_database()
            # Tests make databases of their own; in all else they may what the house may.
            with psycopg.connect(postgres.keeper_url, autocommit=True) as keeper:
                keeper.execute(f"alter role {HOUSE} createdb".encode())
                keeper.execute(f"grant connect on database postgres to {HOUSE}".encode())
                # Rows without those that they name.
                keeper.execute(
                    f"grant set on parameter session_replication_role to {HOUSE}".encode()
                )
            yield postgres.url
        finally:
            server.send_signal(program.stop_signal)


def _await(postgres: Postgres, server: subprocess.Popen[bytes]) -> None:
    def ready() -> bool:
        assert server.poll() is None, "Postgres ended before it was ready"
        return asyncio.run(postgres.program().ready(server.pid))

    awaited(ready, "Postgres", seconds=30)


@pytest.fixture(scope="session")
def temporal_ui() -> str:
    """Where the Temporal UI of this run answers."""
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="session")
def desk_url() -> str:
    """Where messages say that the helpdesk works; the tests in a browser open a desk there."""
    return f"http://127.0.0.1:{free_port()}"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def temporal_env(temporal_ui: str) -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server of this run's own whose clock skips what a workflow waits for."""
    settings = [*dynamic_config(), *TIME_SKIPPING]
    arguments = [word for setting in settings for word in ("--dynamic-config-value", setting)]
    for name, kind in SEARCH_ATTRIBUTES.items():
        arguments += ["--search-attribute", f"{name}={kind}"]
    async with await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=str(binary()),
        dev_server_log_level="error",
        dev_server_extra_args=arguments,
        data_converter=data_converter(),
        ui=True,
        ui_port=urlsplit(temporal_ui).port,
        # The default of 200 ends silently in the middle of a long ticket.
        ts_config=TimeSkippingConfig(max_session_skip_count=100_000),
    ) as environment:
        yield environment


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(
    temporal_env: WorkflowEnvironment,
    postgres_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    desk_url: str,
) -> AsyncIterator[House]:
    """The whole house, for tests that only add tickets to it."""
    folder = tmp_path_factory.mktemp("house")
    async with living_house(temporal_env, postgres_url, folder, desk_url=desk_url) as living:
        yield living


@pytest.fixture(scope="session")
def repository() -> Path:
    """Where the project lies."""
    return Path(__file__).parents[1]
