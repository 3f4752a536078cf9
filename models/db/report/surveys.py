"""Surveys: one question a round, answered once."""

from typing import Any

from sqlmodel import Session

from models import subject
from models.db.effect import Effect, Moved, take_effect
from models.db.report.tables import SurveyRow
from models.event import Event
from models.identity import derived_id
from models.messages.money import OpenSurvey
from models.report.survey import Survey, SurveyState

_ANSWERED = """update surveys set
    state = %(state)s, rating = %(rating)s, comment = %(comment)s, answered_at = %(now)s
    where id = %(id)s and answered_at is null returning id"""


class SurveyRepository:
    """Questions, and their answers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def survey(self, survey_id: str) -> Survey | None:
        """A survey."""
        row = self._session.get(SurveyRow, survey_id)
        return None if row is None else Survey.model_validate(row, from_attributes=True)

    def answer(self, ticket_id: str, answered: Event, rating: int, comment: str | None) -> bool:
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
