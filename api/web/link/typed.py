"""Times as they are typed into a page: a day, from when, to when, on the clocks of the place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from re import fullmatch
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import Request

from models.calendar import Window, resolved
from models.errors import Invalid

ROWS = 5
_LONGEST = 20
"""Characters of a field: no day and no hour needs more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One time as it was typed; `wrong` names what is wrong with it."""

    day: str = ""
    since: str = ""
    until: str = ""
    wrong: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.day or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Typed:
    """A form that was sent; the same one sent again has the same `form_id`. `declines`: it takes
    none of what was offered."""

    rows: tuple[Row, ...]
    form_id: str
    option: int | None
    declines: bool = False


EMPTY = (Row(),) * ROWS


async def typed(request: Request) -> Typed:
    """What was sent."""
    form = await request.form(max_fields=50)
    said = {name: value for name, value in form.items() if isinstance(value, str)}

    def field(name: str) -> str:
        return said.get(name, "").strip()[:_LONGEST]

    form_id, option = said.get("form_id", ""), field("option")
    return Typed(
        rows=tuple(
            Row(field(f"day{n}"), field(f"from{n}"), field(f"to{n}")) for n in range(1, ROWS + 1)
        ),
        form_id=form_id if fullmatch("[0-9a-f]{32}", form_id) else uuid4().hex,
        option=int(option) if fullmatch("[0-9]{1,3}", option) else None,
        declines=option == "none",
    )


def windows_of(rows: Sequence[Row], here: ZoneInfo) -> tuple[Window, ...]:
    """The instants that rows stand for; an empty one stands for none.

    Raises:
        Invalid: `rows-empty`, `row-incomplete`, `row-unreadable`, `slot-backwards`,
            `nonexistent-local-time`, `ambiguous-local-time`; the field counts the rows that are
            not empty, as a ticket counts its slots.
    """
    filled = [row for row in rows if not row.is_empty]
    if not filled:
        raise Invalid("rows-empty", "No time is named.", field="/slots/0")
    return tuple(window_of(row, here, f"/slots/{n}") for n, row in enumerate(filled))


def named(rows: Sequence[Row]) -> Mapping[int, Row]:
    """Rows by the number that a page gives them."""
    return dict(enumerate(rows, start=1))


def window_of(row: Row, here: ZoneInfo, field: str) -> Window:
    """The instants that a row stands for.

    Raises:
        Invalid: as `windows_of`, but for `rows-empty`.
    """
    if not (row.day and row.since and row.until):
        raise Invalid("row-incomplete", "A day, a beginning and an end are needed.", field=field)
    try:
        day = date.fromisoformat(row.day)
        since, until = time.fromisoformat(row.since), time.fromisoformat(row.until)
    except ValueError:
        raise Invalid("row-unreadable", "No day, or no hour, is written so.", field=field) from None
    if since.tzinfo or until.tzinfo or not 2000 <= day.year <= 2999:
        raise Invalid("row-unreadable", "No day, or no hour, is written so.", field=field)
    start = resolved(datetime.combine(day, since), here, field).astimezone(UTC)
    end = resolved(datetime.combine(day, until), here, field).astimezone(UTC)
    if end <= start:
        raise Invalid("slot-backwards", "The end comes after the beginning.", field=field)
    return Window(start=start, end=end)
