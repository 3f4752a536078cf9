"""Files on their way in and out: as slowly as a phone sends or takes them, and never too many."""

import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import sha256
from typing import IO

from fastapi import Request

from models.errors import Unavailable

_PIECE = 64 * 1024


class Traffic:
    """The files that go one way through this process at one time, each of up to 10 MiB.

    Args:
        at_once: how many there may be.
        of_one_caller: how many of them may be one caller's.
    """

    def __init__(self, at_once: int, of_one_caller: int) -> None:
        self._at_once, self._of_one_caller = at_once, of_one_caller
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def place(self, caller: str) -> Iterator[None]:
        """A place for one file of somebody's.

        Raises:
            Unavailable: `too-busy`.
        """
        theirs, all_of_them = self._under_way[caller], self._under_way.total()
        if all_of_them >= self._at_once or theirs >= self._of_one_caller:
            raise Unavailable("too-busy", "Too many files are under way.", retry_after=2)
        self._under_way[caller] += 1
        try:
            yield
        finally:
            self._under_way[caller] -= 1
            # Who has nothing under way is forgotten.
            self._under_way = +self._under_way


class Brought:
    """A file that came, whole: how long it is, and its hash."""

    def __init__(self, file: IO[bytes], size: int, digest: str) -> None:
        self._file = file
        self.size = size
        self.sha256 = digest

    def content(self) -> bytes:
        """All of it."""
        self._file.seek(0)
        return self._file.read()


@asynccontextmanager
async def brought(request: Request) -> AsyncIterator[Brought]:
    """The body of a request, on the disk for as long as the block lasts. How large it may be the
    middleware says."""
    with tempfile.TemporaryFile() as file:
        size, digest = 0, sha256()
        async for part in request.stream():
            file.write(part)
            digest.update(part)
            size += len(part)
        yield Brought(file, size, digest.hexdigest())


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    """A file as it is handed out: no more of it waits for a slow reader than a piece."""
    for start in range(0, len(content), _PIECE):
        yield content[start : start + _PIECE]
