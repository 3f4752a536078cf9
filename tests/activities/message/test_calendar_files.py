"""The visit in the customer's own calendar: entered, moved, struck out."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from models.dates import day, day_and_hour
from models.db.message.tables import NotificationRow
from models.db.visit.tables import VisitRow
from models.event import OURSELVES
from models.events.money import PaymentRequested
from models.ticket import Coverage
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer
from tests.activities.plain import plain
from tests.post_office import HELPDESK, PostOffice, stands

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
    assert f"{day(local, 'de')}, {local:%H:%M} Europe/Berlin" in plain(letter)


def test_a_cancelled_ticket_strikes_its_visit_out_of_the_calendar(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.deliver()
    by_email.cancelled(ticket)
    by_email.deliver()
    [booked] = [m for m in mail_server.accepted if "Termin am" in m["Subject"]]
    [struck] = [m for m in mail_server.accepted if "storniert" in m["Subject"]]
    assert _strikes_out(_calendar(struck), _calendar(booked))


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
    ticket = by_email.scheduled()
    by_email.deliver()
    released = by_email.moved(ticket)
    by_email.deliver()
    again = by_email.booked(released)
    by_email.deliver()
    files = [_calendar(m) for m in mail_server.accepted if list(m.iter_attachments())]
    assert [method for method, _ in files] == ["PUBLISH", "CANCEL", "PUBLISH"]
    first, struck, second = (event for _, event in files)
    assert first["UID"] == struck["UID"] == second["UID"]
    assert first["SEQUENCE"] < struck["SEQUENCE"] < second["SEQUENCE"]
    assert first["DTSTAMP"].dt <= struck["DTSTAMP"].dt <= second["DTSTAMP"].dt < by_email.now()
    assert {str(e["ORGANIZER"]) for e in (first, struck, second)} == {f"mailto:{HELPDESK}"}
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
    assert f" + V2 {day_and_hour(later.astimezone(BERLIN), 'de')}" in plain(letter)


def test_a_visit_that_was_released_and_given_up_at_once_is_struck_out_all_the_same(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.deliver()
    by_email.cancelled(by_email.moved(ticket))
    by_email.deliver()
    [(released, _)] = by_email.told(ticket, "visit.cancelled")
    assert released.suppressed == "overtaken"
    files = [_calendar(m) for m in mail_server.accepted if list(m.iter_attachments())]
    before, after = files
    assert _strikes_out(after, before)


def test_a_visit_that_was_struck_out_by_mail_is_not_struck_out_again(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.deliver()
    released = by_email.moved(ticket)
    by_email.deliver()
    by_email.cancelled(released)
    by_email.deliver()
    files = [_calendar(m) for m in mail_server.accepted if list(m.iter_attachments())]
    assert [method for method, _ in files] == ["PUBLISH", "CANCEL"]


def test_what_no_letter_struck_out_the_next_one_does_until_the_visit_is_booked_again(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.deliver()
    released = by_email.moved(ticket)
    [(unwritable, _)] = by_email.told(ticket, "visit.cancelled")
    with by_email.database.unit_of_work() as session:
        session.get_one(NotificationRow, unwritable.id).template = "visit.exploded"
    by_email.deliver()
    until = by_email.now() + timedelta(hours=24)
    asked = PaymentRequested(expires_at=until.isoformat())
    unpaid = released.but(promise=released.promise.but(coverage=Coverage.NOT_COVERED))
    waits = by_email.record(unpaid.happened(asked, by_email.now(), OURSELVES))
    by_email.deliver()
    again = by_email.booked(waits)
    by_email.deliver()
    files = [_calendar(m) for m in mail_server.accepted if list(m.iter_attachments())]
    assert [method for method, _ in files] == ["PUBLISH", "CANCEL", "PUBLISH"]
    first, struck, second = (event for _, event in files)
    assert first["UID"] == struck["UID"] == second["UID"]
    assert first["SEQUENCE"] < struck["SEQUENCE"] < second["SEQUENCE"]
    assert first["DTSTART"].dt == struck["DTSTART"].dt
    assert second["DTSTART"].dt == again.visits[0].start


def test_a_cancellation_by_sms_promises_nothing_to_the_calendar_and_the_next_mail_strikes_out(
    office: PostOffice, mail_server: SmtpServer, twilio: TwilioServer
) -> None:
    office.change(channels=["email"])
    ticket = office.scheduled()
    office.deliver()
    office.change(channels=["sms", "email"])
    released = office.moved(ticket)
    office.deliver()
    assert stands(office.told(ticket, "visit.cancelled")) == [("SENT", ["sms SENT"])]
    office.change(channels=["email"])
    office.cancelled(released)
    office.deliver()
    files = [_calendar(m) for m in mail_server.accepted if list(m.iter_attachments())]
    assert [method for method, _ in files] == ["PUBLISH", "CANCEL"]


def _strikes_out(letter: tuple[str, Any], before: tuple[str, Any]) -> bool:
    """Whether a file takes away the entry that another one made, where it stood."""
    (method, after), (_, entered) = letter, before
    assert (method, after["STATUS"]) == ("CANCEL", "CANCELLED")
    assert after["UID"] == entered["UID"]
    assert after["SEQUENCE"] > entered["SEQUENCE"]
    assert after["DTSTART"].dt == entered["DTSTART"].dt
    return True


def _calendar(letter: EmailMessage) -> tuple[str, Any]:
    [file] = letter.iter_attachments()
    assert file.get_filename() == "visit-1.ics"
    calendar = Calendar.from_ical(file.get_content())
    assert file.get_param("method") == calendar["METHOD"]
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event
