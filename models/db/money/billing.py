"""Billing a round: what its price depends on, and its invoice, each in one statement."""

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from models import subject
from models.base import Value
from models.db.effect import Effect, Moved, take_effect
from models.db.engine import Database
from models.db.money.crediting import earning_columns
from models.event import Event
from models.message.notification import Intent
from models.messages.money import BillTicket, IssueInvoice
from models.money.amount import Currency
from models.money.invoice import Bill, InvoiceState, Tariff
from models.subject import Subject

LEGAL_ENTITY = "sysops-squad"
_BASIS = """select jsonb_build_object(
    'issued', (
        select jsonb_build_object(
            'id', id, 'number', number, 'total', total, 'currency', currency)
        from invoices where ticket_id = %(ticket_id)s and round = %(round)s),
    'tariff', (
        select jsonb_build_object(
            'currency', currency, 'call_out_fee', call_out_fee, 'hourly_rate', hourly_rate,
            'urgent_fee', urgent_fee)
        from zones where code = %(zone)s),
    'plan_urgent_fee', (
        select p.urgent_fee from plans p join zones z on z.currency = p.currency
        where p.id = %(plan_id)s and z.code = %(zone)s),
    'commissions', (
        select coalesce(jsonb_object_agg(id, commission_percent), '{}')
        from experts where id = any(%(experts)s)))"""
_COUNTED = """counted as (
    insert into invoice_counters values (%(entity)s, 1)
    on conflict (entity) do update set last = invoice_counters.last + 1 returning last)"""
_ISSUED = """insert into invoices (
        id, number, subject_kind, subject_id, round, customer_id, state, currency, total, lines,
        issued_at)
    select i.id, last, i.subject_kind, i.subject_id, i.round, i.customer_id, i.state, i.currency,
        i.total, i.lines, i.issued_at
    from counted, jsonb_populate_record(null::invoices, %(document)s::jsonb -> 'invoice') as i
    returning number"""
_EARNED = """earned as (
    insert into earnings (
        assignment_id, ticket_id, visit_id, expert_id, currency, gross, commission, payout,
        earned_at)
    select assignment_id, ticket_id, visit_id, expert_id, currency, gross, commission, payout,
        earned_at
    from jsonb_populate_recordset(null::earnings, %(document)s::jsonb -> 'earnings')
    where exists (select from moved))"""
_NUMBER = "jsonb_build_object('number', (select number from moved))"


class Issued(Value):
    """An invoice that is there; the total in minor units."""

    id: str
    number: int
    total: int
    currency: Currency


class Basis(Value):
    """What the price of a round depends on; `issued` if it has its invoice already."""

    issued: Issued | None
    tariff: Tariff
    plan_urgent_fee: int | None
    commissions: dict[str, str]


def basis_of(database: Database, asked: BillTicket) -> Basis:
    """What a bill is computed from."""
    known = {
        "ticket_id": asked.ticket_id,
        "round": asked.round,
        "zone": asked.zone,
        "plan_id": asked.plan_id,
        "experts": [work.expert_id for work in asked.work],
    }
    return Basis.model_validate(database.at_once(_BASIS, known))


def issue(
    database: Database, bill: Bill, of: IssueInvoice, event: Event, intents: Sequence[Intent]
) -> Issued:
    """Put an invoice, its earnings, its event and its notice in, under the next number of the
    house; all of them, or on any conflict none, and then the number is not used up either.

    Raises:
        psycopg.errors.UniqueViolation: the round has its invoice already.
    """
    asked, total = of.bill, bill.total
    about = subject.ticket(asked.ticket_id)
    document = {
        "invoice": _invoice_columns(event.aggregate, bill, of, about),
        "earnings": [
            earning_columns(e, asked.ticket_id, asked.completed_at) for e in bill.earnings
        ],
    }
    moved = Moved(
        sql=_ISSUED,
        values={"entity": LEGAL_ENTITY, "document": to_json(document).decode()},
        first=(_COUNTED,),
        parts=(_EARNED,),
        learned=_NUMBER,
        answer="(select number from moved)",
    )
    number: int = take_effect(database, moved, Effect(about, (event,), intents))
    return Issued(id=event.aggregate, number=number, total=total.amount, currency=bill.currency)


def _invoice_columns(
    invoice_id: str, bill: Bill, of: IssueInvoice, about: Subject
) -> dict[str, Any]:
    asked, total = of.bill, bill.total
    return {
        "id": invoice_id,
        "subject_kind": about.kind,
        "subject_id": about.id,
        "round": asked.round,
        "customer_id": asked.customer_id,
        "state": InvoiceState.OPEN if total.amount else InvoiceState.PAID,
        "currency": bill.currency,
        "total": total.amount,
        "lines": bill.lines,
        "issued_at": of.issued_at,
    }
