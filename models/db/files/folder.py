"""Files in a folder, for a laptop or a disk that several machines share."""

import asyncio
import os
from pathlib import Path

from obstore.store import LocalStore

from models.db.files.objects import answering, forgotten, got, put, within

PROVIDER = "folder"


class FolderFiles:
    """A `FileStore` that writes `<directory>/<name>`.

    Args:
        directory: made, for its owner only, when the first file is kept.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def keep(self, name: str, content: bytes, media_type: str, seconds: float) -> None:
        """Write the file beside its place, then move it there; it is on the disk when we answer."""
        with answering(PROVIDER):
            async with within(seconds):
                await asyncio.to_thread(self._directory.mkdir, 0o700, parents=True, exist_ok=True)
                await put(LocalStore(self._directory), name, content, None)
                await asyncio.to_thread(_settle, self._directory / name)

    async def read(self, name: str, seconds: float) -> bytes | None:
        """See the protocol."""
        with answering(PROVIDER):
            async with within(seconds):
                if not await asyncio.to_thread(self._directory.is_dir):
                    return None
                return await got(LocalStore(self._directory), name)

    async def forget(self, name: str, seconds: float) -> None:
        """See the protocol."""
        with answering(PROVIDER):
            async with within(seconds):
                if await asyncio.to_thread(self._directory.is_dir):
                    await forgotten(LocalStore(self._directory), name)

    async def check(self, seconds: float) -> None:
        """See the protocol."""
        with answering(PROVIDER):
            async with within(seconds):
                await asyncio.to_thread(self._usable)

    def _usable(self) -> None:
        self._directory.mkdir(0o700, parents=True, exist_ok=True)
        if not os.access(self._directory, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError


def _settle(path: Path) -> None:
    """See that a file and its name outlast a power cut."""
    for part in (path, path.parent):
        descriptor = os.open(part, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
