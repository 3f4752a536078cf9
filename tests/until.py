"""Waiting in a test: for something that happens, never for a time to pass.

Every other loop of the tests that looks again and again goes through here; a law holds that
(`tests/architecture/test_fair_tests.py`).
"""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

SECONDS = 30.0
"""For how long something is waited for, unless a test says otherwise; a busy machine is slow."""
FIRST_PAUSE, LONGEST_PAUSE, FACTOR = 0.01, 0.2, 1.3
"""Seconds between two looks: at first, at most, and how they grow."""

T = TypeVar("T")


@overload
async def until(
    look: Callable[[], Awaitable[T]], what: str = "it", seconds: float = SECONDS
) -> T: ...


@overload
async def until(look: Callable[[], T], what: str = "it", seconds: float = SECONDS) -> T: ...


async def until(look: Callable[[], Any], what: str = "it", seconds: float = SECONDS) -> Any:
    """What `look` finds as soon as it finds something that counts as true.

    Raises:
        AssertionError: nothing was found for so many seconds.
    """
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while True:
        seen = look()
        found = await seen if inspect.isawaitable(seen) else seen
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        await asyncio.sleep(pause)
        pause = min(pause * FACTOR, LONGEST_PAUSE)


def awaited(look: Callable[[], T], what: str = "it", seconds: float = SECONDS) -> T:
    """The same where no loop runs.

    Raises:
        AssertionError: nothing was found for so many seconds.
    """
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(pause)
        pause = min(pause * FACTOR, LONGEST_PAUSE)
    return found
