"""Paying for work that nobody is billed for: what it depends on, and its earnings, each in one
statement."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from models.base import Value
from models.db.engine import Database, Session
from models.messages.money import CreditWork
from models.money.invoice import Earning, Tariff

_WAGES = """select jsonb_build_object(
    'tariff', (
        select jsonb_build_object(
            'currency', currency, 'call_out_fee', call_out_fee, 'hourly_rate', hourly_rate,
            'urgent_fee', urgent_fee)
        from zones where code = %(zone)s),
    'commissions', (
        select coalesce(jsonb_object_agg(id, commission_percent), '{}')
        from experts where id = any(%(experts)s)))"""
_CREDIT = """with earned as (
    insert into earnings (
        assignment_id, ticket_id, visit_id, expert_id, currency, gross, commission, payout,
        earned_at)
    select assignment_id, ticket_id, visit_id, expert_id, currency, gross, commission, payout,
        earned_at
    from jsonb_populate_recordset(null::earnings, %(earnings)s::jsonb)
    on conflict do nothing returning 1)
select count(*) from earned"""


class Wages(Value):
    """What work is worth in a zone, and what percentage of it the house keeps, by expert."""

    tariff: Tariff
    commissions: dict[str, str]


def wages_of(database: Database, asked: CreditWork) -> Wages:
    """What earnings are computed from."""
    known = {"zone": asked.zone, "experts": [work.expert_id for work in asked.work]}
    return Wages.model_validate(database.at_once(_WAGES, known))


def wages_in(session: Session, zone: str, experts: Collection[str]) -> Wages | None:
    """What the work of some experts would be worth in a zone; None for a zone that is gone."""
    known = {"zone": zone, "experts": list(experts)}
    found = session.connection().exec_driver_sql(_WAGES, known).scalar_one()
    return Wages.model_validate(found) if found["tariff"] else None


def credit(database: Database, asked: CreditWork, earnings: Sequence[Earning]) -> None:
    """Put earnings in; one that is there stays as it is."""
    rows = [earning_columns(e, asked.ticket_id, asked.earned_at) for e in earnings]
    database.at_once(_CREDIT, {"earnings": to_json(rows).decode()})


def earning_columns(earning: Earning, ticket_id: str, earned_at: datetime) -> dict[str, Any]:
    """The row of an earning."""
    return {
        "assignment_id": earning.assignment_id,
        "ticket_id": ticket_id,
        "visit_id": earning.visit_id,
        "expert_id": earning.expert_id,
        "currency": earning.gross.currency,
        "gross": earning.gross.amount,
        "commission": earning.commission.amount,
        "payout": earning.payout.amount,
        "earned_at": earned_at,
    }
