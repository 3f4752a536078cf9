"""Bills."""

from temporalio import activity

from models.db.engine import Database
from models.db.money.billing import Issued, basis_of
from models.db.money.billing import issue as write_invoice
from models.db.money.crediting import credit as write_earnings
from models.db.money.crediting import wages_of
from models.messages.money import Billed, CreditWork, IssueInvoice
from models.money.amount import Money
from models.rules.message.notices import notice_of
from models.rules.money.invoicing import issued
from models.rules.money.pricing import earned, priced
from temporal.failpoints import Failpoint, reached


class BillingActivities:
    """Pricing a round and issuing its invoice; paying for what nobody is billed for."""

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
        event = issued(bill, issue)
        notice = notice_of(event)
        intents = [notice.to("customer", asked.customer_id)] if notice else []
        reached(Failpoint.BEFORE_INVOICE, asked.ticket_id)
        invoice = write_invoice(self._database, bill, issue, event, intents)
        reached(Failpoint.AFTER_INVOICE, asked.ticket_id)
        return _answer(invoice)

    @activity.defn
    def credit_work(self, credit: CreditWork) -> None:
        """Pay for work that nobody is billed for.

        Again after success: the earning of each assignment is there, and stays as it is.
        """
        basis = wages_of(self._database, credit)
        earnings = earned(credit.work, basis.tariff, basis.commissions)
        reached(Failpoint.BEFORE_CREDIT, credit.ticket_id)
        write_earnings(self._database, credit, earnings)
        reached(Failpoint.AFTER_CREDIT, credit.ticket_id)


def _answer(invoice: Issued) -> Billed:
    return Billed(
        invoice_id=invoice.id,
        number=invoice.number,
        total=Money(amount=invoice.total, currency=invoice.currency),
    )
