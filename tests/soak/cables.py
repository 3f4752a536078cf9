"""The cables between our programs and what they depend on, in a process of their own: `python -m
tests.soak.cables SOCKET NAME=PORT:HOST:PORT...`. Whoever writes `freeze NAME` to the socket gets a
line back once it is so."""

import asyncio
import sys
from pathlib import Path

import uvloop

from tests.cable import Cable


class Cables:
    """Does things to the cables of that process."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    async def freeze(self, name: str) -> None:
        """Connections and bytes are taken and not passed on: a black hole."""
        await self._say("freeze", name)

    async def slow(self, name: str, seconds: float) -> None:
        """Whatever comes is kept back for so long."""
        await self._say("slow", name, str(seconds))

    async def cut(self, name: str) -> None:
        """What is open is closed, and what is new refused."""
        await self._say("cut", name)

    async def mend(self, name: str) -> None:
        """Everything passes."""
        await self._say("mend", name)

    async def _say(self, *words: str) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        writer.write(" ".join(words).encode() + b"\n")
        answer = await reader.readline()
        writer.close()
        if answer != b"ok\n":
            raise RuntimeError(f"the cables do not {words[0]} {words[1]}: {answer.decode()}")


def laid(name: str, own: int, host: str, port: int) -> str:
    """The argument for one cable."""
    return f"{name}={own}:{host}:{port}"


async def serve(socket: Path, arguments: list[str]) -> None:
    """Until killed."""
    cables: dict[str, Cable] = {}
    for argument in arguments:
        name, _, ends = argument.partition("=")
        own, host, port = ends.split(":")
        cables[name] = Cable(host, int(port), int(own))
        await cables[name].mend()

    async def told(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        verb, name, *more = (await reader.readline()).decode().split()
        match verb:
            case "freeze":
                cables[name].freeze()
            case "slow":
                cables[name].delay = float(more[0])
            case "cut":
                await cables[name].cut()
            case "mend":
                await cables[name].mend()
            case _:
                raise ValueError(verb)
        writer.write(b"ok\n")
        await writer.drain()
        writer.close()

    socket.unlink(missing_ok=True)
    async with await asyncio.start_unix_server(told, str(socket)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve(Path(sys.argv[1]), sys.argv[2:]))
