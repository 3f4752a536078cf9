"""Bills and earnings as they were issued. Amounts in minor units."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_
from sqlmodel import Session, col

from models.base import Value
from models.db.money.tables import EarningRow, InvoiceRow
from models.money.amount import Currency
from models.money.invoice import InvoiceState
from models.recorded import Recorded


class RecordedInvoice(Value):
    """The bill of one round of a ticket."""

    id: str
    number: int
    round: int
    state: Recorded[InvoiceState]
    currency: Recorded[Currency]
    total: int
    lines: list[dict[str, Any]]
    issued_at: datetime


class RecordedEarning(Value):
    """What an expert earned with one assignment: `payout = gross - commission`."""

    assignment_id: str
    visit_id: str
    ticket_id: str
    currency: Recorded[Currency]
    gross: int
    commission: int
    payout: int
    earned_at: datetime


class MoneyReads:
    """What follows the work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def invoices(
        self, ticket_id: str, after: tuple[int, str] | None, limit: int
    ) -> list[RecordedInvoice]:
        """The bills of a ticket, by round, after a round and id."""
        position = tuple_(col(InvoiceRow.round), col(InvoiceRow.id))
        query = (
            select(InvoiceRow)
            .where(col(InvoiceRow.ticket_id) == ticket_id)
            .order_by(position)
            .limit(limit)
        )
        if after:
            query = query.where(position > after)
        rows = self._session.scalars(query)
        return [RecordedInvoice.model_validate(row, from_attributes=True) for row in rows]

    def earnings(self, expert_id: str, after: str | None, limit: int) -> list[RecordedEarning]:
        """What an expert earned, by assignment, after an id."""
        query = (
            select(EarningRow)
            .where(col(EarningRow.expert_id) == expert_id)
            .order_by(col(EarningRow.assignment_id))
            .limit(limit)
        )
        if after:
            query = query.where(col(EarningRow.assignment_id) > after)
        rows = self._session.scalars(query)
        return [RecordedEarning.model_validate(row, from_attributes=True) for row in rows]
