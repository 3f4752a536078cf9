"""What one connection may take of us: heads, bodies and silence are bounded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from structlog.testing import capture_logs

from api.http.connection import HEAD_LIMIT, STRETCH, Connection
from api.http.middleware import BODY_LIMIT
from tests.api.http.test_middleware import application
from tests.until import until

HEAD = b"POST /v1/tickets/1/notes HTTP/1.1\r\nHost: api\r\nContent-Type: application/json\r\n"
FILE = b"PUT /v1/tickets/file HTTP/1.1\r\nHost: api\r\nConnection: close\r\n"
IDS = b"GET /v1/tickets/ids HTTP/1.1\r\nHost: api\r\n"


class Hasty(Connection):
    """As patient as a test."""

    slowest, idle = 0.5, 1.0


@asynccontextmanager
async def connected(
    kind: type[Connection] = Connection,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server of one's own."""
    config = uvicorn.Config(
        application(), port=0, http=kind, timeout_keep_alive=1, log_config=None, access_log=False
    )
    server = uvicorn.Server(config)
    with capture_logs():
        serving = asyncio.create_task(server.serve())
        await until(lambda: server.started, "the server")
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield reader, writer
        writer.close()
        server.should_exit = True
        await serving


async def whole(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other side hangs up."""
    async with asyncio.timeout(8):
        return await reader.read()


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("many", [True, False])
async def test_a_head_of_more_than_32_kb_is_refused(many: bool, at_once: bool) -> None:
    filler = b"".join(b"x-%d: %s\r\n" % (n, b"y" * 1000) for n in range(40))
    head = IDS + (filler if many else b"x-one: " + b"y" * 40_000 + b"\r\n") + b"\r\n"
    async with connected() as (reader, writer):
        for start in range(0, len(head), len(head) if at_once else 4096):
            writer.write(head[start : start + (len(head) if at_once else 4096)])
            await writer.drain()
        assert (await whole(reader)).startswith(b"HTTP/1.1 431 ")


async def test_a_line_of_more_than_32_kb_need_not_come_to_its_end() -> None:
    async with connected() as (reader, writer):
        writer.write(IDS + b"x-one: " + b"y" * 40_000)
        assert (await whole(reader)).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("step", [100_000, 1000])
async def test_a_head_of_almost_32_kb_is_taken(step: int) -> None:
    head = IDS + b"x-one: " + b"y" * (HEAD_LIMIT - 200) + b"\r\nConnection: close\r\n\r\n"
    async with connected() as (reader, writer):
        for start in range(0, len(head), step):
            writer.write(head[start : start + step])
            await writer.drain()
        assert (await whole(reader)).startswith(b"HTTP/1.1 200 ")


async def test_a_head_that_does_not_come_to_its_end_is_given_up() -> None:
    async with connected(Hasty) as (reader, writer):
        writer.write(HEAD)
        assert (await whole(reader)).startswith(b"HTTP/1.1 408 ")


async def test_a_head_that_trickles_is_given_up_as_well() -> None:
    async with connected(Hasty) as (reader, writer):
        answer = asyncio.create_task(whole(reader))
        for octet in range(len(HEAD)):
            if answer.done():
                break
            writer.write(HEAD[octet : octet + 1])
            await asyncio.wait({answer}, timeout=0.05)
        assert (await answer).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_does_not_come_to_its_end_is_given_up() -> None:
    async with connected(Hasty) as (reader, writer):
        writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
        assert (await whole(reader)).startswith(b"HTTP/1.1 408 ")


async def test_a_large_body_has_its_time_for_every_stretch_of_it() -> None:
    loop = asyncio.get_running_loop()
    async with connected(Hasty) as (reader, writer):
        answer = asyncio.create_task(whole(reader))
        writer.write(FILE + b"Content-Length: %d\r\n\r\n" % (STRETCH * 3))
        for _ in range(3):
            ends = loop.time() + 0.6 * Hasty.slowest
            await until(lambda ends=ends: answer.done() or loop.time() > ends, "a while")
            writer.write(b" " * STRETCH)
        assert (await answer).startswith(b"HTTP/1.1 200 ")


async def test_a_large_body_that_stops_is_given_up() -> None:
    async with connected(Hasty) as (reader, writer):
        writer.write(FILE + b"Content-Length: %d\r\n\r\n" % (STRETCH * 2))
        writer.write(b" " * (STRETCH + 1))
        assert (await whole(reader)).startswith(b"HTTP/1.1 408 ")


async def test_who_says_nothing_is_let_go_before_and_after_a_request() -> None:
    async with connected(Hasty) as (reader, _):
        assert await whole(reader) == b""
    async with connected(Hasty) as (reader, writer):
        writer.write(IDS + b"\r\n")
        assert (await whole(reader)).startswith(b"HTTP/1.1 200 ")


async def test_several_requests_go_over_one_connection() -> None:
    async with connected(Hasty) as (reader, writer):
        for _ in range(3):
            writer.write(IDS + b"\r\n")
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            length = 0
            while (line := await reader.readline()) != b"\r\n":
                name, _, value = line.partition(b":")
                length = int(value) if name == b"content-length" else length
            await reader.readexactly(length)


def test_the_limits_are_those_that_are_said() -> None:
    assert (Connection.slowest, Connection.idle, HEAD_LIMIT) == (10.0, 75.0, 32_768)
    assert STRETCH == BODY_LIMIT
