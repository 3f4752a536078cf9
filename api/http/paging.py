"""Lists, a page at a time: every one of them takes `limit` and `cursor`."""

import base64
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from api.http.problems import HttpRefusal
from api.http.text import Digits

MOST_ROWS = 100
_EARLIEST, _LATEST = 2000, 2200
_NUMBER = re.compile("[0-9]{1,9}")
"""Of what Postgres keeps as a number of four bytes."""
Limit = Annotated[
    Annotated[int, Field(ge=1, le=MOST_ROWS), Digits], Query(description="Rows in a page.")
]
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of a page.")]

Row = TypeVar("Row")
Found = TypeVar("Found")


class Page(BaseModel, Generic[Row]):
    """A page of rows; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Row]
    next_cursor: str | None = None


def page_of(
    found: Sequence[Found],
    limit: int,
    position: Callable[[Found], Sequence[str]],
    view: Callable[[Found], Row],
) -> Page[Row]:
    """The first `limit` of what was found, as they are shown. What was found beyond them says that
    there is another page; it goes on after the position of the last one shown."""
    rows = found[:limit]
    following = encode_cursor(*position(rows[-1])) if len(found) > limit else None
    return Page(items=[view(row) for row in rows], next_cursor=following)


def encode_cursor(*position: str) -> str:
    """Where a page ended, opaque to the reader."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, parts: int) -> Sequence[str] | None:
    """Where to go on, or None at the beginning.

    Raises:
        HttpRefusal: 400 `cursor-invalid`.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        position = None
    if not isinstance(position, list) or len(position) != parts:
        raise cursor_invalid()
    if not all(isinstance(p, str) and p.isascii() and p.isprintable() for p in position):
        raise cursor_invalid()
    return [str(p) for p in position]


def decode_moment(cursor: str | None) -> tuple[datetime, str] | None:
    """Where to go on in a list in order of time, or None at the beginning.

    Raises:
        HttpRefusal: 400 `cursor-invalid`.
    """
    position = decode_cursor(cursor, 2)
    if position is None:
        return None
    try:
        moment = datetime.fromisoformat(position[0])
    except ValueError:
        raise cursor_invalid() from None
    if moment.tzinfo is None or not _EARLIEST <= moment.year <= _LATEST:
        raise cursor_invalid()
    return moment, position[1]


def decode_name(cursor: str | None) -> str | None:
    """Where to go on in a list in order of names, or None at the beginning.

    Raises:
        HttpRefusal: 400 `cursor-invalid`.
    """
    position = decode_cursor(cursor, 1)
    return None if position is None else position[0]


def decode_number(cursor: str | None) -> tuple[int, str] | None:
    """Where to go on in a list in order of a number, or None at the beginning.

    Raises:
        HttpRefusal: 400 `cursor-invalid`.
    """
    position = decode_cursor(cursor, 2)
    if position is None:
        return None
    if not _NUMBER.fullmatch(position[0]):
        raise cursor_invalid()
    return int(position[0]), position[1]


def cursor_invalid() -> HttpRefusal:
    """The refusal of a cursor that no page ever ended with."""
    return HttpRefusal(400, "cursor-invalid", "Use the next_cursor of a page as it is.")
