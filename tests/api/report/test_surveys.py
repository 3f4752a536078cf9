"""Surveys: a link in a letter, answered once and in time by whoever holds it."""

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest_asyncio

from models.actor import Actor, Role
from models.db.flag.writes import FlagRepository
from models.flag import Rollout
from tests.house import House
from tests.refusals import refused
from tests.replica import replica
from tests.town import Town

TOWN = Town("phoenix")
ADMIN = Actor(role=Role.ADMIN, id="usr_admin")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def survey(house: House) -> AsyncIterator[str]:
    """The link in the letter that a customer gets when the work is done: its token."""
    yield await sent(house, 44)


async def sent(house: House, day: int) -> str:
    """The token of the survey about a ticket whose work was done."""
    filed, _ = await TOWN.done(house, day)
    number = (await house.ticket(filed))["number"]

    async def letter() -> str | None:
        for text in house.letters():
            found = re.search(r"/link/survey/(\S+)", text)
            if found and number in text:
                return found[1]
        return None

    token: str = await house.soon(letter, "the letter")
    return token


def spare(house: House, start: datetime, end: datetime) -> None:
    """Have the house spared for a while."""
    with house.database.unit_of_work() as session:
        for on, at in ((True, start), (False, end)):
            flags = FlagRepository(session)
            flags.change(flags.locked("degraded_mode"), Rollout(on=on), "A test.", ADMIN, at)


async def test_whoever_could_not_answer_because_the_house_was_spared_has_so_much_longer(
    house: House,
) -> None:
    token = await sent(house, 45)
    path, now = f"/v1/surveys/{token}", datetime.now(UTC)
    # It was over six days ago; whoever else was asked since has nothing to do with that.
    house.database.rows_at_once(
        "update surveys set opened_at = opened_at - interval '20 days',"
        " expires_at = expires_at - interval '20 days' where id = %(id)s returning id",
        {"id": f"svy_{token.partition('.')[0]}"},
    )
    refused(await house.http.post(path, json={"rating": 5}), 409, "survey-expired")
    spare(house, now - timedelta(days=7), now - timedelta(hours=1))
    answer = await house.http.post(path, json={"rating": 5})
    assert (answer.status_code, answer.json()["state"]) == (200, "ANSWERED")


async def test_a_survey_is_answered_with_its_link_alone_once_and_in_time(
    house: House, survey: str
) -> None:
    path = f"/v1/surveys/{survey}"
    asked = await house.http.get(path)
    assert asked.status_code == 200
    assert (asked.json()["state"], asked.json()["round"]) == ("PENDING", 1)
    async with replica(house, ahead=timedelta(days=14, minutes=1)) as much_later:
        refused(await much_later.post(path, json={"rating": 5}), 409, "survey-expired")
    for rating in (0, 6, 2.5, "5", True, None, 10**30):
        answer = await house.http.post(path, json={"rating": rating})
        refused(answer, 422, "validation-failed", "/rating")
    async with replica(house, ahead=timedelta(days=13, hours=23)) as late:
        answers = await asyncio.gather(*(late.post(path, json={"rating": 4}) for _ in "12345"))
    assert sorted(a.status_code for a in answers) == [200, 409, 409, 409, 409]
    [taken] = [a for a in answers if a.is_success]
    assert taken.json()["state"] == "ANSWERED"
    refused(await house.http.post(path, json={"rating": 1}), 409, "survey-answered")
    assert (await house.http.get(path)).json()["state"] == "ANSWERED"


async def test_a_survey_that_is_nobodys_cannot_be_answered(house: House, survey: str) -> None:
    name, _, signature = survey.partition(".")
    other = str(uuid.uuid4())
    forged = [
        f"{other}.{signature}",
        f"{name}.{signature[:-1]}",
        f"{name}.{'A' * len(signature)}",
        f"{name}.",
        name,
        f".{signature}",
        f"svy_{name}.{signature}",
        house.surveys.token(f"svy_{other}"),
        f"{survey}%00",
        f"{survey}%0A",
        "%F0%9F%A6%84",
        "x" * 5000,
    ]
    for token in forged:
        read = await house.http.get(f"/v1/surveys/{token}")
        written = await house.http.post(f"/v1/surveys/{token}", json={"rating": 1})
        assert read.status_code == written.status_code == 404, token
        assert read.json()["code"] in ("survey-unknown", "not-found")
