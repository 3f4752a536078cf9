"""Asking under a key, once or more often."""

import uuid
from typing import Any

import httpx2

from tests.house import FRIDGE, House, days

REPLAYED = "Idempotency-Replayed"


def body(**changes: Any) -> dict[str, Any]:
    return {"description": "It hums.", "model_id": FRIDGE, "slots": days(33, 2), **changes}


def new_key() -> str:
    return str(uuid.uuid4())


async def ask(
    house: House, key: str, method: str, path: str, sent: Any, who: str = "customer"
) -> httpx2.Response:
    return await house.ask(who, method, path, sent, **{"Idempotency-Key": key})


async def open_visit(house: House, slots: Any, **changes: Any) -> tuple[str, str]:
    filed = await house.file(slots=slots, **changes)
    return filed, (await house.until(filed, "MATCHING"))["visits"][0]["id"]
