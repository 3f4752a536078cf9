"""Whoever works on tickets in a test, and can be sent home."""

import faulthandler
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Self

from temporalio.worker import Worker


class Shift:
    """The worker, who can be sent home and called back."""

    def __init__(self, hire: Callable[[], Worker]) -> None:
        self._hire = hire

    async def __aenter__(self) -> Self:
        self._worker = await self._hire().__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._worker.__aexit__(None)

    def doing(self) -> str:
        """Whether anybody works, and what at: for whoever waits in vain."""
        at_work = "somebody works" if self._worker.is_running else "nobody works"
        with tempfile.TemporaryFile() as stacks:
            faulthandler.dump_traceback(stacks)
            stacks.seek(0)
            return f"{at_work}\n{stacks.read().decode()}"

    @asynccontextmanager
    async def over(self) -> AsyncIterator[None]:
        """For a while nobody works."""
        await self.__aexit__()
        try:
            yield
        finally:
            await self.__aenter__()
