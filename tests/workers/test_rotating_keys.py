"""The signing key is followed by another, as the runbook says, and no link ends before its time."""

from datetime import UTC, datetime, timedelta

import pytest

from models.settings.processes import RelaySettings
from temporal.links import OfferLinks, SurveyLinks
from workers.wiring import office

OLD, NEW = (f"{name}-b81f02e7c94d6a350f7de1928c64ab53" for name in ("old", "new"))
STEPS = (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW)
"""`LINK_SECRET` at every step of docs/runbooks/rotate-keys.md."""
TICKET = "tkt_7f078719-d56f-56ae-b441-952d553bdb3b"
OFFER = "off_01a1fc2b-d2c8-7e47-9d49-bc6fd6aa0a05"
NOW = datetime(2026, 11, 29, 9, tzinfo=UTC)
TOMORROW = NOW + timedelta(hours=24)


def told(step: int) -> tuple[SurveyLinks, OfferLinks]:
    """The links of a process that was started at a step."""
    settings = RelaySettings.from_environment(
        {"DATABASE_URL": "postgresql://nobody@nowhere/nothing", "LINK_SECRET": STEPS[step]}
    )
    ours = office(settings)
    assert ours.offers
    return ours.surveys, ours.offers


@pytest.mark.parametrize(
    ("signs", "believes"),
    [(a, b) for a in range(4) for b in range(4) if abs(a - b) <= 1],
)
def test_while_processes_are_restarted_one_by_one_each_believes_the_others(
    signs: int, believes: int
) -> None:
    (surveys, offers), (read_survey, read_offer) = told(signs), told(believes)
    assert read_survey.survey_id(surveys.token("svy_7")) == "svy_7"
    token = offers.token(TICKET, OFFER, TOMORROW)
    assert read_offer.offer(token, NOW) == (TICKET, OFFER)


def test_a_link_of_the_old_key_is_good_until_its_time_is_over_or_the_key_is_taken_away() -> None:
    surveys, offers = told(0)
    survey, offer = surveys.token("svy_7"), offers.token(TICKET, OFFER, TOMORROW)
    read_survey, read_offer = told(2)
    assert read_survey.survey_id(survey) == "svy_7"
    assert read_offer.offer(offer, TOMORROW - timedelta(seconds=1)) == (TICKET, OFFER)
    assert read_offer.offer(offer, TOMORROW) is None
    read_survey, read_offer = told(3)
    assert read_survey.survey_id(survey) is None
    assert read_offer.offer(offer, NOW) is None


def test_the_first_key_signs() -> None:
    for step, key in ((1, OLD), (2, NEW)):
        assert told(step)[0].token("svy_7") == SurveyLinks(key).token("svy_7")


def test_a_signature_is_good_for_one_purpose_and_in_one_spelling() -> None:
    surveys, offers = told(2)
    token = surveys.token("svy_7")
    assert offers.offer(token, NOW) is None
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert [x for x in letters if surveys.survey_id(token[:-1] + x)] == [token[-1]]
    for other in ("\n", "=", "==", "!", ".", " ", "é"):
        assert surveys.survey_id(token + other) is None
