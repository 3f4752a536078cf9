"""What customers say about our work."""

from typing import ClassVar

from models.event import Facts


class SurveyAnswered(Facts):
    """How a round went, from 1 to 5."""

    kind: ClassVar = "survey.answered"

    survey_id: str
    round: int
    rating: int
