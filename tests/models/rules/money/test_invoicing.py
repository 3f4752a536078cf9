"""That an invoice is there."""

from datetime import UTC, datetime

from pydantic import TypeAdapter

from models.actor import SYSTEM
from models.event import OURSELVES
from models.identity import InvoiceId
from models.messages.money import BillTicket, IssueInvoice
from models.money.amount import Currency, Money
from models.money.invoice import Bill, InvoiceLine, LineKind
from models.rules.money.invoicing import invoice_id, issued
from models.ticket import Coverage, Urgency
from tests.models.rules.stories import CUSTOMER, NOW, TICKET, named

LATER = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


def asked(round_: int = 1) -> BillTicket:
    return BillTicket(
        ticket_id=TICKET,
        round=round_,
        customer_id=CUSTOMER,
        zone="berlin",
        coverage=Coverage.COVERED,
        urgency=Urgency.NORMAL,
        plan_id=None,
        work=(),
        completed_at=NOW,
        by=OURSELVES,
    )


def test_each_round_of_a_ticket_has_one_invoice() -> None:
    assert invoice_id(asked()) == invoice_id(asked())
    assert invoice_id(asked()) != invoice_id(asked(2))


def test_an_invoice_that_is_issued_states_its_total_and_not_yet_its_number() -> None:
    price = Money(amount=9900, currency=Currency.EUR)
    line = InvoiceLine(kind=LineKind.CALL_OUT, amount=price)
    bill = Bill(currency=Currency.EUR, lines=(line,), earnings=())
    event = issued(bill, IssueInvoice(bill=asked(), issued_at=LATER))
    assert (event.type, event.aggregate, event.seq) == ("invoice.issued", invoice_id(asked()), 1)
    assert (event.actor, event.recorded_at, event.occurred_at) == (SYSTEM, LATER, LATER)
    assert event.data == {"invoice_id": invoice_id(asked()), "total": 9900, "currency": "EUR"}


def test_no_two_tickets_share_an_invoice_and_its_name_tells_that_it_is_one() -> None:
    other = asked().model_copy(update={"ticket_id": named("tkt", 2)})
    assert invoice_id(other) != invoice_id(asked())
    assert TypeAdapter(InvoiceId).validate_python(invoice_id(asked())) == invoice_id(asked())
