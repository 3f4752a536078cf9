"""A visit as a calendar file (RFC 5545, RFC 5546)."""

from datetime import UTC, datetime
from typing import NamedTuple

from icalendar import Calendar, Event, vCalAddress

PRODUCT = "-//Sysops Squad//Visits//EN"
ORGANIZER = "Sysops Squad"


class Revision(NamedTuple):
    """A visit at a point of its life.

    Attributes:
        uid: the same for every version of one visit; the calendar finds the entry by it.
        sequence: higher with every change; calendars ignore what is not newer.
        made_at: when the change was made, of any zone.
        cancelled: whether it does not take place any more.
    """

    uid: str
    sequence: int
    made_at: datetime
    cancelled: bool = False


def invitation(
    revision: Revision,
    *,
    start: datetime,
    end: datetime,
    summary: str,
    location: str,
    organizer: str,
) -> bytes:
    """The visit, for a calendar to keep, to move, or to strike out. The same revision, the same
    bytes: PUBLISH, or CANCEL of one that does not take place.

    Send it as `text/calendar; method=PUBLISH`, or `method=CANCEL` for a cancelled visit.

    Args:
        start, end: aware, of any zone; written in UTC, which every calendar shows in its own.
        organizer: the address that stands for whoever publishes the visit.

    Raises:
        ValueError: a time without a zone, an end not after the start, a negative sequence.
    """
    if None in (start.tzinfo, end.tzinfo, revision.made_at.tzinfo):
        raise ValueError("a visit's times need a zone")
    if end <= start:
        raise ValueError("a visit ends after it starts")
    if revision.sequence < 0:
        raise ValueError("a sequence starts at 0")
    event = _event(revision)
    event.add("organizer", _publisher(organizer))
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    event.add("summary", summary)
    event.add("location", location)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if revision.cancelled else "PUBLISH")
    calendar.add_component(event)
    ics: bytes = calendar.to_ical()
    return ics


def _event(revision: Revision) -> Event:
    event = Event()
    event.add("uid", revision.uid)
    event.add("sequence", revision.sequence)
    event.add("dtstamp", revision.made_at.astimezone(UTC))
    event.add("last-modified", revision.made_at.astimezone(UTC))
    event.add("status", "CANCELLED" if revision.cancelled else "CONFIRMED")
    return event


def _publisher(email: str) -> vCalAddress:
    publisher = vCalAddress(f"mailto:{email}")
    publisher.params["CN"] = ORGANIZER
    return publisher
