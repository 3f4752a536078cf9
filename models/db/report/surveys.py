"""Surveys: one question a round, answered once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Table, update
from sqlmodel import Session

from models.base import Value
from models.db.report.tables import SurveyRow
from models.identity import derived_id
from models.messages.money import OpenSurvey
from models.report.survey import SurveyState

_TABLE: Table = SurveyRow.__table__  # type: ignore[attr-defined]


class Survey(Value):
    """A question about one round of a ticket."""

    id: str
    ticket_id: str
    round: int
    state: SurveyState
    expires_at: datetime


class SurveyRepository:
    """Questions, and their answers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def survey(self, survey_id: str) -> Survey | None:
        """A survey."""
        row = self._session.get(SurveyRow, survey_id)
        return None if row is None else Survey.model_validate(row, from_attributes=True)

    def answer(self, survey_id: str, rating: int, comment: str | None, now: datetime) -> bool:
        """Keep the answer if it is the first; False if it is not."""
        done = self._session.connection().execute(
            update(_TABLE)
            .where(_TABLE.c.id == survey_id, _TABLE.c.answered_at.is_(None))
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
