"""Relays that tell people of tickets, as many as one likes."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from activities.gateways.message import MessageGateway
from activities.message.delivery import Delivery
from activities.message.office import Office
from models.catalogue.catalogue import FIRST_CUSTOMER_ID
from models.db.message.reads import NotificationReads, Told
from models.db.people.tables import CustomerRow
from models.message.notification import MessageChannel
from models.ticket import Ticket
from temporal.links import OfferLinks, SurveyLinks, VisitLinks
from temporal.start_codes import StartCodes
from tests.ticket_desk import TicketDesk

HELPDESK, MANAGER = "helpdesk@example.org", "manager@example.org"
OFFERS = OfferLinks("secret")
OFFICE = Office(
    "http://api.example",
    "http://desk.example",
    HELPDESK,
    SurveyLinks("secret"),
    offers=OFFERS,
    visit_links=VisitLinks("secret"),
    start_codes=StartCodes("secret"),
    manager_email=MANAGER,
)


class PostOffice(TicketDesk):
    """A desk with a relay behind it."""

    def __init__(
        self, url: str, folder: Path, gateways: Mapping[MessageChannel, MessageGateway]
    ) -> None:
        super().__init__(url, folder)
        self.gateways = dict(gateways)

    def relay(self, gateways: Mapping[MessageChannel, MessageGateway] | None = None) -> Delivery:
        """A relay, as one of several processes would have it."""
        return Delivery(
            *(self.database, gateways or self.gateways, OFFICE, self.now),
            is_on=lambda channel: self.flags.is_on(f"messages.{channel}"),
        )

    def deliver(self, relay: Delivery | None = None, *, patiently: bool = True) -> None:
        """Round after round until nothing is left to do, waiting by our clock where told to."""
        relay = relay or self.relay()
        for _ in range(200):
            relay.take_up()
            while relay.deliver_due():
                pass
            pause = relay.pause(3600)
            if not patiently or pause == 3600:
                return
            self.push_clock(timedelta(seconds=pause))
        raise AssertionError("there is always something left to deliver")

    def until(self, ticket: Ticket, before: timedelta) -> None:
        """Push the clock to so long before the visit of a ticket."""
        start = ticket.visits[0].start
        assert start is not None
        self.push_clock(start - before - self.now())

    def told(self, ticket: Ticket, template: str | None = None) -> list[Told]:
        """Who was told what about a ticket, with every try."""
        with self.database.unit_of_work() as session:
            everything = NotificationReads(session).of_ticket(ticket.id)
        return [(n, tries) for n, tries in everything if template in (None, n.template)]

    def change(self, customer_id: str = FIRST_CUSTOMER_ID, **fields: object) -> None:
        """Change a customer's file."""
        with self.database.unit_of_work() as session:
            customer = session.get_one(CustomerRow, customer_id)
            for name, value in fields.items():
                setattr(customer, name, value)


def stands(told: Sequence[Told]) -> list[tuple[str, list[str]]]:
    """How each notification stands, and each of its tries: `("SENT", ["sms SENT"])`."""
    return [(n.state, [f"{d.channel} {d.state}" for d in tries]) for n, tries in told]
