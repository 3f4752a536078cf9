"""Bills, earnings and surveys."""

from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, update
from sqlmodel import Session, col

from models.db.money.tables import EarningRow, InvoiceRow
from models.db.report.tables import SurveyRow
from models.identity import derived_id
from models.messages.money import OpenSurvey
from models.report.survey import SurveyState

LEGAL_ENTITY = "sysops-squad"


class AftercareRepository:
    """What follows the work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def invoices(self, ticket_id: str) -> list[InvoiceRow]:
        """Every bill of a ticket."""
        return list(
            self._session.scalars(
                select(InvoiceRow)
                .where(col(InvoiceRow.ticket_id) == ticket_id)
                .order_by(col(InvoiceRow.round))
            )
        )

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

    def survey(self, survey_id: str) -> SurveyRow | None:
        """A survey."""
        return self._session.get(SurveyRow, survey_id)

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


def survey_columns(asked: OpenSurvey) -> dict[str, Any]:
    """A question as its row; the question of a round has one id."""
    return {
        "id": survey_id(asked.ticket_id, asked.round),
        "ticket_id": asked.ticket_id,
        "round": asked.round,
        "state": SurveyState.PENDING,
        "opened_at": asked.opened_at,
        "expires_at": asked.opened_at + asked.ttl,
    }


def survey_id(ticket_id: str, round_: int) -> str:
    """The survey of a round."""
    return derived_id("svy", ticket_id, str(round_))
