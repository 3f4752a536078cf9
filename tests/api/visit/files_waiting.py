"""Files that wait: a process with a store of its own, and what is in it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from models.db.files.folder import FolderFiles
from models.db.files.store import FileStore
from tests.api.visit.brought import sha, states
from tests.cable import Cable, cable
from tests.house import House
from tests.replica import postgres_address, replica


@asynccontextmanager
async def process(
    house: House,
    directory: Path,
    *,
    files: FileStore | None = None,
    ahead: timedelta = timedelta(0),
) -> AsyncIterator[tuple[httpx2.AsyncClient, Cable]]:
    """An API process with a log and a store of its own, and its line to the database."""
    async with AsyncExitStack() as stack:
        line = await stack.enter_async_context(cable(*postgres_address(house)))
        http = await stack.enter_async_context(
            replica(
                house,
                database_port=line.port,
                command_log=directory / "log",
                files=files or FolderFiles(directory / "files"),
                ahead=ahead,
            )
        )
        yield http, line


def kept(directory: Path) -> list[Path]:
    """The files in a store, by where they are in it."""
    files = directory / "files"
    return sorted(p.relative_to(files) for p in files.rglob("*") if p.is_file())


def waiting(directory: Path) -> list[Path]:
    return [path for path in kept(directory) if path.parts[0] == "waiting"]


def logged(directory: Path) -> list[str]:
    """What a command log holds, whole."""
    found: list[str] = []
    for file in (directory / "log").glob("commands-*.db"):
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as log:
            found += [row for (row,) in log.execute("select command from command")]
    return found


async def swept(house: House, directory: Path) -> None:
    """Wait until nothing is left of what was put off."""

    async def nothing() -> bool:
        return not logged(directory) and not waiting(directory)

    await house.soon(nothing, "the end of what was put off")


async def stored(house: House, visit: str, who: str, content: bytes) -> None:
    async def here() -> bool:
        return (await states(house, visit, who)).get(sha(content)) == "STORED"

    await house.soon(here, "the file")


async def shown(house: House, expert: str) -> Any:
    return (await house.expect(expert, "GET", "/experts/me/work-items"))["refused_reports"]
