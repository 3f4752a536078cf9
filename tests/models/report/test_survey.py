"""Who could not answer a survey because the house was spared has so much longer."""

from datetime import UTC, datetime, timedelta

from models.flag import times_on
from models.report.survey import Survey, SurveyState, longer_by

OPENED = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
OVER = OPENED + 14 * DAY
SURVEY = Survey(
    id="svy_1",
    ticket_id="tkt_1",
    round=1,
    state=SurveyState.PENDING,
    opened_at=OPENED,
    expires_at=OVER,
)


def longer(*changes: tuple[timedelta, bool], now: datetime = OVER + 10 * DAY) -> timedelta:
    """For how long it can be answered beyond its end, when the house was spared like this."""
    return longer_by(SURVEY, times_on([(OPENED + at, on) for at, on in changes], now))


def test_a_survey_of_a_house_that_was_never_spared_is_over_when_it_is() -> None:
    assert longer() == timedelta(0)


def test_the_time_in_which_the_house_was_spared_is_added() -> None:
    assert longer((DAY, True), (2 * DAY, False), (13 * DAY, True), (16 * DAY, False)) == 4 * DAY


def test_it_does_not_count_twice_that_somebody_switched_on_what_was_on() -> None:
    assert longer((DAY, True), (DAY * 2, True), (DAY * 3, False)) == 2 * DAY


def test_what_was_before_the_survey_or_after_its_end_is_not_added() -> None:
    assert longer((-3 * DAY, True), (DAY, False), (15 * DAY, True), (16 * DAY, False)) == DAY


def test_while_the_house_is_spared_still_nothing_is_over_yet() -> None:
    now = OVER + DAY
    assert SURVEY.expires_at + longer((13 * DAY, True), now=now) > now
