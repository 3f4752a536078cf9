"""One program in the stack's care: how it starts, how to tell that it serves, how it ends."""

import asyncio
import contextlib
import http
import http.client
import os
import signal
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from workers.stack.identity import Identity, myself

LARGEST_LOG = 20 * 1024 * 1024


async def at_once(_pid: int) -> bool:
    """Ready as soon as it runs."""
    return True


def nothing() -> None:
    """Nothing to put right before a start."""


@dataclass(frozen=True)
class Program:
    """What to start, and how to know that it serves."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Callable[[int], Awaitable[bool]] = at_once
    where: str = ""
    identity: Identity = field(default_factory=myself)
    before: Callable[[], None] = nothing
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 60.0
    pause: float = 0.05
    sockets: tuple[int, ...] = ()
    """What it listens at: held open by us, and handed over under the same numbers."""


def answering(program: Program, url: str) -> Program:
    """The same program, ready once `url` is answered with 200."""
    address = urlsplit(url)

    def ask() -> bool:
        connection = http.client.HTTPConnection(address.netloc, timeout=2)
        try:
            connection.request("GET", address.path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    async def ready(_pid: int) -> bool:
        return await asyncio.to_thread(ask)

    return replace(program, ready=ready, where=address.netloc)


class Process:
    """A running program, in a session of its own so that Ctrl-C reaches only the stack."""

    def __init__(self, program: Program, running: asyncio.subprocess.Process) -> None:
        self.program = program
        self._running = running

    @classmethod
    async def start(cls, program: Program, log: Path | None) -> "Process":
        """Start it; what it says goes to the end of `log`, or to our own output."""
        program.before()
        with _opened(log) as output:
            running = await asyncio.create_subprocess_exec(
                *program.identity.command(*program.command),
                env=dict(program.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=program.sockets,
            )
        return cls(program, running)

    @property
    def pid(self) -> int:
        """The program's own process id: the launcher becomes the program."""
        return self._running.pid

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended yet."""
        return self._running.returncode is None

    async def wait(self) -> int:
        """Its exit code; negative for the signal that killed it."""
        return await self._running.wait()

    async def until_ready(self) -> bool:
        """True once it serves; False if it ended instead, or took longer than we wait for it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.program.patience
        while self.is_alive and loop.time() < deadline:
            if await self.program.ready(self.pid):
                return self.is_alive
            await asyncio.sleep(self.program.pause)
        return False

    async def stop(self, within: float) -> None:
        """Ask it to end, wait a little, then end it and whatever it started."""
        if self.is_alive:
            self._send(self.program.stop_signal)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), within)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        await self.wait()

    def kill(self) -> None:
        """End it now."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._running.send_signal(number)


@contextlib.contextmanager
def _opened(log: Path | None) -> Iterator[IO[bytes] | None]:
    if log is None:
        yield None
        return
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as file:
        yield file


def ending(code: int) -> str:
    """How it ended, in words."""
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by {signal.Signals(-code).name}"
