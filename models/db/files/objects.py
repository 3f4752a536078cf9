"""What the stores that obstore speaks to have in common."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from models.db.files.store import away
from models.proof import MOST_BYTES

log = structlog.get_logger()


async def put(
    store: LocalStore | S3Store, name: str, content: bytes, media_type: str | None
) -> None:
    """Write bytes in one request: of several, some might stay behind."""
    attributes = {"Content-Type": media_type} if media_type else None
    await store.put_async(name, content, attributes=attributes, use_multipart=False)


async def got(store: LocalStore | S3Store, name: str) -> bytes | None:
    """The bytes of a name, if it has any."""
    try:
        found = await store.get_async(name)
        if found.meta["size"] > MOST_BYTES:
            return None
        return bytes(await found.bytes_async())
    except FileNotFoundError:
        return None


async def forgotten(store: LocalStore | S3Store, name: str) -> None:
    """Delete what a name stands for; what is not there stays so."""
    with suppress(FileNotFoundError):
        await store.delete_async(name)


@contextmanager
def answering(provider: str) -> Iterator[None]:
    """What a store says that does not do what it is asked, in our words; its own may quote names
    and keys.

    Raises:
        Unavailable: `files-unavailable`.
    """
    try:
        yield
    except (BaseError, OSError, TimeoutError) as error:
        log.warning("file_store_unavailable", store=provider, error=type(error).__name__)
        raise away() from None


def within(seconds: float) -> asyncio.Timeout:
    """The time that a store has."""
    return asyncio.timeout(max(0.0, seconds))
