"""Surveys: one question a round, answered once, behind a signed link."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from models.base import Value
from models.flag import TimeOn


class SurveyState(StrEnum):
    """Where a survey stands. Whether it has expired is a matter of the clock, not of a state."""

    PENDING = "PENDING"
    ANSWERED = "ANSWERED"


class Survey(Value):
    """A question about one round of a ticket, which can be answered until `expires_at`."""

    id: str
    ticket_id: str
    round: int
    state: SurveyState
    opened_at: datetime
    expires_at: datetime


def longer_by(survey: Survey, spared: Iterable[TimeOn]) -> timedelta:
    """For how long a survey could not be answered, because the house was spared: the times that
    began before it was over."""
    waited = (
        time.end - max(time.start, survey.opened_at)
        for time in spared
        if time.start < survey.expires_at and time.end > survey.opened_at
    )
    return sum(waited, timedelta(0))
