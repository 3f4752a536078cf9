"""Words and times as people send them."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, LiteralString, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from models.calendar import Window, resolved
from models.errors import Invalid
from models.text import ONE_LINE, PHONE, PROSE, ambiguous, composed, is_visible, unreadable

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DURATION = re.compile(r"P(?=[0-9T])[0-9.,YMWDTHS]+", re.ASCII)
_NUMBER = re.compile("-?[0-9]{1,9}", re.ASCII)
_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2200
_Dated = TypeVar("_Dated", bound=date)


def _as_written(value: Any) -> Any:
    """Pydantic would also take a number of seconds, a date alone, and more."""
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise PydanticCustomError("not-a-time", "give an RFC 3339 time as text")
    return value


def _a_day(value: Any) -> Any:
    """Pydantic would also take a number of seconds, and a midnight."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("not-a-day", "give a day as text, YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("no-such-day", "the calendar has no such day") from None


def _iso_8601(value: Any) -> Any:
    """Pydantic would also take a number of seconds, and "1 day, 02:00"."""
    if isinstance(value, timedelta) or (isinstance(value, str) and _DURATION.fullmatch(value)):
        return value
    raise PydanticCustomError("not-a-duration", "give an ISO 8601 duration as text")


def _digits(value: Any) -> Any:
    """Pydantic would also take 1.0, 1_0, +1 and blanks around it."""
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise PydanticCustomError("int_parsing", "give a whole number in digits")
    return value


def _true_or_false(value: Any) -> Any:
    """Pydantic would also take yes, on and 1."""
    if isinstance(value, str) and value not in ("true", "false"):
        raise PydanticCustomError("bool_parsing", "give true or false")
    return value


def _within_reason(value: _Dated) -> _Dated:
    if not _EARLIEST_YEAR <= value.year <= _LATEST_YEAR:
        raise PydanticCustomError("year-out-of-range", "give a year from 2000 to 2200")
    return value


def _with_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise PydanticCustomError("offset-missing", "give the time with its offset")
    return value.astimezone(UTC)


def _readable(value: Any) -> Any:
    """Before it is stripped: a mark at its end is sent as well."""
    return _without(value, unreadable)


def _plain(value: Any) -> Any:
    return _without(value, ambiguous)


def _without(value: Any, rule_of: Callable[[str], str | None]) -> Any:
    rule = rule_of(value) if isinstance(value, str) else None
    if rule is not None:
        raise PydanticCustomError(rule, _EXPLAINED[rule])
    return value


_EXPLAINED: Mapping[str, LiteralString] = {
    "control-characters": "holds control characters",
    "bidirectional-controls": "holds characters that turn the direction of writing",
    "invisible-characters": "holds characters that nobody sees",
}


def _kept(most: int) -> Callable[[str], str]:
    """In NFC, which may be longer than what was sent, and with something to see in it."""

    def keep(text: str) -> str:
        text = composed(text)
        if text and not is_visible(text):
            raise PydanticCustomError("nothing-visible", "holds nothing that can be seen")
        if len(text) > most:
            raise PydanticCustomError("string_too_long", "is longer than {most}", {"most": most})
        return text

    return keep


def _folded(most: int) -> Callable[[str], str]:
    """As `_kept`, and in no case, with one blank where there were several."""

    def fold(text: str) -> str:
        return _kept(most)(" ".join(composed(text).casefold().split()))

    return fold


def as_kept(text: str, field: str) -> str:
    """Words that come from a form and not from a body, as they are kept.

    Raises:
        Invalid: `text-unreadable`.
    """
    if (rule := unreadable(text)) is not None:
        raise Invalid("text-unreadable", f"The text {_EXPLAINED[rule]}.", field=field)
    if not is_visible(text):
        raise Invalid("text-unreadable", "The text holds nothing that can be seen.", field=field)
    return composed(text)


_PROSE = (BeforeValidator(_readable), Field(json_schema_extra={"pattern": PROSE}))
_LINE = (BeforeValidator(_plain), Field(json_schema_extra={"pattern": ONE_LINE}))
Words = Annotated[
    str,
    StringConstraints(min_length=1, max_length=4000, strip_whitespace=True),
    AfterValidator(_kept(4000)),
    *_PROSE,
]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(_kept(200)),
    *_LINE,
]
ToolName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=60, strip_whitespace=True),
    AfterValidator(_folded(60)),
    *_LINE,
]
"""What a tool is called; in whatever case, it is the same one."""
Region = Annotated[
    str,
    StringConstraints(max_length=100, strip_whitespace=True),
    AfterValidator(_kept(100)),
    *_LINE,
]
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{3,190}$"),
    AfterValidator(_kept(255)),
    BeforeValidator(_plain),
]
Phone = Annotated[str, StringConstraints(pattern=PHONE)]
Searched = Annotated[
    str,
    StringConstraints(max_length=100, pattern=ONE_LINE),
    AfterValidator(composed),
    BeforeValidator(_plain),
]
"""Words to look for, as they are kept where they are looked for."""
ZoneName = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_+./-]{0,64}$")]
"""Of a time zone, as IANA spells them; whether there is one, a rule says."""
Whole = Annotated[int, Field(strict=True)]
"""A number without a fraction: no text, no truth."""
Latitude = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-90, le=90)]
Longitude = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-180, le=180)]
Truth = Annotated[bool, Field(strict=True)]
AS_ISO_8601 = (
    BeforeValidator(_iso_8601),
    Field(json_schema_extra={"pattern": "^P[0-9.,YMWDTHS]+$"}),
)
"""How a duration is sent, as text. Bounds stand before it, or the description says them wrong."""
Digits = BeforeValidator(_digits)
"""Of a number in an address, after its bounds: it is written in digits alone."""
TrueOrFalse = BeforeValidator(_true_or_false)
"""Of a truth in an address."""
Time = Annotated[datetime, BeforeValidator(_as_written), AfterValidator(_within_reason)]
Instant = Annotated[Time, AfterValidator(_with_offset)]
Day = Annotated[date, BeforeValidator(_a_day), AfterValidator(_within_reason)]
"""A day of the calendar; whose, and so from when to when, says who takes it."""


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
    tz: ZoneName | None = None


def windows(slots: list[Slot], field: str) -> list[Window]:
    """The instants that slots stand for.

    Raises:
        Invalid: `offset-missing`, `zone-unknown`, `nonexistent-local-time`,
            `ambiguous-local-time`, `slot-backwards`; the field points at the slot.
    """
    return [window_of(slot, f"{field}/{index}") for index, slot in enumerate(slots)]


def window_of(slot: Slot, field: str) -> Window:
    """The instants that one slot stands for.

    Raises:
        Invalid: as `windows`.
    """
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
