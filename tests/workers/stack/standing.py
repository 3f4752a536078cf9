"""Servers and programs of a stack in a test, and what is said of them."""

import os
import sys

import psycopg

from workers.stack.console import Console
from workers.stack.postgres import Postgres
from workers.stack.process import Program
from workers.stack.supervisor import Supervisor


class Heard(Console):
    """A console that remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def say(self, subject: str, fact: str) -> None:
        self.lines.append(f"{subject} {fact}")


async def start(supervisor: Supervisor, postgres: Postgres) -> None:
    postgres.prepare()
    await supervisor.start(postgres.program())
    postgres.create_database()


def ask(postgres: Postgres, query: str) -> object:
    with psycopg.connect(postgres.url, autocommit=True, connect_timeout=5) as session:
        answer = session.execute(query)
        return answer.fetchone()[0] if answer.description else None  # type: ignore[index]


def stand_in(code: str, name: str = "stand-in", patience: float = 10) -> Program:
    return Program(name, (sys.executable, "-c", code), dict(os.environ), patience=patience)
