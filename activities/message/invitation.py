"""A visit as a calendar file (RFC 5545)."""

from datetime import UTC, datetime

from icalendar import Calendar, Event

PRODUCT = "-//Sysops Squad//Visits//EN"


def invitation(
    uid: str,
    sequence: int,
    start: datetime,
    end: datetime,
    summary: str,
    location: str,
    description: str,
    cancelled: bool,
) -> bytes:
    """The visit, for a calendar to keep, to move, or to strike out. The same visit, the same bytes.

    Send it as `text/calendar; method=PUBLISH`, or `method=CANCEL` for a cancelled visit.

    Args:
        uid: the same for every version of one visit; the calendar finds the entry by it.
        sequence: 0, then higher with every change; calendars ignore what is not newer.
        start, end: aware, of any zone; written in UTC, which every calendar shows in its own.

    Raises:
        ValueError: a time without a zone, an end not after the start, a negative sequence.
    """
    if start.tzinfo is None or end.tzinfo is None:
        raise ValueError("a visit's times need a zone")
    if end <= start:
        raise ValueError("a visit ends after it starts")
    if sequence < 0:
        raise ValueError("a sequence starts at 0")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    calendar.add_component(
        _event(uid, sequence, start, end, summary, location, description, cancelled)
    )
    ics: bytes = calendar.to_ical()
    return ics


def _event(
    uid: str,
    sequence: int,
    start: datetime,
    end: datetime,
    summary: str,
    location: str,
    description: str,
    cancelled: bool,
) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    # The stamp only orders versions of one sequence, and a sequence has one version: no clock here.
    event.add("dtstamp", start.astimezone(UTC))
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    event.add("summary", summary)
    event.add("location", location)
    event.add("description", description)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return event
