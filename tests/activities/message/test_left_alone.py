"""What people choose (docs/rules/messages.md, What people choose), as the relay keeps to it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.catalogue.catalogue import FIRST_CUSTOMER_ID
from models.db.status.subscriptions import SubscriptionRepository
from models.ticket import Ticket
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer
from tests.post_office import PostOffice, stands

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"from_minute": 22 * 60, "to_minute": 7 * 60, "tz": "Europe/Berlin"}
TILL_NOON = {"from_minute": 0, "to_minute": 12 * 60, "tz": "Europe/Berlin"}
HOUR = timedelta(hours=1)
WISH = "select asked_at, told_at from status_subscriptions"


def at_night(office: PostOffice) -> datetime:
    """Push the clock to 23:00 in Berlin; the next morning's 07:00 there."""
    now = office.now().astimezone(BERLIN)
    late = (now + timedelta(days=1)).replace(hour=23, minute=0, second=0, microsecond=0)
    office.push_clock(late.astimezone(UTC) - now.astimezone(UTC))
    return (late + timedelta(days=1)).replace(hour=7).astimezone(UTC)


def urgent(office: PostOffice, ticket: Ticket) -> None:
    """Say of a ticket that it is urgent."""
    office.database.rows_at_once(
        "update tickets set urgency = 'urgent' where id = %(id)s returning id", {"id": ticket.id}
    )


def test_what_comes_at_night_is_told_in_the_morning_and_says_so_until_then(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    office.change(quiet_hours=NIGHT)
    morning = at_night(office)
    ticket = office.received()
    office.deliver(patiently=False)
    [(told, tries)] = office.told(ticket)
    assert (told.state, told.quiet_until, told.created_at) == ("QUEUED", morning, morning)
    assert [(t.state, t.due_at, t.attempts) for t in tries] == [("QUEUED", morning, 0)]
    assert not twilio.accepted
    office.push_clock(morning - office.now() - timedelta(seconds=1))
    office.deliver(patiently=False)
    assert not twilio.accepted
    office.deliver()
    [(told, _)] = office.told(ticket)
    assert (told.state, told.quiet_until) == ("SENT", morning)
    assert (len(twilio.accepted), len(mail_server.accepted)) == (1, 0)


def test_what_is_urgent_is_told_at_night_and_waits_for_nothing_that_can_wait(
    office: PostOffice,
) -> None:
    office.change(quiet_hours=NIGHT)
    morning = at_night(office)
    ticket = office.received()
    office.deliver(patiently=False)
    urgent(office, ticket)
    office.cancelled(ticket)
    office.deliver(patiently=False)
    states = {told.template: told.state for told, _ in office.told(ticket)}
    assert states == {"ticket.received": "QUEUED", "ticket.cancelled": "SENT"}
    office.push_clock(morning - office.now())
    office.deliver()
    assert {told.state for told, _ in office.told(ticket)} == {"SENT"}


def test_a_reminder_of_tomorrow_waits_for_noon_and_one_of_today_does_not(
    office: PostOffice,
) -> None:
    ticket = office.scheduled()
    office.deliver()
    office.change(quiet_hours=TILL_NOON)
    office.until(ticket, 24 * HOUR)
    office.deliver(patiently=False)
    [(day, _)] = office.told(ticket, "visit.due_in_a_day")
    assert day.state == "QUEUED"
    assert day.quiet_until is not None
    assert day.quiet_until.astimezone(BERLIN).hour == 12
    office.push_clock(4 * HOUR)
    office.deliver(patiently=False)
    office.until(ticket, 2 * HOUR)
    office.deliver(patiently=False)
    told = [office.told(ticket, f"visit.due_in_{name}") for name in ("a_day", "two_hours")]
    assert [stands(one) for one in told] == [[("SENT", ["sms SENT"])]] * 2


def test_what_somebody_does_not_want_to_hear_of_goes_by_no_channel(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    office.change(declined=["progress"])
    ticket = office.received()
    office.deliver()
    [(told, _)] = office.told(ticket)
    assert told.suppressed == "opt-out"
    assert stands(office.told(ticket)) == [("SUPPRESSED", ["sms SUPPRESSED"])]
    assert not twilio.accepted
    assert not mail_server.accepted


@pytest.mark.parametrize(
    ("declined", "day"), [([], "SENT"), (["survey"], "SENT"), (["reminder"], "SUPPRESSED")]
)
def test_whoever_declines_reminders_is_still_told_of_the_visit_on_its_day(
    office: PostOffice, declined: list[str], day: str
) -> None:
    ticket = office.scheduled()
    office.deliver()
    office.change(declined=declined)
    for before in (24, 2):
        office.until(ticket, before * HOUR)
        office.deliver()
    told = {n.template: n.state for n, _ in office.told(ticket) if n.recipient_role == "customer"}
    assert told["visit.due_in_a_day"] == day
    assert told["visit.due_in_two_hours"] == "SENT"


def test_whoever_declines_appointments_hears_when_one_that_they_know_of_is_taken_back(
    office: PostOffice,
) -> None:
    known = office.scheduled()
    office.deliver()
    office.change(declined=["appointment"])
    unknown = office.scheduled()
    office.deliver()
    assert [n.suppressed for n, _ in office.told(unknown, "visit.scheduled")] == ["opt-out"]
    office.moved(known)
    office.deliver()
    assert [n.state for n, _ in office.told(known, "visit.cancelled")] == ["SENT"]


def test_news_of_the_house_waits_for_the_morning_too(
    office: PostOffice, twilio: TwilioServer
) -> None:
    office.change(quiet_hours=NIGHT)
    morning = at_night(office)
    with office.database.unit_of_work() as session:
        wishes = SubscriptionRepository(session)
        wishes.ask(FIRST_CUSTOMER_ID, datetime.now(UTC) - HOUR)
        assert wishes.tell(HOUR) == 1
    office.deliver(patiently=False)
    assert not twilio.accepted
    office.push_clock(morning - office.now())
    office.deliver()
    [sms] = twilio.accepted
    assert "Alles geht wieder" in sms["body"]


def test_that_all_is_back_is_told_in_the_morning_only_if_nothing_is_away_again_and_later_if_so(
    office: PostOffice, twilio: TwilioServer
) -> None:
    office.change(quiet_hours=NIGHT)
    morning = at_night(office)
    asked_at = datetime.now(UTC) - HOUR
    with office.database.unit_of_work() as session:
        wishes = SubscriptionRepository(session)
        wishes.ask(FIRST_CUSTOMER_ID, asked_at)
        assert wishes.tell(HOUR) == 1
    office.deliver(patiently=False)
    away(office)
    office.push_clock(morning - office.now())
    office.deliver()
    assert not twilio.accepted
    assert restored(office) == [("SUPPRESSED", "overtaken")]
    assert office.database.rows_at_once(WISH, {}) == [(asked_at, None)]
    back(office)
    with office.database.unit_of_work() as session:
        assert SubscriptionRepository(session).tell(HOUR) == 1
        assert SubscriptionRepository(session).tell(HOUR) == 0
    office.deliver()
    assert restored(office) == [("SENT", None), ("SUPPRESSED", "overtaken")]
    [sms] = twilio.accepted
    assert "Alles geht wieder" in sms["body"]


def away(office: PostOffice) -> None:
    office.database.rows_at_once(
        "insert into outages (part, state, since) values ('matching', 'away', now())"
        " returning part",
        {},
    )


def back(office: PostOffice) -> None:
    office.database.rows_at_once(
        "update outages set ended_at = now() - interval '1 minute' returning part", {}
    )


def restored(office: PostOffice) -> list[tuple[str, str | None]]:
    """How each message stands that all is back."""
    found = office.database.rows_at_once(
        "select state, suppressed from notifications where template = 'service.restored'"
        " order by state",
        {},
    )
    return [(state, why) for state, why in found]
