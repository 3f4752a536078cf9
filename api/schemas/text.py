"""Words and times as people send them."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from models.calendar import Window, resolved
from models.errors import Invalid

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2200


def _without_control(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control-characters", "holds control characters")
    return text


def _only_text(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise PydanticCustomError("not-a-time", "give an RFC 3339 time as text")
    return value


def _within_reason(value: datetime) -> datetime:
    if not _EARLIEST_YEAR <= value.year <= _LATEST_YEAR:
        raise PydanticCustomError("year-out-of-range", "give a year from 2000 to 2200")
    return value


def _with_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise PydanticCustomError("offset-missing", "give the time with its offset")
    return value.astimezone(UTC)


Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000, strip_whitespace=True),
    AfterValidator(_without_control),
]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_without_control),
]
Time = Annotated[datetime, BeforeValidator(_only_text), AfterValidator(_within_reason)]
Instant = Annotated[Time, AfterValidator(_with_offset)]


class Body(BaseModel):
    """A request body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Slot(Body):
    """`[start, end)`, RFC 3339 with offset; a wall-clock time without one needs `tz`."""

    start: Time
    end: Time
    tz: Annotated[str, StringConstraints(max_length=64)] | None = None


def windows(slots: list[Slot], field: str) -> list[Window]:
    """The instants that slots stand for.

    Raises:
        Invalid: `offset-missing`, `zone-unknown`, `nonexistent-local-time`,
            `ambiguous-local-time`, `slot-backwards`; the field points at the slot.
    """
    return [_window(slot, f"{field}/{index}") for index, slot in enumerate(slots)]


def _window(slot: Slot, field: str) -> Window:
    start = _instant(slot.start, slot.tz, field, "start")
    end = _instant(slot.end, slot.tz, field, "end")
    if end <= start:
        raise Invalid("slot-backwards", "A slot ends after it starts.", field=f"{field}/end")
    return Window(start=start, end=end)


def _instant(wall: datetime, tz: str | None, field: str, name: str) -> datetime:
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    if tz is None:
        raise Invalid(
            "offset-missing",
            "Give the time with its offset, or the IANA zone in tz.",
            field=f"{field}/{name}",
        )
    try:
        zone = ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("zone-unknown", "tz is no IANA time zone.", field=f"{field}/tz") from None
    return resolved(wall, zone, f"{field}/{name}")
