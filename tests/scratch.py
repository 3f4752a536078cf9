"""Servers and databases of a test's own, for what must not be done to the shared ones."""

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from temporalio.testing import WorkflowEnvironment

from temporal.client import data_converter
from temporal.search_attributes import SEARCH_ATTRIBUTES
from workers.stack.temporal_server import binary, dynamic_config


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """An empty database on the server of `url`, gone afterwards."""
    name = f"scratch_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            drop = sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
            server.execute(drop)


@asynccontextmanager
async def scratch_temporal(*settings: str) -> AsyncIterator[WorkflowEnvironment]:
    """A Temporal server in real time, with some dynamic configuration on top of ours."""
    arguments: list[str] = []
    for setting in (*dynamic_config(), *settings):
        arguments += ["--dynamic-config-value", setting]
    for name, kind in SEARCH_ATTRIBUTES.items():
        arguments += ["--search-attribute", f"{name}={kind}"]
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(binary()),
        dev_server_log_level="error",
        dev_server_extra_args=arguments,
        data_converter=data_converter(),
    ) as environment:
        yield environment
