"""Bills, earnings and surveys."""

from datetime import datetime

from sqlalchemy import Table, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.tables.aftercare import EarningRow, InvoiceCounterRow, InvoiceRow, SurveyRow
from models.invoice import Bill
from models.messages.billing import BillTicket, OpenSurvey
from models.survey import SurveyState

LEGAL_ENTITY = "sysops-squad"


class AftercareRepository:
    """What follows the work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def invoice_of(self, ticket_id: str, round_: int) -> InvoiceRow | None:
        """The bill of a round."""
        return self._session.scalar(
            select(InvoiceRow).where(
                col(InvoiceRow.ticket_id) == ticket_id, col(InvoiceRow.round) == round_
            )
        )

    def invoices(self, ticket_id: str) -> list[InvoiceRow]:
        """Every bill of a ticket."""
        return list(
            self._session.scalars(
                select(InvoiceRow)
                .where(col(InvoiceRow.ticket_id) == ticket_id)
                .order_by(col(InvoiceRow.round))
            )
        )

    def issue(self, invoice_id: str, bill: Bill, asked: BillTicket, now: datetime) -> InvoiceRow:
        """Put a bill and its earnings in, under the next number of the house."""
        number = self._session.scalar(
            upsert(InvoiceCounterRow)
            .values(entity=LEGAL_ENTITY, last=1)
            .on_conflict_do_update(
                index_elements=["entity"], set_={"last": InvoiceCounterRow.last + 1}
            )
            .returning(col(InvoiceCounterRow.last))
        )
        assert number is not None, "the counter answers"
        invoice = InvoiceRow(
            id=invoice_id,
            number=number,
            ticket_id=asked.ticket_id,
            round=asked.round,
            customer_id=asked.customer_id,
            state="OPEN" if bill.total.amount else "PAID",
            currency=bill.currency,
            total=bill.total.amount,
            lines=[line.model_dump(mode="json") for line in bill.lines],
            issued_at=now,
        )
        self._session.add(invoice)
        for earning in bill.earnings:
            self._session.add(
                EarningRow(
                    assignment_id=earning.assignment_id,
                    ticket_id=asked.ticket_id,
                    visit_id=earning.visit_id,
                    expert_id=earning.expert_id,
                    currency=bill.currency,
                    gross=earning.gross.amount,
                    commission=earning.commission.amount,
                    payout=earning.payout.amount,
                    earned_at=asked.completed_at,
                )
            )
        self._session.flush()
        return invoice

    def earnings(self, expert_id: str, after: str | None, limit: int) -> list[EarningRow]:
        """What an expert earned, by assignment, after an id."""
        query = (
            select(EarningRow)
            .where(col(EarningRow.expert_id) == expert_id)
            .order_by(col(EarningRow.assignment_id))
            .limit(limit)
        )
        if after:
            query = query.where(col(EarningRow.assignment_id) > after)
        return list(self._session.scalars(query))

    def open_survey(self, survey_id: str, asked: OpenSurvey) -> None:
        """Put a question in, once a round."""
        self._session.execute(
            upsert(SurveyRow)
            .values(
                id=survey_id,
                ticket_id=asked.ticket_id,
                round=asked.round,
                state=SurveyState.PENDING,
                opened_at=asked.opened_at,
                expires_at=asked.opened_at + asked.ttl,
            )
            .on_conflict_do_nothing()
        )

    def survey(self, survey_id: str) -> SurveyRow | None:
        """A survey."""
        return self._session.get(SurveyRow, survey_id)

    def survey_of(self, ticket_id: str, round_: int) -> SurveyRow | None:
        """The survey of a round."""
        return self._session.scalar(
            select(SurveyRow).where(
                col(SurveyRow.ticket_id) == ticket_id, col(SurveyRow.round) == round_
            )
        )

    def answer_survey(
        self, survey_id: str, rating: int, comment: str | None, now: datetime
    ) -> bool:
        """Keep the answer if it is the first; False if it is not."""
        surveys: Table = SurveyRow.__table__  # type: ignore[attr-defined]
        done = self._session.connection().execute(
            update(surveys)
            .where(surveys.c.id == survey_id, surveys.c.answered_at.is_(None))
            .values(state=SurveyState.ANSWERED, rating=rating, comment=comment, answered_at=now)
        )
        return bool(done.rowcount)
