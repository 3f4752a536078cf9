"""The whole stack on one machine: `python -m workers.local run | demo | reset | env`.

`run` starts everything, drives one ticket through its life and stays up until Ctrl-C; `demo` ends
with the story's verdict; `reset` drops the local data; `env` prints what tools need to be told to
find the running stack: `eval "$(.venv/bin/python -m workers.local env)"`.
"""

import argparse
import asyncio
import os
import shlex
import sys
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from models.db.bell import listeners
from models.db.effect import WAKE_CHANNEL
from models.status import RELAY
from temporal.queues import TICKETS
from temporal.search_attributes import SEARCH_ATTRIBUTES
from workers.stack import staff
from workers.stack.console import Console
from workers.stack.counts import Counts, names
from workers.stack.door import Door
from workers.stack.environment import KEEPER_URL, desk_url, for_children, issuer_url
from workers.stack.home import Home, not_ours
from workers.stack.ports import HOST, Ports
from workers.stack.postgres import Postgres
from workers.stack.process import Program, answering
from workers.stack.refusal import CannotStart
from workers.stack.supervisor import Supervisor, install
from workers.stack.temporal_server import TemporalServer

INTERRUPTED = 130
UNCONFINED = (
    "this machine grants neither an open folder nor a mount namespace: the server's account can "
    "read what root can; the house's role cannot make it do so"
)


class Stack:
    """The servers and our own programs, wired to each other."""

    def __init__(
        self, home: Home, ports: Ports, console: Console, counts: Counts | None = None
    ) -> None:
        self.supervisor = Supervisor(console, home.logs)
        self._home = home
        counts = counts or Counts()
        self._apis = names("api", counts.apis)
        self._workers = names("worker", counts.workers)
        self._relays = names(RELAY, counts.relays)
        self._door = Door()
        self._ports = ports
        self._console = console
        self._postgres = Postgres(home.folder("postgres"), ports.postgres)
        self._temporal = TemporalServer(
            home.folder("temporal"), ports.temporal, ports.ui, SEARCH_ATTRIBUTES
        )

    async def start(self) -> None:
        """Everything, up to an API that accepts tickets."""
        await _together(self._start_postgres(), self._start_temporal())
        issuer = self._program("issuer", "workers.stack.issuer", "serve", asked=self._issuer_health)
        await _together(self._prepare(), self.supervisor.start(issuer))
        desk = self._program("desk", "api.web.desk", asked=f"{self._desk}/healthz")
        self._shared = self._door.at(self._ports.api)
        await _together(
            *(self.supervisor.start(one) for one in (*self._of_each(0), desk)),
        )

    async def join(self) -> None:
        """All the others of each kind, one after the other: whoever works already has the machine
        first."""
        for number in range(1, max(map(len, (self._apis, self._workers, self._relays)))):
            for one in self._of_each(number):
                await self.supervisor.start(one)

    def _of_each(self, number: int) -> list[Program]:
        """The programs with that number, where there are so many."""
        found = []
        if number < len(self._apis):
            told = self._program(self._apis[number], "api", number=number)
            found.append(staff.api(told, self._door, self._shared, self._ports.api))
        if number < len(self._workers):
            told = self._program(self._workers[number], "workers", number=number)
            polls, where = partial(self._temporal.is_polled, TICKETS), f"queue {TICKETS}"
            found.append(replace(told, ready=polls, where=where, pause=0.2))
        if number < len(self._relays):
            told = self._program(self._relays[number], "workers", RELAY, number=number)
            found.append(replace(told, ready=self._listens, pause=0.2))
        return found

    async def tell_story(self) -> int:
        """One ticket, from the call to the closed file, told as it happens."""
        where = ("--api", self.api_url, "--issuer", issuer_url(self._ports))
        story = self._program("story", "workers.tools.story", *where)
        return await self.supervisor.run(story, aloud=True)

    async def stop(self) -> None:
        """Everything, in order; the data stays."""
        # Who speaks to others goes first.
        await self.supervisor.stop(
            ("desk", *self._apis, *self._workers),
            (*self._relays, "issuer", "temporal"),
            ("postgres",),
        )
        self._door.close()

    @property
    def home(self) -> Path:
        """Where everything is kept."""
        return self._home.path

    @property
    def api_url(self) -> str:
        """Where customers, experts and the helpdesk are heard."""
        return f"http://{HOST}:{self._ports.api}"

    @property
    def helpdesk_url(self) -> str:
        """Where the helpdesk works, and the Temporal UI is looked at."""
        return f"{self._desk}/desk"

    async def _start_postgres(self) -> None:
        made = await asyncio.to_thread(self._postgres.prepare)
        remark = "first start: database created" if made else ""
        if not self._postgres.identity.is_confined:
            self._console.say("postgres", UNCONFINED)
        await self.supervisor.start(self._postgres.program(), remark=remark)
        await asyncio.to_thread(self._postgres.create_database)

    async def _start_temporal(self) -> None:
        self._temporal.prepare()
        await self.supervisor.start(self._temporal.program())
        await self._temporal.keep_histories()

    async def _prepare(self) -> None:
        errand = self._program("prepare", "workers.prepare")
        if await self.supervisor.run(errand) != 0:
            words = self.supervisor.last_words(errand)
            raise CannotStart(f"the database cannot be prepared: {words}")
        self._console.say("prepare", "migrations and reference data are in the database")

    def tell_environment(self) -> None:
        """What tools beside the stack need to know of it, as shell commands."""
        told = for_children(self._home, self._ports, self._postgres, self._temporal, given={})
        told["SYSOPS_HOME"] = str(self.home)
        told[KEEPER_URL] = self._postgres.keeper_url
        for name, value in sorted(told.items()):
            print(f"export {name}={shlex.quote(value)}")

    async def _listens(self, pid: int) -> bool:
        """Whether a relay hears of news."""
        heard = await asyncio.to_thread(listeners, self._postgres.url, WAKE_CHANNEL)
        return any(who.startswith(f"{pid}@") for who in heard)

    @property
    def _desk(self) -> str:
        return desk_url(self._ports)

    @property
    def _issuer_health(self) -> str:
        return f"http://{HOST}:{self._ports.issuer}/healthz"

    def _program(
        self, name: str, module: str, *arguments: str, asked: str = "", number: int = 0
    ) -> Program:
        told = for_children(self._home, self._ports, self._postgres, self._temporal)
        program = staff.program(name, module, *arguments, environment=told, number=number)
        return answering(program, asked) if asked else program


async def live(home: Home, ports: Ports, console: Console, counts: Counts, *, stay: bool) -> int:
    """Start, tell the story, then stay until asked to leave, or leave with the story's verdict."""
    stack = Stack(home, ports, console, counts)
    asked = asyncio.Event()
    install(asked, stack.supervisor)
    life = asyncio.create_task(_life(stack, console, stay=stay))
    leave = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({life, leave}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            return life.result()
        return 0 if stay else INTERRUPTED
    finally:
        console.say("stack", "stopping; the data stays")
        for task in (life, leave):
            task.cancel()
        await asyncio.gather(life, leave, return_exceptions=True)
        await stack.stop()
        console.say("stack", "stopped")


def tell(home: Home, ports: Ports, console: Console) -> int:
    """Print where the stack of a home is, or say on standard error that there was none yet."""
    if home.was_lived_in:
        Stack(home, ports, console).tell_environment()
        return 0
    print(
        f"nothing was started in {home.path} yet: start it there with `make run`, "
        "or export the SYSOPS_HOME and the ports that it was given",
        file=sys.stderr,
    )
    return 1


async def _life(stack: Stack, console: Console, *, stay: bool) -> int:
    await stack.start()
    verdict = await stack.tell_story()
    if stay:
        await stack.join()
        if verdict != 0:
            console.say("story", f"did not end well (exit code {verdict}); the servers stay up")
        console.say("stack", f"Helpdesk {stack.helpdesk_url}  API {stack.api_url}/docs")
        console.say("stack", f"up until Ctrl-C; data stays in {stack.home}, beside its logs")
        await asyncio.Event().wait()
    return verdict


async def _together(*starts: Coroutine[Any, Any, None]) -> None:
    """All at once; the first refusal ends the others and is the one that is told."""
    try:
        async with asyncio.TaskGroup() as group:
            for start in starts:
                group.create_task(start)
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m workers.local", description=__doc__)
    parser.add_argument(
        "command", nargs="?", default="run", choices=("run", "demo", "reset", "env")
    )
    command = parser.parse_args().command
    console = Console()
    try:
        if command == "env":
            return tell(Home.from_environment(), Ports.from_environment(), console)
        with Home.from_environment() as home:
            if command == "reset":
                home.empty()
                console.say("stack", f"{home.path} is empty")
                return 0
            ports, counts = Ports.from_environment(), Counts.from_environment()
            ports.ensure_free()
            for remark in ports.remarks():
                console.say("stack", remark)
            return asyncio.run(live(home, ports, console, counts, stay=command == "run"))
    except PermissionError as error:
        print(f"cannot start: {not_ours(error)}", file=sys.stderr)
        return 1
    except CannotStart as refusal:
        print(f"cannot start: {refusal}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The Temporal SDK's threads can abort the interpreter while it shuts down.
    os._exit(status)
