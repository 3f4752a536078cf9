"""One address for several: what a load balancer does in front of the frontends of a cluster."""

import asyncio
import contextlib
from collections.abc import Sequence
from itertools import count

PATIENCE = 2.0
"""Seconds for which a frontend may take to accept a connection."""


class Balancer:
    """Passes each connection on to the next of several that accepts it."""

    def __init__(self, port: int, behind: Sequence[tuple[str, int]]) -> None:
        self.port = port
        self._behind = behind
        self._turn = count()
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen on the loopback interface."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def close(self) -> None:
        """End what is open, and listen no more."""
        if self._server is not None:
            self._server.close()
        for task in self._passing:
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._passing.add(task)
        try:
            far_reader, far_writer = await self._reached()
        except OSError:
            writer.transport.abort()
        else:
            await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))
        finally:
            self._passing.discard(task)

    async def _reached(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        first = next(self._turn)
        for k in range(len(self._behind)):
            host, port = self._behind[(first + k) % len(self._behind)]
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    return await asyncio.open_connection(host, port)
        raise ConnectionRefusedError


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65536):
            writer.write(some)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
