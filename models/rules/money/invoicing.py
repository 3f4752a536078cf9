"""Issuing an invoice."""

from models.event import Event, event_of
from models.events.money import InvoiceIssued
from models.identity import derived_id
from models.messages.money import BillTicket, IssueInvoice
from models.money.invoice import Bill


def invoice_id(asked: BillTicket) -> str:
    """The invoice of a round."""
    return derived_id("inv", asked.ticket_id, str(asked.round))


def issued(bill: Bill, issue: IssueInvoice) -> Event:
    """That the invoice is there; its number joins the facts when it is known."""
    named, total = invoice_id(issue.bill), bill.total
    facts = InvoiceIssued(invoice_id=named, total=total.amount, currency=bill.currency)
    return event_of(facts, named, 1, issue.issued_at, issue.bill.by)
