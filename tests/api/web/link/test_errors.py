"""A page that cannot do what was asked says so in its reader's language, and leads on."""

import re
from html import unescape
from pathlib import Path
from uuid import uuid4

import psycopg

from tests.api.intake.outage import DATABASE, ENGINE, without
from tests.api.web.link.test_pages import look, mine, send, times_link, typed
from tests.cable import cable
from tests.house import House
from tests.replica import impatient, replica, temporal_address
from tests.workflows.company import parting as parting


async def test_an_error_is_told_in_the_language_of_whoever_the_link_is_for(house: House) -> None:
    ticket_id, visit = await mine(house)
    path = times_link(house, ticket_id, visit)
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update customers set locale = 'fr' where id ="
            " (select customer_id from tickets where id = %s)",
            (ticket_id,),
        )
    english = {"Accept-Language": "en-GB"}
    answer = await house.http.post(path, headers={**english, "Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "Ceci ne vient pas de notre page" in answer.text
    token = path.rpartition("/")[2]
    elsewhere = await house.http.get(f"/link/coming/{token}", headers=english)
    assert elsewhere.status_code == 404
    assert "Ce lien ne fonctionne pas" in elsewhere.text
    forged = await house.http.get(f"{path}A", headers=english)
    assert "This link does not work" in forged.text
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})


async def test_what_could_not_be_taken_just_now_is_sent_once_more_by_a_button(
    house: House,
) -> None:
    ticket_id, visit = await mine(house)
    path = times_link(house, ticket_id, visit)
    form = {"form_id": uuid4().hex, **typed(1, 8, 10), "comment": '"><b>'}
    ours = {"Origin": house.services.public_url}
    async with (
        cable(*temporal_address(house)) as line,
        replica(house, temporal=await impatient(line.port)) as http,
    ):
        await line.cut()
        answer = await http.post(path, data={**form, "other": "no"}, headers=ours)
    assert answer.status_code == 503, answer.text
    assert '<form method="post" action="?">' in answer.text
    assert "Send it once more" in answer.text
    wait = answer.headers["retry-after"]
    assert f"Try again in {wait} seconds." in answer.text
    hidden = re.findall('type="hidden" name="([^"]*)" value="([^"]*)"', answer.text)
    kept = {name: unescape(value) for name, value in hidden}
    assert kept == form
    again = await send(house, path, **kept)
    assert (again.status_code, again.headers["location"]) == (303, "?thanks"), again.text
    asked = [e for e in await house.timeline(ticket_id) if e["type"] == "visit.move_asked"]
    assert len(asked) == 1
    assert "Thank you" in await look(house, f"{path}?thanks")
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})


async def test_times_that_are_kept_are_told_to_be_and_are_taken_without_being_sent_again(
    house: House, tmp_path: Path
) -> None:
    ticket_id, visit = await mine(house)
    path = times_link(house, ticket_id, visit)
    form = {"form_id": uuid4().hex, **typed(1, 8, 10)}
    ours = {"Origin": house.services.public_url}
    async with without(house, tmp_path / "log", ENGINE) as (http, outage):
        answer = await http.post(path, data=form, headers=ours)
        assert answer.status_code == 202, answer.text
        assert "Thank you: we have your times" in answer.text
        assert "<form" not in answer.text
        await outage.mend()

        async def asked() -> bool:
            return any(e["type"] == "visit.move_asked" for e in await house.timeline(ticket_id))

        await house.soon(asked, "the times")
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})


async def test_a_page_whose_records_are_away_says_when_to_try_again(
    house: House, tmp_path: Path
) -> None:
    ticket_id, visit = await mine(house)
    path = times_link(house, ticket_id, visit)
    form = {"form_id": uuid4().hex, **typed(1, 8, 10)}
    ours = {"Origin": house.services.public_url}
    async with without(house, tmp_path / "log", DATABASE) as (http, outage):
        answer = await http.post(path, data=form, headers=ours)
        await outage.mend()
    assert answer.status_code == 503, answer.text
    assert re.search("Try again in [0-9]+ seconds.", answer.text)
    assert "Send it once more" in answer.text
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/cancel", {})
