"""How long a customer waits for his receipt: `POST /tickets` against a bare `start_workflow`.

One by one, in turn, over one kept connection each, with nobody working on what was accepted: the
figures are of accepting alone.
"""

import asyncio
import http.client
import json
import time
import uuid
from urllib.parse import urlsplit

from temporalio.client import Client

from temporal.sealing import IntakeKeyring
from tests.bench.script import FRIDGE, WORDS, Script

BREATH = 0.015
"""Seconds in which the server finishes what it does after its answer."""


class Desk:
    """Files tickets over HTTP, as one customer."""

    def __init__(self, url: str, token: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port)
        self._token = token

    def file(self, body: bytes) -> float:
        """Seconds until the receipt is there."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid.uuid4()),
        }
        began = time.perf_counter()
        self._connection.request("POST", "/v1/tickets", body, headers)
        answer = self._connection.getresponse()
        said = answer.read()
        took = time.perf_counter() - began
        assert answer.status == 201, said
        return took


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
