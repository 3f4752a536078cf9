"""What people read: each in their language, of the right moment, with a visit for the calendar."""

import uuid
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from models.dates import day
from models.db.message.tables import NotificationRow
from models.db.money.tables import InvoiceRow
from models.event import OURSELVES
from models.events.ticket import TicketReadmitted
from models.field import FactKind
from models.matching.offer import OfferedTimes, OfferedVisit
from models.message.notification import MessageChannel
from models.messages.matching import OfferSlots
from models.rules.message.notices import NOTICES
from models.rules.message.reminding import LEADS
from models.rules.ticket.offering import slots_offered
from models.ticket import Coverage, Ticket
from tests.activities.gateways.smtp_server import SmtpServer
from tests.activities.gateways.twilio_server import Fault, TwilioServer
from tests.activities.plain import plain
from tests.post_office import HELPDESK, MANAGER, OFFERS, PostOffice, stands
from tests.ticket_desk import CUSTOMER, FRIDGE, SECRET_WORDS

BERLIN = ZoneInfo("Europe/Berlin")
OF_THE_CUSTOMER = (
    "Friederike",
    "Albrecht",
    "1713920039",
    "friederike.albrecht",
    "Oranienstra",
    SECRET_WORDS,
)


def test_the_reader_gets_their_language_and_english_where_we_do_not_write_it(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    for locale in ("de-AT", "fr-CM", "ne"):
        by_email.change(locale=locale)
        by_email.received()
        by_email.deliver()
    german, french, nepali = (
        letter["Subject"].split(":")[1].strip() for letter in mail_server.accepted
    )
    assert german == "wir kümmern uns"
    assert (french, nepali) == ("nous nous en occupons", "we are on it")


def test_an_offer_of_times_comes_with_a_link_that_takes_one(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.matching()
    [slot, *_] = ticket.filing.slots
    times = OfferedTimes(visits=(OfferedVisit(visit_id=ticket.visits[0].id, window=slot),))
    offer = OfferSlots(offer_id=f"off_{uuid.uuid4()}", options=(times,), by=CUSTOMER)
    by_email.record(slots_offered(ticket, offer, by_email.now()))
    by_email.deliver()
    [letter] = [m for m in mail_server.accepted if "passt Ihnen" in m["Subject"]]
    local = slot.start.astimezone(BERLIN)
    assert f"am {day(local, 'de')}, {local:%H:%M} Europe/Berlin" in plain(letter)
    token = plain(letter).rsplit("/", 1)[1]
    assert OFFERS.offer(token, by_email.now()) == (ticket.id, offer.offer_id)


def test_a_customer_reads_that_we_know_which_appliance_it_is_about(
    by_email: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = by_email.matching()
    found = TicketReadmitted(
        zone="berlin", category="refrigerator", coverage=Coverage.COVERED, model_id=FRIDGE
    )
    by_email.record(ticket.happened(found, by_email.now(), OURSELVES))
    by_email.deliver()
    assert "um welches Gerät es geht" in plain(mail_server.accepted[-1])


def test_an_escalation_tells_since_when_and_leads_through_the_desk_to_what_to_do(
    office: PostOffice, mail_server: SmtpServer
) -> None:
    ticket = office.matching()
    asked = office.escalated(ticket)
    office.deliver()
    [letter] = [m for m in mail_server.accepted if m["To"] == HELPDESK]
    since = office.told(ticket, "escalation.opened")[0][0].created_at.astimezone(BERLIN)
    when = f"{day(since, 'en')}, {since:%H:%M} Europe/Berlin"
    assert f"no expert has proposed in time (NO_PROPOSALS), since {when}" in plain(letter)
    assert f"http://desk.example/go/{asked.workflow_id}" in plain(letter)


FROM_HOME = timedelta(minutes=15)


def test_the_next_level_is_told_at_an_address_of_its_own(
    office: PostOffice, mail_server: SmtpServer
) -> None:
    office.stepped(office.escalated(office.matching()))
    office.deliver()
    [letter] = [m for m in mail_server.accepted if m["To"] == MANAGER]
    assert "now yours: no expert has proposed in time (NO_PROPOSALS)" in plain(letter)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=3)])
def test_who_is_on_the_way_arrives_as_long_after_they_left_as_the_way_takes(
    by_email: PostOffice, mail_server: SmtpServer, late: timedelta
) -> None:
    ticket = by_email.scheduled()
    start = ticket.visits[0].start
    assert start is not None
    by_email.push_clock(start - by_email.now() - timedelta(minutes=30) + late)
    left = by_email.now()
    by_email.reported(ticket, FactKind.EN_ROUTE)
    by_email.deliver()
    [letter] = [m for m in mail_server.accepted if "unterwegs" in m["Subject"]]
    expected = (left + FROM_HOME).astimezone(BERLIN)
    assert f"gegen {expected:%H:%M} Europe/Berlin" in plain(letter)


def test_an_open_visit_tells_its_earliest_time_and_none_where_there_is_none(
    office: PostOffice, twilio: TwilioServer
) -> None:
    ticket = office.matching()
    office.matching(slots=False)
    office.deliver()
    starts = {m["body"].split()[3] for m in twilio.accepted if m["body"].startswith("SYSOPS")}
    first = ticket.filing.slots[0].start.astimezone(BERLIN).isoformat(timespec="minutes")
    assert starts == {first, "-"}


def test_every_notice_of_a_tickets_life_can_be_written(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    done, given_up, moved = office.scheduled(), office.scheduled(), office.scheduled()
    office.deliver()
    tickets = [office.cancelled(given_up), office.moved(moved), waited := office.matching()]
    office.deliver()
    asked = office.escalated(waited)
    office.deliver()
    office.stepped(asked)
    for before in (24, 2):
        office.until(done, timedelta(hours=before))
        office.deliver()
    office.reported(done, FactKind.EN_ROUTE)
    office.deliver()
    tickets.append(office.completed(done))
    for given_up_or_moved in (given_up, moved):
        office.until(given_up_or_moved, timedelta(hours=2))
        office.deliver()
    told = [n for ticket in tickets for n, _ in office.told(ticket)]
    rare = {"ticket.closed", "ticket.reopened", "proposal.released", "slots.offered"}
    rare |= {"expert.assigned", "visit.changed", "payment.requested", "assignment.reminder"}
    rare |= {"ticket.delayed", "assignment.resent", "ticket.enriched", "visit.start_code"}
    rare |= {
        "visit.times_asked",
        "visit.choice_offered",
        "visit.running_late",
        "visit.at_the_door",
        "visit.at_the_door_too",
    }
    rare |= {"assignment.wait", "assignment.customer_coming", "assignment.may_leave"}
    rare |= {"assignment.extended", "assignment.shifted", "visit.extension_refused"}
    rare |= {"request.refused", "service.restored"}
    rare |= {"assignment.shortened", "assignment.brought_forward"}
    rare |= {"visit.open_first", "follow_up.planned", "slots.needed"}
    rare |= {"command.quarantined"}
    reminders = {f"{of}.{name}" for of in ("visit", "assignment") for name in LEADS}
    everything = {tells.template for tells in NOTICES.values()} | reminders
    assert {n.template for n in told if n.state == "SENT"} == everything - rare
    assert {n.state for n in told} == {"SENT", "SUPPRESSED"}
    texts = [m["body"] for m in twilio.accepted] + [plain(m) for m in mail_server.accepted]
    assert not [text for text in texts if " - " in text or "None" in text]


def test_a_letter_that_cannot_be_written_holds_back_no_other(
    office: PostOffice, twilio: TwilioServer
) -> None:
    ticket, other = office.completed(), office.received()
    with office.database.unit_of_work() as session:
        [(bill, _)] = office.told(ticket, "invoice.issued")
        session.delete(session.get_one(InvoiceRow, bill.facts["invoice_id"]))
        nonsense = session.get_one(NotificationRow, office.told(ticket)[0][0].id)
        nonsense.template = "ticket.exploded"
    office.deliver()
    assert stands(office.told(ticket, "invoice.issued")) == [("UNDELIVERABLE", ["sms FAILED"])]
    assert stands(office.told(ticket, "ticket.exploded")) == [("UNDELIVERABLE", ["sms FAILED"])]
    assert stands(office.told(ticket, "ticket.completed")) == [("SENT", ["sms SENT"])]
    assert stands(office.told(other)) == [("SENT", ["sms SENT"])]


def test_nothing_personal_is_logged_or_kept_with_a_notification(
    office: PostOffice, twilio: TwilioServer, mail_server: SmtpServer
) -> None:
    class Chatty:
        def send(self, message: Any) -> Any:
            raise RuntimeError(f"{message.recipient} did not want {message.text}")

        find = send

    with capture_logs() as logs:
        tickets: list[Ticket] = [office.cancelled(office.scheduled())]
        office.deliver()
        twilio.will(*[Fault(status=400, code=21211)] * 3, *[Fault(status=503)] * 9)
        tickets += [office.completed(), waited := office.matching()]
        office.escalated(waited)
        mail_server.at_recipient = "550 no such mailbox friederike.albrecht@example.com"
        office.deliver()
        tickets.append(office.received())
        office.deliver(
            office.relay({channel: Chatty() for channel in MessageChannel}), patiently=False
        )
    told = [n for ticket in tickets for n, _ in office.told(ticket)]
    tries = [d for ticket in tickets for _, tries in office.told(ticket) for d in tries]
    kept = str([row.model_dump() for row in (*told, *tries)])
    assert {line["event"] for line in logs} >= {"notification_sent", "gateway_stumbled"}
    assert not [word for word in OF_THE_CUSTOMER if word in str(logs) or word in kept]
    assert {name for n in told for name in n.facts} <= {
        *(fact for tells in NOTICES.values() for fact in tells.facts),
        "workflow_id",
        *("eta", "eta_expert_id", "eta_from", "eta_source"),
    }
