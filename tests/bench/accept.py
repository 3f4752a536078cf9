"""How long a customer waits for a receipt: `POST /tickets` against a bare `start_workflow`.

One by one, in turn, over one kept connection each, with nobody working on what was accepted: the
figures are of accepting alone.
"""

import asyncio
import json
import re
import socket
import time
import uuid
from urllib.parse import urlsplit

from temporalio.client import Client

from temporal.sealing import IntakeKeyring
from tests.bench.script import FRIDGE, WORDS, Script

BREATH = 0.015
"""Seconds in which the server finishes what it does after its answer."""
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


class Desk:
    """Files tickets over HTTP, as one customer. It talks to the socket itself: Python's own client
    takes longer to read the headers of an answer than the API to write them."""

    def __init__(self, url: str, token: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = (
            f"POST /v1/tickets HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        )

    def file(self, body: bytes) -> float:
        """Seconds until the receipt is there."""
        head = f"{self._head}Idempotency-Key: {uuid.uuid4()}\r\nContent-Length: {len(body)}\r\n\r\n"
        began = time.perf_counter()
        self._socket.sendall(head.encode() + body)
        said = b""
        while not _is_whole(said):
            more = self._socket.recv(65_536)
            assert more, f"the API hung up after {said!r}"
            said += more
        took = time.perf_counter() - began
        assert said.startswith(b"HTTP/1.1 201 "), said
        return took


def _is_whole(answer: bytes) -> bool:
    head, found, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(found and length) and len(body) == int(length[1] if length else 0)


async def accepting(
    client: Client, url: str, token: str, keyring: IntakeKeyring, times: int
) -> tuple[list[float], list[float]]:
    """Seconds of every `POST /tickets`, and of every bare start."""
    desk = Desk(url, token)
    filed: list[float] = []
    started: list[float] = []
    for number in range(-10, times):
        opened = Script(abs(number), keyring).opened().model_dump(mode="json")
        body = json.dumps({"description": WORDS, "model_id": FRIDGE, "slots": opened["slots"]})
        for ours in (number % 2 == 0, number % 2 != 0):
            if ours:
                took = desk.file(body.encode())
            else:
                began = time.perf_counter()
                await client.start_workflow(
                    "Bare", opened, id=f"bare-{uuid.uuid4()}", task_queue="bare"
                )
                took = time.perf_counter() - began
            if number >= 0:
                (filed if ours else started).append(took)
            await asyncio.sleep(BREATH)
    return filed, started
