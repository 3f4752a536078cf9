"""Cables to servers that can be cut, frozen and mended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.ports import free_port


class Cable:
    """TCP connections to somewhere that can be cut, frozen, made slow and mended.

    Args:
        host: where they lead to.
        port: its port there.
        own: the port that they are taken at; one that is free, if left out.
    """

    def __init__(self, host: str, port: int, own: int | None = None) -> None:
        self._far, self.port = (host, port), own or free_port()
        self.delay = 0.0
        """Seconds that whatever comes is kept back."""
        self._server: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self.held = 0
        """How often something came that was not passed on at once."""

    async def mend(self) -> None:
        """Let everything through at once."""
        self.delay = 0.0
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    def freeze(self) -> None:
        """Take connections and bytes, and pass nothing on."""
        self._flows.clear()

    async def cut(self) -> None:
        """Close what is open, and refuse what is new."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()
        await asyncio.sleep(0)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._far)
        except OSError:
            writer.transport.abort()
            return
        if self._server is None:
            # It was cut while the far end was dialled.
            for end in (writer, far_writer):
                end.transport.abort()
            return
        self._ends |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        self._ends -= {writer, far_writer}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(65536):
                self.held += not self._flows.is_set()
                await self._flows.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                writer.write(some)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def cable(host: str, port: int) -> AsyncIterator[Cable]:
    """A cable that works, for as long as the block lasts."""
    laid = Cable(host, port)
    await laid.mend()
    try:
        yield laid
    finally:
        await laid.cut()
