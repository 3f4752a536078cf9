"""Work that is theirs reaches experts by SMS in one line, and by the next channel when they say
nothing: real Postgres, Twilio's own SDK, real SMTP."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from activities.gateways.message import OutgoingMessage
from activities.gateways.message.twilio import tag
from models.catalogue.catalogue import FIRST_EXPERT_ID
from models.db.invariants import InvariantRepository
from models.db.people.tables import ExpertRow
from models.field import FactKind
from models.rules.message.gsm import ALPHABET, ONE_SMS
from models.rules.message.ref import ref_of
from models.rules.ticket.waiting import caught_up
from models.ticket import Ticket
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.activities.plain import plain
from tests.post_office import PostOffice, stands

BERLIN = ZoneInfo("Europe/Berlin")
ACK = timedelta(hours=2)


def expert(office: PostOffice, **fields: object) -> ExpertRow:
    """The first expert, as if their file said something else."""
    with office.database.unit_of_work() as session:
        row = session.get_one(ExpertRow, FIRST_EXPERT_ID)
        for name, value in fields.items():
            setattr(row, name, value)
        session.flush()
        session.expunge(row)
    return row


def line(ticket: Ticket, number: int | None, city: str = "Berlin") -> str:
    """The line that an expert is to read."""
    [visit] = ticket.visits
    [work] = visit.crew
    assert visit.start is not None
    start, minutes = visit.start.astimezone(BERLIN), visit.duration // timedelta(minutes=1)
    [position] = visit.positions
    return (
        f"SYSOPS T-{number}/1 {start:%Y-%m-%d %H:%M} {minutes}m {position.skill} {city}"
        f" ref {ref_of(work.id)}"
    )


def number_of(office: PostOffice, ticket: Ticket) -> int:
    found: int = office.database.at_once(
        "select number from tickets where id = %(id)s", {"id": ticket.id}
    )
    return found


def mails(server: SmtpServer, number: int) -> list[str]:
    """The mails that tell of work on a ticket."""
    return [text for text in map(plain, server.accepted) if text.startswith(f"SYSOPS T-{number}/")]


def silent(office: PostOffice, ticket: Ticket) -> Ticket:
    """The ticket when its expert has said nothing for so long."""
    office.push_clock(ACK)
    return office.record(caught_up(ticket, office.now()))


@pytest.mark.parametrize("channels", [["sms", "email"], ["email", "sms"], ["email"]])
def test_whoever_wins_a_visit_gets_one_sms_of_one_line_whatever_they_like_best(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer, channels: list[str]
) -> None:
    phone = expert(office, channels=channels).phone
    ticket = office.scheduled()
    office.deliver()
    [(told, _)] = office.told(ticket, "proposal.selected")
    mark = tag(OutgoingMessage(told.id, "", "", ""))
    number = number_of(office, ticket)
    texts = [m["body"] for m in twilio.accepted if m["to"] == phone and mark in m["body"]]
    assert texts == [f"{line(ticket, number)} {mark}"]
    assert len(texts[0]) <= ONE_SMS
    assert set(texts[0]) <= ALPHABET
    assert mails(mail_server, number) == []


def test_a_city_that_an_sms_cannot_spell_is_told_as_it_can(
    office: PostOffice, twilio: TwilioServer
) -> None:
    office.change(city="Łódź-Śródmieście")
    ticket = office.scheduled()
    office.deliver()
    expected = line(ticket, number_of(office, ticket), "Lodz-Srodmiescie")
    assert [m for m in twilio.accepted if m["body"].startswith(expected)]


def test_whom_no_sms_reaches_gets_the_same_line_by_mail_marked_as_what_it_stands_in_for(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    twilio.will(*[Fault(status=400, code=21211)] * 500)
    ticket = office.scheduled()
    office.deliver()
    [(told, [sms, email])] = office.told(ticket, "proposal.selected")
    assert (told.state, sms.state, email.state) == ("SENT", "FAILED", "SENT")
    assert email.fallback_of == sms.id
    number = number_of(office, ticket)
    [letter] = mails(mail_server, number)
    assert letter.startswith(line(ticket, number))


def test_whoever_does_not_acknowledge_is_told_the_same_by_the_next_channel(
    office: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = office.scheduled()
    office.deliver()
    ticket = silent(office, ticket)
    office.deliver(patiently=False)
    assert stands(office.told(ticket, "proposal.selected")) == [("SENT", ["sms SENT"])]
    assert stands(office.told(ticket, "assignment.resent")) == [("SENT", ["email SENT"])]
    with office.database.unit_of_work() as session:
        assert InvariantRepository(session).double_messages() == {}
    number = number_of(office, ticket)
    [letter] = mails(mail_server, number)
    assert letter.startswith(line(ticket, number))


def test_whom_the_first_reached_by_mail_is_told_the_second_time_by_sms(
    office: PostOffice, twilio: TwilioServer
) -> None:
    twilio.will(*[Fault(status=400, code=21211)] * 500)
    ticket = office.scheduled()
    office.deliver()
    twilio.faults.clear()
    before = len(twilio.accepted)
    ticket = silent(office, ticket)
    office.deliver(patiently=False)
    assert stands(office.told(ticket, "assignment.resent")) == [("SENT", ["sms SENT"])]
    [text] = [m["body"] for m in twilio.accepted[before:]]
    assert text.startswith(line(ticket, number_of(office, ticket)))


def test_whoever_acknowledges_at_the_last_moment_is_not_told_again(office: PostOffice) -> None:
    ticket = office.scheduled()
    office.deliver()
    office.reported(silent(office, ticket), FactKind.ACKNOWLEDGED)
    office.deliver(patiently=False)
    [(told, _)] = office.told(ticket, "assignment.resent")
    assert (told.state, told.suppressed) == ("SUPPRESSED", "overtaken")
