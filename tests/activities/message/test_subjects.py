"""The relay tells of whatever there is to tell of, and nothing unknown holds up another."""

import psycopg

from activities.message.occasion import OCCASIONS
from models.actor import SYSTEM
from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID
from models.db.effect import Effect, Moved, take_effect
from models.db.message.subjects import KNOWN
from models.event import Cause, event_of
from models.events.people import ExpertWeekChanged
from models.message.notification import Intent
from models.subject import Subject, expert, ticket
from tests.activities.gateways.twilio_server import TwilioServer
from tests.post_office import PostOffice, stands


def tell(office: PostOffice, about: Subject) -> None:
    """Have the first customer told, by a text about a ticket, of something else."""
    facts = ExpertWeekChanged(expert_id=FIRST_EXPERT_ID)
    event = event_of(facts, about.id, 1, office.now(), Cause(actor=SYSTEM))
    intent = Intent(
        event_id=event.id,
        recipient_role="customer",
        recipient_id=FIRST_CUSTOMER_ID,
        template="ticket.closed",
        facts={},
    )
    take_effect(office.database, Moved(sql="select", values={}), Effect(about, [event], [intent]))


def standing(office: PostOffice, about: Subject) -> list[tuple[str, str]]:
    """How what is to be told of something stands, and each try."""
    asked = """select n.state, d.state from notifications n
        join deliveries d on d.notification_id = n.id
        where (n.subject_kind, n.subject_id) = (%s, %s)"""
    with psycopg.connect(office.url) as session:
        return session.execute(asked, (about.kind, about.id)).fetchall()


def test_who_reads_of_a_kind_of_thing_is_who_writes_about_it() -> None:
    assert set(OCCASIONS) == set(KNOWN)


def test_what_is_about_nothing_that_we_know_is_given_up_and_holds_back_no_other(
    office: PostOffice, twilio: TwilioServer
) -> None:
    gone = ticket("tkt_gone")
    tell(office, expert(FIRST_EXPERT_ID))
    tell(office, gone)
    filed = office.received()
    office.deliver()
    assert standing(office, gone) == [("UNDELIVERABLE", "FAILED")]
    assert standing(office, expert(FIRST_EXPERT_ID)) == [("UNDELIVERABLE", "FAILED")]
    assert stands(office.told(filed)) == [("SENT", ["sms SENT"])]
    assert len(twilio.accepted) == 1
