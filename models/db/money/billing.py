"""Billing a round: what its price depends on, and its invoice, each in one statement."""

from typing import Any

from pydantic_core import to_json

from models.base import Value
from models.db.engine import Database
from models.db.events import event_columns
from models.db.message.notifications import Intent, intent_columns
from models.event import Event
from models.messages.money import BillTicket, IssueInvoice
from models.money.amount import Currency
from models.money.invoice import Bill, Tariff

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
    'plan_urgent_fee', (select urgent_fee from plans where id = %(plan_id)s),
    'commissions', (
        select coalesce(jsonb_object_agg(id, commission_percent), '{}')
        from experts where id = any(%(experts)s)))"""
_ISSUE = """with counted as (
    insert into invoice_counters values (%(entity)s, 1)
    on conflict (entity) do update set last = invoice_counters.last + 1 returning last),
invoice as (
    insert into invoices (
        id, number, ticket_id, round, customer_id, state, currency, total, lines, issued_at)
    select i.id, last, i.ticket_id, i.round, i.customer_id, i.state, i.currency, i.total, i.lines,
        i.issued_at
    from counted, jsonb_populate_record(null::invoices, %(document)s::jsonb -> 'invoice') as i),
earned as (
    insert into earnings (
        assignment_id, ticket_id, visit_id, expert_id, currency, gross, commission, payout,
        earned_at)
    select assignment_id, ticket_id, visit_id, expert_id, currency, gross, commission, payout,
        earned_at
    from jsonb_populate_recordset(null::earnings, %(document)s::jsonb -> 'earnings')),
happened as (
    insert into events (
        id, ticket_id, aggregate, seq, type, occurred_at, recorded_at, actor_role, actor_id, facts)
    select e.id, e.ticket_id, e.aggregate, e.seq, e.type, e.occurred_at, e.recorded_at,
        e.actor_role, e.actor_id, e.facts || jsonb_build_object('number', last)
    from counted, jsonb_populate_record(null::events, %(document)s::jsonb -> 'event') as e),
told as (
    insert into notifications (
        id, ticket_id, event_id, recipient_role, recipient_id, template, facts, state, created_at)
    select id, ticket_id, event_id, recipient_role, recipient_id, template, facts, state, created_at
    from jsonb_populate_record(null::notifications, %(document)s::jsonb -> 'intent'))
select last from counted, pg_notify('notifications', '')"""


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
    database: Database, invoice_id: str, bill: Bill, of: IssueInvoice, event: Event, intent: Intent
) -> Issued:
    """Put an invoice, its earnings, its event and its notice in, under the next number of the
    house; all of them, or on any conflict none, and then the number is not used up either."""
    asked, total = of.bill, bill.total
    invoice = {
        "id": invoice_id,
        "ticket_id": asked.ticket_id,
        "round": asked.round,
        "customer_id": asked.customer_id,
        "state": "OPEN" if total.amount else "PAID",
        "currency": bill.currency,
        "total": total.amount,
        "lines": bill.lines,
        "issued_at": of.issued_at,
    }
    document = {
        "invoice": invoice,
        "earnings": [_earning_columns(bill, asked, n) for n in range(len(bill.earnings))],
        "event": event_columns(asked.ticket_id, event),
        "intent": intent_columns(intent, asked.ticket_id, event.recorded_at),
    }
    values = {"entity": LEGAL_ENTITY, "document": to_json(document).decode()}
    number = database.at_once(_ISSUE, values)
    return Issued(id=invoice_id, number=number, total=total.amount, currency=bill.currency)


def _earning_columns(bill: Bill, asked: BillTicket, index: int) -> dict[str, Any]:
    earning = bill.earnings[index]
    return {
        "assignment_id": earning.assignment_id,
        "ticket_id": asked.ticket_id,
        "visit_id": earning.visit_id,
        "expert_id": earning.expert_id,
        "currency": bill.currency,
        "gross": earning.gross.amount,
        "commission": earning.commission.amount,
        "payout": earning.payout.amount,
        "earned_at": asked.completed_at,
    }
