"""Surveys: one question a round, answered once, behind a signed link."""

from enum import StrEnum


class SurveyState(StrEnum):
    """Where a survey stands. Whether it has expired is a matter of the clock, not of a state."""

    PENDING = "PENDING"
    ANSWERED = "ANSWERED"
