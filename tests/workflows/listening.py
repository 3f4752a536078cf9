"""Whoever listens at the failpoints of processes, and kills what a test wants killed there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from temporal.failpoints import Failpoint

Deed = Callable[[], Awaitable[None]]


class Listener:
    """Lets every process go on at once, but does a deed where it is told to, once."""

    def __init__(self) -> None:
        self._deeds: dict[str, Deed] = {}
        self._done: dict[str, asyncio.Event] = {}

    def at(self, point: Failpoint, deed: Deed) -> asyncio.Event:
        """Do something the next time that a process gets there; what is set when it is done."""
        self._deeds[point] = deed
        self._done[point] = asyncio.Event()
        return self._done[point]

    async def hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One process is somewhere."""
        point = (await reader.readline()).decode().partition(" ")[0]
        deed = self._deeds.pop(point, None)
        if deed is not None:
            await deed()
            self._done[point].set()
        try:
            writer.write(b"1")
            await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(socket: Path) -> AsyncIterator[Listener]:
    """Somebody who listens, for as long as the block lasts."""
    listener = Listener()
    server = await asyncio.start_unix_server(listener.hear, socket)
    try:
        yield listener
    finally:
        server.close()
