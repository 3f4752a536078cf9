"""The visit in the customer's calendar."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from activities.message.invitation import Revision, invitation

BERLIN = ZoneInfo("Europe/Berlin")
TEN = datetime(2026, 3, 29, 10, tzinfo=BERLIN)


MADE = datetime(2026, 3, 20, 17, 30, tzinfo=BERLIN)


def _invitation(
    sequence: int = 0, made_at: datetime = MADE, cancelled: bool = False, **changes: Any
) -> bytes:
    usual: dict[str, Any] = {
        "start": TEN,
        "end": TEN + timedelta(hours=2),
        "summary": "Sysops Squad: visit for ticket SQ-1",
        "location": "Hauptstraße 1, 53111 Bonn",
        "organizer": "helpdesk@sysops.example",
    }
    revision = Revision("vis_7@sysops.example", sequence, made_at, cancelled=cancelled)
    return invitation(revision, **(usual | changes))


def _read(ics: bytes) -> tuple[Any, Any]:
    calendar = Calendar.from_ical(ics)
    [event] = calendar.walk("VEVENT")
    return calendar, event


def test_the_visit_stands_in_the_calendar_at_its_time() -> None:
    calendar, event = _read(_invitation())
    assert (calendar["METHOD"], calendar["VERSION"]) == ("PUBLISH", "2.0")
    assert event["UID"] == "vis_7@sysops.example"
    assert event["DTSTART"].dt == datetime(2026, 3, 29, 8, tzinfo=UTC)
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=2)
    assert event["STATUS"] == "CONFIRMED"
    assert event["LOCATION"] == "Hauptstraße 1, 53111 Bonn"


@pytest.mark.parametrize("cancelled", [False, True])
def test_the_file_has_all_that_a_published_or_cancelled_event_must_have(cancelled: bool) -> None:
    """RFC 5546, 3.2.1 and 3.2.5: neither names an attendee."""
    calendar, event = _read(_invitation(sequence=4, cancelled=cancelled))
    assert {"PRODID", "VERSION", "METHOD"} <= calendar.keys()
    must = {"ORGANIZER", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "SUMMARY", "STATUS"}
    assert must <= event.keys()
    assert "ATTENDEE" not in event
    assert event["ORGANIZER"] == "mailto:helpdesk@sysops.example"
    assert event["ORGANIZER"].params["CN"] == "Sysops Squad"


def test_the_stamp_is_when_the_visit_was_changed_not_when_it_is() -> None:
    _, event = _read(_invitation())
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == MADE.astimezone(UTC)


def test_the_same_visit_is_the_same_file() -> None:
    assert _invitation() == _invitation()


def test_a_moved_visit_replaces_the_old_entry() -> None:
    _, event = _read(_invitation(sequence=1))
    assert (event["UID"], event["SEQUENCE"]) == ("vis_7@sysops.example", 1)


def test_a_cancelled_visit_is_struck_out() -> None:
    calendar, event = _read(_invitation(sequence=2, cancelled=True))
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")


def test_the_file_is_folded_as_the_standard_wants_it() -> None:
    lines = _invitation(summary="ü" * 200).split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert lines[-1] == b""


def test_words_cannot_become_lines_of_the_calendar() -> None:
    forged = "Bonn\r\nEND:VEVENT\r\nATTENDEE:mailto:eve@example.org"
    calendar, event = _read(_invitation(location=forged, summary=forged))
    assert "ATTENDEE" not in event
    assert len(calendar.subcomponents) == 1


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"start": TEN.replace(tzinfo=None)}, "zone"),
        ({"made_at": MADE.replace(tzinfo=None)}, "zone"),
        ({"end": TEN}, "after it starts"),
        ({"sequence": -1}, "sequence"),
    ],
)
def test_an_impossible_visit_is_refused(changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        _invitation(**changes)
