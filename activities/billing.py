"""Bills."""

from temporalio import activity

from models.db.engine import Database
from models.db.repositories.aftercare import AftercareRepository
from models.db.repositories.events import EventRepository
from models.db.repositories.notifications import Intent, NotificationRepository
from models.db.repositories.people import PeopleRepository
from models.db.repositories.reference import ReferenceRepository
from models.db.tables.aftercare import InvoiceRow
from models.event import Event
from models.identity import derived_id
from models.invoice import Tariff
from models.messages.billing import Billed, BillTicket, IssueInvoice
from models.money import Currency, Money
from models.rules.notices import NOTICES
from models.rules.pricing import priced


class BillingActivities:
    """Pricing a round and issuing its invoice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    def issue_invoice(self, issue: IssueInvoice) -> Billed:
        """Price a round and issue its invoice: bill, earnings, event and notice in one transaction.

        Again after success: the invoice of the round is there and is the answer.
        """
        asked = issue.bill
        with self._database.unit_of_work() as session:
            aftercare, reference = AftercareRepository(session), ReferenceRepository(session)
            if known := aftercare.invoice_of(asked.ticket_id, asked.round):
                return _answer(known)
            zone = reference.zone(asked.zone)
            assert zone is not None, "a ticket was admitted in a zone"
            plan = reference.plan(asked.plan_id) if asked.plan_id else None
            people = PeopleRepository(session)
            commissions = {
                w.expert_id: row.commission_percent
                for w in asked.work
                if (row := people.expert_row(w.expert_id))
            }
            tariff = Tariff(
                currency=Currency(zone.currency),
                call_out_fee=zone.call_out_fee,
                hourly_rate=zone.hourly_rate,
                urgent_fee=zone.urgent_fee,
            )
            bill = priced(asked, tariff, plan.urgent_fee if plan else None, commissions)
            invoice_id = derived_id("inv", asked.ticket_id, str(asked.round))
            invoice = aftercare.issue(invoice_id, bill, asked, issue.issued_at)
            event = _issued(invoice, asked)
            EventRepository(session).append(asked.ticket_id, [event])
            intent = Intent(
                event_id=event.id,
                recipient_role="customer",
                recipient_id=asked.customer_id,
                template=NOTICES[event.type][1],
                facts={"invoice_id": invoice.id},
            )
            NotificationRepository(session).queue(asked.ticket_id, [intent], event.recorded_at)
            return _answer(invoice)


def _issued(invoice: InvoiceRow, asked: BillTicket) -> Event:
    return Event(
        id=derived_id("evt", invoice.id, "1"),
        aggregate=invoice.id,
        seq=1,
        type="invoice.issued",
        occurred_at=invoice.issued_at,
        recorded_at=invoice.issued_at,
        actor=asked.by.actor,
        data={
            "invoice_id": invoice.id,
            "number": invoice.number,
            "total": invoice.total,
            "currency": invoice.currency,
        },
    )


def _answer(invoice: InvoiceRow) -> Billed:
    return Billed(
        invoice_id=invoice.id,
        number=invoice.number,
        total=Money(amount=invoice.total, currency=Currency(invoice.currency)),
    )
