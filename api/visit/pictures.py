"""Pictures: whether one can be seen, and the copy of it that a customer gets.

Decoding takes time and up to a fifth of a gigabyte of memory, so few are decoded at a time.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from typing import TypeVar

from PIL import Image, ImageOps

from api.http import asking
from models.errors import DomainError, Invalid, Unavailable
from models.proof import FileType

MOST_PIXELS = 8192 * 6144
"""Of a picture. What a few bytes can claim to hold, nobody has the memory for."""
LONGEST_SIDE = 2048
"""Pixels of a customer's copy, which is a JPEG whatever it was."""
_FORMATS = {FileType.JPEG: "JPEG", FileType.PNG: "PNG", FileType.WEBP: "WEBP"}
_QUALITY = 85
_SECONDS = 2.5
_AT_ONCE = 2

T = TypeVar("T")


class Pictures:
    """The threads that decode pictures."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="pictures")

    async def require_seen(self, content: bytes, kind: FileType) -> None:
        """See that a picture is one, to its last line.

        Raises:
            Invalid: `file-unreadable`, `picture-too-large`.
            Unavailable: `too-busy`.
        """
        await self._within(lambda: _require_seen(content, kind))

    async def copy_of(self, content: bytes, kind: FileType) -> bytes:
        """A picture drawn anew and not larger than a screen: without where and by what it was
        taken, and whatever else was written beside it.

        Raises:
            Invalid: `file-unreadable`, `picture-too-large`.
            Unavailable: `too-busy`.
        """
        return await self._within(lambda: _copied(content, kind))

    async def _within(self, work: Callable[[], T]) -> T:
        begun = self._threads.submit(work)
        try:
            async with asyncio.timeout(asking.rest(_SECONDS)):
                return await asyncio.wrap_future(begun)
        except TimeoutError:
            begun.cancel()
            raise Unavailable(
                "too-busy", "Too many pictures are looked at at this time.", retry_after=2
            ) from None


def _require_seen(content: bytes, kind: FileType) -> None:
    with _drawable():
        _opened(content, kind).load()


def _copied(content: bytes, kind: FileType) -> bytes:
    with _drawable():
        picture = _opened(content, kind)
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        copy = BytesIO()
        _on_paper(_upright(picture)).save(copy, "JPEG", quality=_QUALITY)
        return copy.getvalue()


def _on_paper(picture: Image.Image) -> Image.Image:
    """What shows through is white; nothing but the pixels comes along."""
    paper = Image.new("RGB", picture.size, "white")
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper.paste(picture, mask=picture)
    else:
        paper.paste(picture)
    return paper


@contextmanager
def _drawable() -> Iterator[None]:
    """A decoder fails in many ways over what is no picture, and may quote what it read."""
    try:
        yield
    except DomainError:
        raise
    except Exception:
        raise Invalid("file-unreadable", "The picture cannot be drawn.") from None


def _opened(content: bytes, kind: FileType) -> Image.Image:
    """A picture of which only the head was read."""
    picture = Image.open(BytesIO(content), formats=(_FORMATS[kind],))
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Invalid(
            "picture-too-large", "The picture has more pixels than we draw.", most=MOST_PIXELS
        )
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """As it was taken: what says so is not in the copy, and need not be readable."""
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture
