"""The visit in the customer's own calendar: entered, moved, struck out."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from models.db.message.tables import NotificationRow
from models.db.visit.tables import VisitRow
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.plain import plain
from tests.post_office import PostOffice

BERLIN = ZoneInfo("Europe/Berlin")


def test_a_scheduled_visit_comes_with_a_file_for_the_calendar(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.deliver()
    [letter] = [m for m in mail_server.accepted if "Termin am" in m["Subject"]]
    method, event = _calendar(letter)
    assert (method, event["STATUS"]) == ("PUBLISH", "CONFIRMED")
    assert event["DTSTART"].dt == ticket.visits[0].start
    assert event["DTEND"].dt == ticket.visits[0].end
    assert "Oranienstraße 25" in event["LOCATION"]
    local = event["DTSTART"].dt.astimezone(BERLIN)
    assert f"{local:%Y-%m-%d}, {local:%H:%M} Europe/Berlin" in plain(letter)


def test_a_cancelled_ticket_strikes_its_visit_out_of_the_calendar(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.cancelled(ticket)
    by_email.deliver()
    [booked] = [m for m in mail_server.accepted if "Termin am" in m["Subject"]]
    [struck] = [m for m in mail_server.accepted if "storniert" in m["Subject"]]
    (_, before), (method, after) = _calendar(booked), _calendar(struck)
    assert (method, after["STATUS"]) == ("CANCEL", "CANCELLED")
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DTSTART"].dt == before["DTSTART"].dt


def test_a_ticket_cancelled_before_anything_was_booked_touches_no_calendar(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    by_email.cancelled(by_email.matching())
    by_email.deliver()
    [struck] = [m for m in mail_server.accepted if "storniert" in m["Subject"]]
    assert not list(struck.iter_attachments())


def test_a_released_visit_is_struck_out_and_comes_back_when_it_is_booked_again(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    released = by_email.moved(by_email.scheduled())
    again = by_email.booked(released)
    by_email.deliver()
    files = [_calendar(m) for m in mail_server.accepted if list(m.iter_attachments())]
    assert [method for method, _ in files] == ["PUBLISH", "CANCEL", "PUBLISH"]
    first, struck, second = (event for _, event in files)
    assert first["UID"] == struck["UID"] == second["UID"]
    assert first["SEQUENCE"] < struck["SEQUENCE"] < second["SEQUENCE"]
    assert first["DTSTART"].dt == struck["DTSTART"].dt
    assert second["DTSTART"].dt == again.visits[0].start != first["DTSTART"].dt


def test_one_letter_enters_every_visit_of_a_group_that_still_has_its_time(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    [(told, _)] = by_email.told(ticket, "visit.scheduled")
    with by_email.database.unit_of_work() as session:
        first = session.get_one(VisitRow, ticket.visits[0].id)
        assert first.start_at is not None
        later = first.start_at + timedelta(hours=3)
        for seq, start in ((2, later), (3, None)):
            another = {"id": f"vis_{seq}", "seq": seq, "start_at": start}
            session.add(VisitRow(**first.model_dump() | another))
        facts = {**told.facts, "also": "vis_2 vis_3"}
        session.get_one(NotificationRow, told.id).facts = facts
    by_email.deliver()
    [letter] = [m for m in mail_server.accepted if "Termin am" in m["Subject"]]
    files = [Calendar.from_ical(f.get_content()) for f in letter.iter_attachments()]
    entries = [event for file in files for event in file.walk("VEVENT")]
    assert [(e["UID"], e.DTSTART) for e in entries] == [
        (first.id, first.start_at),
        ("vis_2", later),
    ]
    assert f" + V2 {later.astimezone(BERLIN):%Y-%m-%d %H:%M}" in plain(letter)


def _calendar(letter: EmailMessage) -> tuple[str, Any]:
    [file] = letter.iter_attachments()
    assert file.get_filename() == "visit-1.ics"
    calendar = Calendar.from_ical(file.get_content())
    assert file.get_param("method") == calendar["METHOD"]
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event
