"""How pages for people say what the catalogue, the clock and matching say in codes."""

from datetime import datetime
from zoneinfo import ZoneInfo

from models.calendar import Window
from models.people.travel import TravelSource

_DAY, _TIME = "%a %d %b %H:%M", "%H:%M"


def in_words(code: str) -> str:
    """A code of the catalogue as people say it: `gas-fitting` is gas fitting."""
    return code.replace("-", " ").replace("_", " ")


def missing_in_words(missing: str, several: bool) -> str:
    """A position that nobody fills, from `<visit>.<position>:<skill>`; of which visit, where there
    are several."""
    place, _, skill = missing.partition(":")
    visit = place.partition(".")[0]
    return in_words(skill) + (f" on visit {visit}" if several else "")


def local(at: datetime, tz: str) -> str:
    """An instant as a clock on the wall of a zone shows it, with the zone."""
    return f"{moment(at, tz)} ({tz})"


def moment(at: datetime, tz: str) -> str:
    """The same, where the zone stands beside it already."""
    return f"{at.astimezone(ZoneInfo(tz)):{_DAY}}"


def span(window: Window, tz: str) -> str:
    """A stretch of time on the clock of a zone, from its start to its end."""
    start, end = (at.astimezone(ZoneInfo(tz)) for at in (window.start, window.end))
    until = f"{end:{_TIME}}" if start.date() == end.date() else f"{end:{_DAY}}"
    return f"{start:{_DAY}} to {until} ({tz})"


def hour(at: datetime, tz: str) -> str:
    """The time of day of an instant, on the clock of a zone."""
    return f"{at.astimezone(ZoneInfo(tz)):{_TIME}}"


def way(minutes: int | None, source: str | None) -> str:
    """How long somebody travels, where that is known; and whether a map says so."""
    if minutes is None:
        return ""
    by_map = source not in (None, TravelSource.GREAT_CIRCLE)
    return f", {minutes} minutes{' by the map' if by_map else ''}"
