"""What nobody does through the desk, however it is written."""

import re
import uuid
from pathlib import Path

import httpx2
import pytest
from fastapi.routing import iter_route_contexts
from temporalio.client import WorkflowExecutionStatus

from api.web.desk.verdict import Intent, NotAllowed, judge
from models.actor import Role
from tests.api.web.desk.conftest import Desk
from tests.api.web.desk.question import AGAIN
from tests.api.web.desk.staff import Staff, workflow

WRITES = (Path(__file__).parent / "writes.txt").read_text(encoding="ascii").splitlines()
"""Every POST that the server's API has, as the SDK 1.35 describes it; all else there is DELETE."""
TICKET = "ticket-019e0000-0000-7000-8000-000000000001"
ESCALATION = f"{TICKET}.NO_PROPOSALS"
FOR_ALL = ("/query/{query.query_type}", "/update/{request.input.name}")
FOR_ADMINS = ("/workflows/{id}/terminate", "/workflows/{id}/cancel", "/workflows/{id}/reset")


def filled(route: str) -> str:
    """A route about an escalation."""
    parts = route.split("/")
    known = {"{namespace}": "default"}
    return "/".join(
        known.get(part, ESCALATION if part.startswith("{") and "workflow" in part else part)
        for part in parts
    )


def plain(route: str) -> str:
    return route.replace("{workflow_execution.workflow_id}", "{id}")


def verdict(method: str, path: str, role: Role) -> Intent | int:
    """What somebody's request is taken for, or the status it is refused with."""
    try:
        return judge(method, path.encode(), role, "default").intent
    except NotAllowed as refusal:
        return refusal.status


@pytest.mark.parametrize("route", WRITES)
@pytest.mark.parametrize("role", [Role.HELPDESK, Role.MANAGER, Role.ADMIN])
def test_of_all_the_server_can_only_the_listed_is_possible(route: str, role: Role) -> None:
    allowed = route.endswith(FOR_ALL) or (role is Role.ADMIN and plain(route).endswith(FOR_ADMINS))
    decided = verdict("POST", filled(route), role)
    assert isinstance(decided, Intent) is allowed, decided
    assert allowed or decided == 403


def test_the_list_of_writes_is_whole() -> None:
    assert len(WRITES) > 50
    assert sum(route.endswith(FOR_ALL) for route in WRITES) == 2
    assert sum(plain(route).endswith(FOR_ADMINS) for route in WRITES) == 3


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "PATCH", "PUT", "TRACE", "get", "QUERY"])
def test_other_methods_do_nothing(method: str) -> None:
    assert verdict(method, f"{workflow(ESCALATION)}/update/x", Role.ADMIN) == 403


def test_another_namespace_takes_no_write() -> None:
    path = workflow(ESCALATION).replace("/default/", "/temporal-system/")
    assert verdict("POST", f"{path}/update/x", Role.ADMIN) == 403


@pytest.mark.parametrize(
    "workflow_id",
    [
        TICKET,
        f"billing-{TICKET.removeprefix('ticket-')}-1",
        f"{TICKET}.no_proposals",
        f"{TICKET}.",
        f"{TICKET}.NO_PROPOSALS.x",
        f"x{ESCALATION}",
        f"{ESCALATION} ",
        f"{ESCALATION}\u200b",
    ],
)
def test_only_an_escalation_is_decided(workflow_id: str) -> None:
    assert verdict("POST", f"{workflow(workflow_id)}/update/x", Role.HELPDESK) in (400, 403)


@pytest.mark.parametrize("subject", ["", ".2", ".17"])
def test_an_escalation_of_a_ticket_or_of_a_visit_is_decided(subject: str) -> None:
    assert verdict("POST", f"{workflow(ESCALATION + subject)}/update/x", Role.HELPDESK) == "update"


W = f"/api/v1/namespaces/default/workflows/{ESCALATION}"
V = f"/api/v1/namespaces/default/workflows/{TICKET}"
TRICKS = [
    f"{W}/%74erminate",
    f"{W}/terminate/",
    f"{W}//terminate",
    f"/{W}/terminate",
    f"{W}/update/..%2fterminate",
    f"{W}/update/../terminate",
    f"{W}/update/x/../../terminate",
    f"{W}/update/%2e%2e/terminate",
    f"{W}/query/..%2f..%2fterminate",
    f"{W}/update/..%5cterminate",
    f"{W}/update/x%00/terminate",
    f"{W}/update/x%0a",
    f"{W}/./terminate",
    f"{W}/TERMINATE",
    f"{W}/Terminate",
    f"{W}/terminate;x=1",
    f"{W}/terminate%3Fx",
    f"{W}/terminate%23",
    f"{W}/terminate%2f",
    f"{W}/%2574erminate",
    f"{W}:terminate",
    f"/API/v1/namespaces/default/workflows/{ESCALATION}/terminate",
    f"/namespaces/default/workflows/{ESCALATION}/terminate",
    f"/api/v1/namespaces/default/workflows/{TICKET}%2F..%2F{ESCALATION}/update/x",
    f"/api/v1/namespaces/default/workflows/{ESCALATION}%2F..%2F{TICKET}/update/x",
    f"/api/v1/namespaces/default/workflows/{TICKET}%2Factivities/query/complete",
    f"{V}/update/x",
    f"/api/v1/namespaces/default/workflows/{TICKET}%2eNO_PROPOSALS%2f/update/x",
    f"{W}/update/",
    f"{W}/update/..",
    f"{W}/update/%2e",
    f"{W}/update",
    f"{W}/signal/x",
    f"{W}/signal-with-start/x",
    W,
    "/api/v1/namespaces/default/batch-operations/x",
    "/temporal.api.workflowservice.v1.WorkflowService/TerminateWorkflowExecution",
    "/_app/anything",
    "*",
]


@pytest.mark.parametrize("target", TRICKS)
@pytest.mark.parametrize("role", [Role.HELPDESK, Role.MANAGER])
def test_trick_gets_nobody_further(target: str, role: Role) -> None:
    assert verdict("POST", target, role) in (400, 403)


@pytest.mark.parametrize(
    "target",
    ["/a/../b", "/a/%2e%2e/b", "/./a", "//a", "/a//b", "/a/", "/a%5cb", "/a%00", "/%ff", "a", "/ü"],
)
def test_what_two_readers_could_read_differently_is_not_read_either(target: str) -> None:
    assert verdict("GET", target, Role.ADMIN) == 400


async def test_tricks_over_the_wire_leave_the_workflow_as_it_is(
    desk: Desk, ana: Staff, mira: Staff
) -> None:
    question, ticket = await desk.ask(), await desk.ask(f"ticket-{uuid.uuid4()}")
    await ana.post("/")
    for staff in (ana, mira):
        await staff.open("/")
        for trick in TRICKS:
            target = trick.replace(ESCALATION, question.id).replace(TICKET, ticket.id)
            status, said = await staff.raw("POST", target)
            assert status in (400, 403, 404), (target, said)
    for handle in (question, ticket):
        described = await handle.describe()
        assert described.status is WorkflowExecutionStatus.RUNNING
        assert described.history_length < 6
        assert await handle.query("decided") == []


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_override_of_the_method_does_nothing(desk: Desk, ana: Staff, header: str) -> None:
    question = await desk.ask()
    target = f"{workflow(question.id)}/terminate"
    for method, pretended in (("GET", "POST"), ("POST", "GET"), ("HEAD", "POST")):
        await ana.raw(method, f"{target}?_method={pretended}", **{header: pretended})
    assert (await question.describe()).status is WorkflowExecutionStatus.RUNNING


@pytest.mark.parametrize("who", ["ana", "mira"])
@pytest.mark.parametrize(
    "way",
    ["terminate", "cancel", "reset", "signal/shout", "pause", "unpause", "update-options", ""],
)
async def test_helpdesk_and_manager_are_refused_in_a_sentence(
    staff: dict[str, Staff], who: str, way: str
) -> None:
    refused = await staff[who].post(f"{workflow(ESCALATION)}/{way}".rstrip("/"))
    assert (refused.status_code, refused.json()["code"]) == (403, 7)
    assert refused.json()["message"].endswith(".")


async def test_batch_and_schedule_are_refused_to_an_admin_too(adam: Staff) -> None:
    for path in ("batch-operations/1", "schedules/1", "workflows/new", "update"):
        assert (await adam.post(f"/api/v1/namespaces/default/{path}")).status_code == 403


async def test_no_form_of_the_desk_is_taken_from_another_sites_page(desk: Desk, ana: Staff) -> None:
    takes = {
        (method, "".join(re.split(r"\{.*?\}", route.path)))
        for route in iter_route_contexts(desk.app.routes)
        for method in (route.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert ("POST", "/logout") in takes
    assert ("DELETE", "/") in takes
    session = {"cookie": f"desk={ana.http.cookies['desk']}"}
    for method, path in sorted(takes):
        for said in ({"origin": "https://evil.example"}, {"sec-fetch-site": "same-site"}, {}):
            async with httpx2.AsyncClient(base_url=desk.url, headers=session) as stranger:
                refused = await stranger.request(method, path, headers=said)
            assert refused.status_code == 403, (method, path, said)
            assert "did not come from the desk" in refused.text
    assert (await ana.open("/desk")).status_code == 200


async def test_expired_login_decides_nothing(desk: Desk) -> None:
    question = await desk.ask()
    async with desk.staff("usr_ana") as staff:
        await staff.open("/")
        del staff.http.cookies["desk"]
        refused = await staff.decide(question.id, AGAIN)
    assert refused.status_code == 401
    assert await question.query("decided") == []
