"""A page that asks how it was, behind the link in the letter."""

import asyncio
import re
from datetime import timedelta

from tests.api.web.link.test_pages import look, send
from tests.house import House
from tests.replica import replica
from tests.town import Town

TOWN = Town("phoenix")


async def path_of(house: House, ticket_id: str) -> str:
    """The path of the link in the letter."""
    number = (await house.ticket(ticket_id))["number"]

    def sent() -> str | None:
        for letter in house.letters():
            found = re.search(r"http://\S+?(/link/survey/\S+)", letter)
            if found and number in letter:
                return found[1]
        return None

    path: str = await house.soon(sent, "the letter")
    return path


async def test_somebody_says_how_it_was_by_a_page_and_once(house: House) -> None:
    filed, _ = await TOWN.done(house, 46)
    path = await path_of(house, filed)
    page = await look(house, path)
    assert page.count('type="radio"') == 5
    assert "script" not in page
    assert "All times are those" not in page
    for rating, comment, said in (
        ("", "Quick.", "Choose one of the five."),
        ("6", "Quick.", "Choose one of the five."),
        ("12", "Quick.", "Choose one of the five."),
        ("4", "x" * 4001, "longer than 4,000 letters"),
        ("4", "\u202equick", "cannot be read"),
    ):
        wrong = await send(house, path, rating=rating, comment=comment)
        assert wrong.status_code == 422, wrong.text
        assert said in wrong.text
        assert comment in wrong.text, "nothing typed is lost"
    forms = ({"rating": "4", "comment": f"Quick.\r\nKind {n}."} for n in range(3))
    answers = await asyncio.gather(*(send(house, path, **form) for form in forms))
    assert sorted(a.status_code for a in answers) == [303, 409, 409]
    assert "Thank you, we have your answer." in await look(house, f"{path}?thanks")
    late = await send(house, path, rating="1")
    assert late.status_code == 409
    assert "We have had an answer already" in late.text
    assert "<form" not in late.text
    token = path.rpartition("/")[2]
    known = (await house.http.get(f"/v1/surveys/{token}")).json()
    assert known["state"] == "ANSWERED"
    answered = [e for e in await house.timeline(filed) if e["type"] == "survey.answered"]
    assert [e["data"]["rating"] for e in answered] == [4]


async def test_a_question_that_is_over_or_nobodys_leads_to_words(house: House) -> None:
    filed, _ = await TOWN.done(house, 47)
    path = await path_of(house, filed)
    async with replica(house, ahead=timedelta(days=14, minutes=1)) as much_later:
        ours = {"Origin": house.services.public_url}
        asked = await much_later.get(path)
        said = await much_later.post(path, data={"rating": "5"}, headers=ours)
    assert (asked.status_code, said.status_code) == (410, 410)
    for page in (asked.text, said.text):
        assert "The time for an answer is over." in page
        assert "<form" not in page
    assert "This link does not work" in await look(house, f"{path[:-1]}", 404)
    assert "This link does not work" in await look(house, "/link/survey/nobodys", 404)
    assert (await house.http.post(path, data={"rating": "5"})).status_code == 403
    assert "<form" in await look(house, path)
