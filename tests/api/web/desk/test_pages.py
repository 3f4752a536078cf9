"""Our own pages: where they lead, and what the browser is told to guard."""

import uuid
from urllib.parse import parse_qs, quote, unquote, urlsplit

import httpx2
import pytest
from fastapi import APIRouter, Form
from temporalio.client import WorkflowExecutionStatus

from api.web.desk.__main__ import door
from api.web.desk.app import PAGES, create_desk
from api.web.desk.session import CurrentPerson
from models.catalogue.catalogue import load
from tests.api.web.desk.conftest import Desk
from tests.api.web.desk.staff import PAGE, Staff


async def test_link_in_a_message_leads_to_the_instructions_of_the_running_run(
    desk: Desk, ana: Staff
) -> None:
    question = await desk.ask()
    run = question.first_execution_run_id
    found = await ana.open(f"/go/{question.id}")
    assert found.status_code == 302
    place = f"/namespaces/default/workflows/{question.id}/{run}/user-metadata"
    assert found.headers["location"] == place
    assert (await ana.open(place)).status_code == 200


async def test_link_leads_to_the_run_that_came_after(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    await question.terminate()
    assert (await question.describe()).status is WorkflowExecutionStatus.TERMINATED
    again = await desk.ask(question.id)
    found = await ana.open(f"/go/{question.id}")
    assert again.first_execution_run_id in found.headers["location"]


@pytest.mark.parametrize("workflow_id", ["a/b c#d?e%f&g", "ümlaut", "with.dot"])
async def test_link_to_an_odd_id_is_encoded(desk: Desk, ana: Staff, workflow_id: str) -> None:
    odd = f"{uuid.uuid4()} {workflow_id}"
    await desk.ask(odd)
    found = await ana.open(f"/go/{quote(odd, safe='')}")
    assert found.status_code == 302, found.text
    place = found.headers["location"]
    assert unquote(place.split("/")[4]) == odd
    assert place.isascii()
    assert place.endswith("/user-metadata")


@pytest.mark.parametrize("workflow_id", ["ticket-nothing.NO_PROPOSALS", "x" * 1001, ""])
async def test_link_to_nothing_is_a_clear_page(ana: Staff, workflow_id: str) -> None:
    missing = await ana.open(f"/go/{workflow_id}")
    assert missing.status_code == 404
    assert "<h1>" in missing.text


async def test_link_asks_for_the_login_and_leads_on_after_it(desk: Desk) -> None:
    question = await desk.ask()
    async with desk.staff() as staff:
        turned_away = await staff.open(f"/go/{question.id}")
        wanted = parse_qs(urlsplit(turned_away.headers["location"]).query)["next"][0]
        back = await staff.log_in("usr_ana", wanted)
        assert back.headers["location"] == f"/go/{question.id}"


async def test_start_page_leads_to_the_lists_of_open_escalations(desk: Desk, ana: Staff) -> None:
    page = (await ana.open("/desk")).text.replace("&#39;", "'")
    queries = [
        unquote(link.split('"')[0])
        for link in page.split("/namespaces/default/workflows?query=")[1:]
    ]
    everything = '`WorkflowType`="Escalation" AND `ExecutionStatus`="Running"'
    levels = [f"{everything} AND `EscalationLevel`={level}" for level in (1, 2, 3)]
    zones = [f'{everything} AND `Zone`="{zone}"' for zone in sorted(z.code for z in load().zones)]
    assert queries == [everything, *levels, *zones]
    for query in queries:
        path = "/api/v1/namespaces/default/workflows"
        assert (await ana.http.get(path, params={"query": query})).status_code == 200


@pytest.mark.parametrize(
    "address", ["/desk", "/go/nothing", "/desk/nothing", "/desk/static/desk.css"]
)
async def test_our_pages_are_guarded(ana: Staff, address: str) -> None:
    headers = (await ana.open(address)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_page_needs_no_other_site_and_no_script(ana: Staff) -> None:
    page = (await ana.open("/desk")).text
    assert "<script" not in page
    assert "style=" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert 'lang="en"' in page
    assert 'name="viewport"' in page
    assert (await ana.open("/desk/static/desk.css")).status_code == 200


async def test_name_of_a_person_is_text_and_not_markup(desk: Desk) -> None:
    async with desk.staff() as staff:
        staff.http.cookies.set("desk", desk.session(name="<script>alert(1)</script>"))
        page = (await staff.open("/desk")).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


async def test_new_pages_are_behind_the_login_and_their_forms_are_checked(
    desk: Desk, ana: Staff
) -> None:
    room = APIRouter()

    @room.post("/desk/notes")
    async def note(person: CurrentPerson, words: str = Form()) -> dict[str, str]:
        return {"by": person.actor.id, "words": words}

    app = create_desk(desk.services, door(desk.settings), (*PAGES, room))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url=desk.url, headers=PAGE) as http:
        form, ours = {"words": "x"}, {"origin": desk.url}
        assert (await http.post("/desk/notes", data=form, headers=ours)).status_code == 401
        http.cookies.set("desk", ana.http.cookies["desk"])
        assert (await http.post("/desk/notes", data=form)).status_code == 403
        written = await http.post("/desk/notes", data=form, headers=ours)
        assert written.json() == {"by": "usr_ana", "words": "x"}
        assert (await http.post("/desk/notes", headers=ours)).status_code == 422
