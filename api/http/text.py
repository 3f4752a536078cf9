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
_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2200


def _without_control(text: str) -> str:
    if _CONTROL.search(text):
        raise PydanticCustomError("control-characters", "holds control characters")
    return text


def _as_written(value: Any) -> Any:
    """Pydantic would also take a number of seconds, a date alone, and more."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
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
Time = Annotated[datetime, BeforeValidator(_as_written), AfterValidator(_within_reason)]
Instant = Annotated[Time, AfterValidator(_with_offset)]


class Body(BaseModel):
    """A request body: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def shown(**fields: Any) -> ConfigDict:
    """The configuration of a body whose description shows an example of it."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


A_MORNING = {"start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T13:00:00+01:00"}


class Slot(Body):
    """`[start, end)`, RFC 3339 with offset; a wall-clock time without one needs `tz`."""

    model_config = shown(**A_MORNING)

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
    zone = None if slot.tz is None else _zone(slot.tz, f"{field}/tz")
    start = _instant(slot.start, zone, f"{field}/start")
    end = _instant(slot.end, zone, f"{field}/end")
    if end <= start:
        raise Invalid("slot-backwards", "A slot ends after it starts.", field=f"{field}/end")
    return Window(start=start, end=end)


def _zone(name: str, field: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("zone-unknown", "tz is no IANA time zone.", field=field) from None


def _instant(wall: datetime, zone: ZoneInfo | None, field: str) -> datetime:
    if wall.tzinfo is not None:
        return wall.astimezone(UTC)
    if zone is None:
        raise Invalid(
            "offset-missing", "Give the time with its offset, or the IANA zone in tz.", field=field
        )
    return resolved(wall, zone, field)
