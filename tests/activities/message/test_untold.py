"""A relay that comes back late tells what is so now, and keeps what it did not tell."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from models.catalogue.catalogue import FIRST_EXPERT_ID
from models.dates import day
from models.event import OURSELVES
from models.events.matching import ProposalReleased
from models.events.money import PaymentRequested
from models.field import FactKind
from models.messages.people import Checked, RightsFound
from models.messages.ticket import CancelTicket, DecideCoverage
from models.rules.ticket import closing
from models.rules.ticket.intake import with_coverage
from models.rules.ticket.rights import checked
from models.ticket import Coverage, Ticket
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import TwilioServer
from tests.activities.plain import plain
from tests.post_office import PostOffice, stands
from tests.ticket_desk import CUSTOMER

HOUR, BERLIN = timedelta(hours=1), ZoneInfo("Europe/Berlin")


def texts(server: SmtpServer) -> list[str]:
    """What the customer read, oldest first."""
    return [plain(letter) for letter in server.accepted]


def why(office: PostOffice, ticket: Ticket, template: str) -> list[str | None]:
    """Why nobody was told by a template."""
    return [told.suppressed for told, _ in office.told(ticket, template)]


def test_a_frozen_relay_does_not_tell_that_somebody_is_on_the_way_who_is_done(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.deliver()
    by_email.until(ticket, HOUR)
    for kind in (FactKind.EN_ROUTE, FactKind.ON_SITE, FactKind.STARTED, FactKind.COMPLETED):
        ticket = by_email.reported(ticket, kind)
        by_email.push_clock(timedelta(seconds=4))
    before = len(mail_server.accepted)
    by_email.deliver()
    assert not [text for text in texts(mail_server)[before:] if "unterwegs" in text]
    assert any("erledigt" in text for text in texts(mail_server)[before:])
    assert why(by_email, ticket, "visit.on_the_way") == ["overtaken"]
    told = by_email.told(ticket, "visit.on_the_way")
    assert stands(told) == [("SUPPRESSED", ["email SUPPRESSED"])]
    assert told[0][1][0].error == "overtaken"


def test_on_the_way_names_the_day_and_waits_for_what_follows_at_once(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.deliver()
    by_email.until(ticket, 11 * HOUR)
    by_email.reported(ticket, FactKind.EN_ROUTE)
    by_email.deliver(patiently=False)
    assert "unterwegs" not in texts(mail_server)[-1], "it settles"
    by_email.deliver()
    [way] = [text for text in texts(mail_server) if "unterwegs" in text]
    around = [by_email.now() + timedelta(minutes=m) for m in (0, 40)]
    assert any(day(at.astimezone(BERLIN), "de") in way for at in around), way


def test_nobody_is_on_the_way_for_days(by_email: PostOffice, mail_server: SmtpServer) -> None:
    ticket = by_email.scheduled()
    by_email.until(ticket, 72 * HOUR)
    by_email.reported(ticket, FactKind.EN_ROUTE)
    by_email.deliver()
    assert not [text for text in texts(mail_server) if "unterwegs" in text]
    assert why(by_email, ticket, "visit.on_the_way") == ["too-early"]


def test_a_visit_that_moved_before_anybody_read_of_it_is_told_at_its_last_time_only(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.booked(by_email.moved(by_email.scheduled()))
    by_email.deliver()
    subjects = [letter["Subject"] for letter in mail_server.accepted]
    assert [s.split(": ")[1].split(" am ")[0] for s in subjects] == ["ist bei uns", "Ihr Termin"]
    assert why(by_email, ticket, "visit.cancelled") == ["overtaken"]
    assert why(by_email, ticket, "visit.scheduled") == ["overtaken", None]


def test_a_visit_that_moved_after_its_customer_read_of_it_is_told_as_moved(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.scheduled()
    by_email.deliver()
    by_email.booked(by_email.moved(ticket))
    by_email.deliver()
    assert len(mail_server.accepted) == 3
    assert "neuer Termin" in mail_server.accepted[-1]["Subject"]


def test_what_was_booked_and_given_up_before_anybody_read_of_it_is_one_message(
    office: PostOffice, twilio: TwilioServer
) -> None:
    office.change(channels=["sms"])
    ticket = office.cancelled(office.scheduled())
    office.deliver()
    sent = [told.template for told, _ in office.told(ticket) if told.state == "SENT"]
    assert sent == ["ticket.received", "ticket.cancelled"]
    assert len(twilio.accepted) == 2


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (Coverage.UNKNOWN, "Wir wissen noch nicht, ob ein Vertrag"),
        (Coverage.NOT_COVERED, "Kein Vertrag deckt"),
    ],
)
def test_who_is_asked_to_pay_hears_what_is_known_of_their_plan(
    by_email: PostOffice, mail_server: SmtpServer, coverage: Coverage, words: str
) -> None:
    ticket = by_email.matching()
    until = by_email.now() + 24 * HOUR
    asked = ticket.but(promise=ticket.promise.but(coverage=coverage)).happened(
        PaymentRequested(expires_at=until.isoformat()), by_email.now(), OURSELVES
    )
    by_email.record(asked)
    by_email.deliver()
    assert day(until.astimezone(BERLIN), "de") in texts(mail_server)[-1]
    assert any(words in text for text in texts(mail_server))


def test_a_ticket_in_review_is_not_told_that_an_expert_is_looked_for(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    decision = DecideCoverage(coverage=Coverage.NOT_COVERED, by=CUSTOMER)
    ticket = by_email.matching()
    unclear = ticket.but(promise=ticket.promise.but(coverage=Coverage.UNKNOWN))
    by_email.record(with_coverage(unclear, decision, by_email.now()))
    by_email.deliver()
    [text] = texts(mail_server)
    assert "sieht sie sich zuerst an" in text
    assert "suchen" not in text


def test_an_offer_that_was_let_go_names_no_time_of_anybody_else(
    office: PostOffice, twilio: TwilioServer
) -> None:
    ticket = office.scheduled()
    office.deliver()
    asked = {told.recipient_id for told, _ in office.told(ticket, "visit.open")}
    another = min(asked - {FIRST_EXPERT_ID})
    lost = ProposalReleased(expert_id=another, visit_id=ticket.visits[0].id, proposal_ids=["p"])
    office.record(ticket.happened(lost, office.now(), OURSELVES))
    office.deliver()
    lost_letters = [m["body"] for m in twilio.accepted if m["body"].split()[3] == "-"]
    [letter] = [body for body in lost_letters if body.startswith("SYSOPS")]
    start = ticket.visits[0].start
    assert start is not None
    assert f"{start:%Y-%m-%d}" not in letter
    assert not [word for word in ("yours", "gehört", "à vous") if word in letter]


@pytest.mark.parametrize(("city", "told"), [("Potsdam", "Potsdam"), ("Berlin", "Berlin")])
def test_the_city_is_the_customers(
    by_email: PostOffice, mail_server: SmtpServer, city: str, told: str
) -> None:
    by_email.change(city=city)
    by_email.scheduled()
    by_email.deliver()
    assert f"nach {told}" in texts(mail_server)[-1]


def test_both_sides_are_reminded_a_day_and_two_hours_before(
    office: PostOffice, twilio: TwilioServer
) -> None:
    ticket = office.scheduled()
    office.deliver()
    for before, name in ((24 * HOUR, "day"), (2 * HOUR, "two_hours")):
        office.until(ticket, before + timedelta(minutes=1))
        office.deliver()
        assert not reminded(office, ticket, name), "not before its time"
        office.until(ticket, before)
        office.deliver()
        assert reminded(office, ticket, name) == ["customer", "expert"]
        office.deliver()
        assert reminded(office, ticket, name) == ["customer", "expert"], "once"


def test_nobody_is_reminded_of_a_time_that_does_not_stand(office: PostOffice) -> None:
    first = office.scheduled()
    office.deliver()
    again = office.booked(office.moved(first))
    office.deliver()
    office.until(first, 24 * HOUR)
    office.deliver()
    assert reminded(office, again, "day") == []
    office.until(again, 24 * HOUR)
    office.deliver()
    assert reminded(office, again, "day") == ["customer", "expert"]


def test_a_reminder_keeps_back_no_other_news(office: PostOffice) -> None:
    ticket = office.scheduled()
    office.deliver()
    office.record(closing.cancelled(ticket, CancelTicket(by=CUSTOMER), office.now()))
    office.deliver()
    [(told, _)] = office.told(ticket, "ticket.cancelled")
    assert told.state == "SENT"
    office.until(ticket, 24 * HOUR)
    office.deliver()
    assert why(office, ticket, "visit.due_in_a_day") == ["overtaken"]


def test_nobody_is_reminded_of_a_visit_whose_expert_may_not_come_until_they_may_again(
    office: PostOffice,
) -> None:
    ticket = office.scheduled()
    office.deliver()
    suspended = rights(office, ticket, "expert-not-verified")
    office.until(ticket, 24 * HOUR)
    office.deliver()
    assert reminded(office, ticket, "day") == []
    assert why(office, ticket, "visit.due_in_a_day") == ["overtaken"]
    assert why(office, ticket, "assignment.due_in_a_day") == ["overtaken"]
    rights(office, suspended, None)
    office.until(ticket, 2 * HOUR)
    office.deliver()
    assert reminded(office, ticket, "two_hours") == ["customer", "expert"]
    assert why(office, ticket, "visit.scheduled") == [None, "nothing-new"]


def test_a_booking_whose_expert_was_suspended_meanwhile_is_told_when_they_may_come_again(
    office: PostOffice,
) -> None:
    suspended = rights(office, office.scheduled(), "expert-not-verified")
    office.deliver()
    assert why(office, suspended, "visit.scheduled") == ["overtaken"]
    assert why(office, suspended, "proposal.selected") == ["overtaken"]
    rights(office, suspended, None)
    office.deliver()
    told = office.told(suspended, "visit.scheduled")
    assert [n.state for n, _ in told] == ["SUPPRESSED", "SENT"]


def rights(office: PostOffice, ticket: Ticket, lost: str | None) -> Ticket:
    """The ticket that knows why its expert may not come any more, or that they may."""
    posts = tuple(Checked(assignment_id=a.id, lost=lost) for a in ticket.visits[0].crew)
    return office.record(checked(ticket, RightsFound(posts=posts), office.now()))


def reminded(office: PostOffice, ticket: Ticket, name: str) -> list[str]:
    """Who was really reminded."""
    return sorted(
        told.recipient_role
        for told, _ in office.told(ticket)
        if told.state == "SENT" and told.template.endswith(f"due_in_{'a_' * (name == 'day')}{name}")
    )
