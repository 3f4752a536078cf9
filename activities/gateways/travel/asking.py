"""What all map servers have in common: one question over HTTP, and an answer nobody trusts."""

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import httpx2
from pydantic_core import from_json

from activities.gateways.travel import Table, TravelUnavailable

MOST_BYTES = 1024 * 1024
"""Of an answer; that for a day of 40 stops is a fiftieth."""
LONGEST = timedelta(days=2)
"""A way that takes longer is a mistake."""


def client(url: str) -> httpx2.AsyncClient:
    """A client of one server. It follows nobody elsewhere, asks no environment for a way, and
    unpacks nothing, for that may be larger than it looks; how long an answer may take is up to the
    caller."""
    return httpx2.AsyncClient(
        base_url=url.rstrip("/") + "/",
        headers={"Accept-Encoding": "identity"},
        timeout=None,
        trust_env=False,
        follow_redirects=False,
    )


async def answer_of(asked: httpx2.AsyncClient, request: httpx2.Request) -> dict[str, Any]:
    """The JSON object that a server answers.

    Raises:
        TravelUnavailable: it is away, refuses, says too much, or does not speak JSON.
    """
    try:
        octets = await _octets(asked, request)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        # Whatever it says of itself may hold the address, and that holds where somebody is.
        raise TravelUnavailable(type(error).__name__) from None
    try:
        answer = from_json(octets)
    except ValueError:
        raise TravelUnavailable("not-json") from None
    if not isinstance(answer, dict):
        raise TravelUnavailable("not-an-object")
    return answer


async def _octets(asked: httpx2.AsyncClient, request: httpx2.Request) -> bytes:
    answer = await asked.send(request, stream=True)
    try:
        if answer.status_code != httpx2.codes.OK:
            raise TravelUnavailable(f"status-{answer.status_code}")
        octets = b""
        async for part in answer.aiter_raw():
            octets += part
            if len(octets) > MOST_BYTES:
                raise TravelUnavailable("too-large")
        return octets
    finally:
        await answer.aclose()


def checked(rows: Any, size: int) -> Table:
    """Seconds as a server writes them, as ways between so many places.

    Raises:
        TravelUnavailable: there are more or fewer, or one is no time that a way takes.
    """
    if not isinstance(rows, list) or len(rows) != size:
        raise TravelUnavailable("wrong-size")
    return [_row(row, size) for row in rows]


def _row(row: Any, size: int) -> Sequence[timedelta | None]:
    if not isinstance(row, list) or len(row) != size:
        raise TravelUnavailable("wrong-size")
    return [_way(seconds) for seconds in row]


def _way(seconds: Any) -> timedelta | None:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TravelUnavailable("not-a-number")
    if not 0 <= seconds <= LONGEST.total_seconds():
        # So is NaN, which is neither.
        raise TravelUnavailable("impossible-time")
    return timedelta(minutes=math.ceil(seconds / 60))
