"""Bills."""

from temporalio import activity

from models.db.engine import Database
from models.db.message.notifications import Intent
from models.db.money.billing import Issued, basis_of
from models.db.money.billing import issue as issue_invoice
from models.event import Event
from models.identity import derived_id
from models.messages.money import Billed, IssueInvoice
from models.money.amount import Money
from models.money.invoice import Bill
from models.rules.message.notices import NOTICES
from models.rules.money.pricing import priced
from temporal.failpoints import Failpoint, reached


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
        basis = basis_of(self._database, asked)
        if basis.issued:
            return _answer(basis.issued)
        bill = priced(asked, basis.tariff, basis.plan_urgent_fee, basis.commissions)
        invoice_id = derived_id("inv", asked.ticket_id, str(asked.round))
        event = _issued(invoice_id, bill, issue)
        intent = Intent(
            event_id=event.id,
            recipient_role="customer",
            recipient_id=asked.customer_id,
            template=NOTICES[event.type][1],
            facts={"invoice_id": invoice_id},
        )
        reached(Failpoint.BEFORE_INVOICE, asked.ticket_id)
        issued = issue_invoice(self._database, invoice_id, bill, issue, event, intent)
        reached(Failpoint.AFTER_INVOICE, asked.ticket_id)
        return _answer(issued)


def _issued(invoice_id: str, bill: Bill, issue: IssueInvoice) -> Event:
    """The event; the invoice's number joins its facts when it is known."""
    return Event(
        id=derived_id("evt", invoice_id, "1"),
        aggregate=invoice_id,
        seq=1,
        type="invoice.issued",
        occurred_at=issue.issued_at,
        recorded_at=issue.issued_at,
        actor=issue.bill.by.actor,
        data={"invoice_id": invoice_id, "total": bill.total.amount, "currency": bill.currency},
    )


def _answer(invoice: Issued) -> Billed:
    return Billed(
        invoice_id=invoice.id,
        number=invoice.number,
        total=Money(amount=invoice.total, currency=invoice.currency),
    )
