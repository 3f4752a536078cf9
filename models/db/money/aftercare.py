"""Bills, earnings and surveys."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from models import subject
from models.db.effect import Effect, Moved, take_effect
from models.db.money.tables import EarningRow, InvoiceRow
from models.db.report.tables import SurveyRow
from models.event import Event
from models.identity import derived_id
from models.messages.money import OpenSurvey
from models.report.survey import SurveyState

LEGAL_ENTITY = "sysops-squad"
_ANSWERED = """update surveys set
    state = %(state)s, rating = %(rating)s, comment = %(comment)s, answered_at = %(now)s
    where id = %(id)s and answered_at is null returning id"""


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
        self, ticket_id: str, answered: Event, rating: int, comment: str | None
    ) -> bool:
        """Keep the answer to a survey, and that it was given, if it is the first; False if it is
        not."""
        moved = Moved(
            sql=_ANSWERED,
            values={
                "id": answered.aggregate,
                "state": SurveyState.ANSWERED.value,
                "rating": rating,
                "comment": comment,
                "now": answered.recorded_at,
            },
        )
        effect = Effect(subject.ticket(ticket_id), (answered,))
        return bool(take_effect(self._session, moved, effect))


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
