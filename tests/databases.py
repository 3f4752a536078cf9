"""Databases of one's own on the tests' server."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
from psycopg import sql

from models.catalogue.catalogue import load
from models.db.catalogue.policies import PolicyRepository
from models.db.catalogue.writes import ReferenceRepository
from models.db.engine import Database
from models.db.migrate import migrate
from models.promise.sla import SlaAsks
from models.ticket import Urgency

Server = psycopg.Connection[tuple[object, ...]]
UNHURRIED = timedelta(days=60)
"""A life is told in a moment here: what is booked for next month is reported on today. Urgent
tickets are held to the clock. Nobody waits for the time in which a report may be taken back."""


def unhurried(database: Database, *urgencies: Urgency) -> None:
    """Let the experts of such tickets report today on what is booked for next month; whoever
    reports that they are done takes nothing back. Nobody is asked about the service level of such
    tickets: whether its hours are over depends on the day of the week."""
    with database.unit_of_work() as session:
        for urgency in Urgency:
            PolicyRepository(session).set_policy("correction_window", urgency, timedelta(0))
        for urgency in urgencies:
            for name in ("report_lead", "early_completion", "longest_work"):
                PolicyRepository(session).set_policy(name, urgency, UNHURRIED)
            PolicyRepository(session).set_policy("sla_asks", urgency, SlaAsks.NOBODY)


@contextmanager
def database_of_its_own(server_url: str) -> Iterator[str]:
    """A fresh database, migrated and with the reference data in it, on the tests' server."""
    pattern, name = "post_office", f"office_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as server:
        known = server.execute("select 1 from pg_database where datname = %s", (pattern,))
        if known.fetchone() is None:
            _lay_out(server, server_url, pattern)
        _say(server, "create database {} template {}", name, pattern)
        try:
            yield _url(server_url, name)
        finally:
            _say(server, "drop database {} with (force)", name)


@contextmanager
def outage(url: str) -> Iterator[None]:
    """The database cuts every connection and takes no new one."""
    name = url.rpartition("/")[2]
    with psycopg.connect(_url(url, "postgres"), autocommit=True) as server:
        _say(server, "alter database {} allow_connections false", name)
        server.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = %s and backend_type = 'client backend'",
            (name,),
        )
        yield
        _say(server, "alter database {} allow_connections true", name)


def _lay_out(server: Server, url: str, name: str) -> None:
    _say(server, "create database {}", name)
    migrate(_url(url, name))
    database = Database(_url(url, name), pool_size=1)
    with database.unit_of_work() as session:
        ReferenceRepository(session).load_missing(load())
    database.close()


def _say(server: Server, words: str, *names: str) -> None:
    server.execute(sql.SQL(words).format(*map(sql.Identifier, names)))


def _url(server_url: str, name: str) -> str:
    return f"{server_url.rpartition('/')[0]}/{name}"
