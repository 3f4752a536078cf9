"""The bytes of files: what every store of them promises.

A name stands for the same bytes for as long as they are there, because it holds their hash, or
that of whoever brings them and what. So for each of them the answer to "what if it runs again after
it succeeded?" is that nothing changes.
"""

from typing import Protocol

from models.errors import Unavailable


class FileStore(Protocol):
    """One place for bytes. It is asked from a loop, and never blocks it."""

    async def keep(self, name: str, content: bytes, media_type: str, seconds: float) -> None:
        """Keep bytes under a name: all of them, or none. Done twice, it is as done once.

        Raises:
            Unavailable: `files-unavailable`, after so many seconds at the most. They may be there
                all the same: the answer was lost.
        """

    async def read(self, name: str, seconds: float) -> bytes | None:
        """The bytes that a name stands for; None if there are none.

        Raises:
            Unavailable: `files-unavailable`, after so many seconds at the most.
        """

    async def forget(self, name: str, seconds: float) -> None:
        """Let go of the bytes of a name, if there are any.

        Raises:
            Unavailable: as `read`. They may be gone all the same.
        """

    async def check(self, seconds: float) -> None:
        """Find out whether files can be kept and read, as far as that shows without keeping one.

        Raises:
            Unavailable: `files-unavailable`, after so many seconds at the most.
        """


class NoFiles:
    """The store of a process that keeps no files."""

    async def keep(self, name: str, content: bytes, media_type: str, seconds: float) -> None:
        """See the protocol."""
        raise away()

    async def read(self, name: str, seconds: float) -> bytes | None:
        """See the protocol."""
        raise away()

    async def forget(self, name: str, seconds: float) -> None:
        """See the protocol."""
        raise away()

    async def check(self, seconds: float) -> None:
        """Nothing is away that is not there."""


NO_FILES = NoFiles()


def name_of(visit_id: str, sha256: str) -> str:
    """What the bytes of a visit's file are kept under."""
    return f"visits/{visit_id}/{sha256}"


def name_while_waiting(request: str) -> str:
    """What the bytes of a file are kept under that nobody can look up yet: by the name of the
    request that brings them, so that they are nobody's else, and are found by no visit."""
    return f"waiting/{request}"


def away() -> Unavailable:
    """The refusal while nobody knows about files."""
    return Unavailable(
        "files-unavailable", "Files can be neither kept nor read at the moment.", retry_after=5
    )
