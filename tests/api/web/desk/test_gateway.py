"""The Temporal UI behind the desk: everything may be read, decisions are signed."""

import asyncio
import json
import uuid
from typing import Any

import pytest
from structlog.testing import capture_logs

from temporal.ids import signer
from tests.api.web.desk.conftest import Desk
from tests.api.web.desk.question import AGAIN, CLOSE
from tests.api.web.desk.staff import Staff, payload, workflow

HIDDEN_FROM_ALL = (
    "ActivityCommandsDisabled",
    "BatchActionsDisabled",
    "StartWorkflowDisabled",
    "WorkflowPauseDisabled",
    "WorkflowSignalDisabled",
)
ADMINS_ONLY = ("WorkflowCancelDisabled", "WorkflowResetDisabled", "WorkflowTerminateDisabled")


async def test_the_uis_page_and_its_parts_come_through(ana: Staff) -> None:
    page = await ana.open("/namespaces/default/workflows")
    assert page.status_code == 200
    assert "kit.start" in page.text
    assert page.headers["content-encoding"] == "gzip"
    assert "_csrf" in ana.http.cookies
    part = page.text.split('"/_app/')[1].split('"')[0]
    script = await ana.http.get(f"/_app/{part}", headers={"accept": "*/*"})
    assert (script.status_code, script.headers["content-type"].split(";")[0]) == (
        200,
        "text/javascript",
    )
    # A page has two hundred of them: the browser keeps them, and nothing else.
    assert "immutable" in script.headers["cache-control"]
    assert "immutable" not in page.headers.get("cache-control", "")


async def test_instructions_are_rendered_in_the_uis_own_policy(ana: Staff) -> None:
    rendered = await ana.http.get("/render", params={"content": "# Do this"})
    assert "Do this" in rendered.text
    assert "sandbox" in rendered.headers["content-security-policy"]
    assert rendered.headers["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize(("who", "hidden"), [("ana", True), ("mira", True), ("adam", False)])
async def test_buttons_that_a_role_may_not_use_are_hidden(
    staff: dict[str, Staff], who: str, hidden: bool
) -> None:
    settings = (await staff[who].http.get("/api/v1/settings")).json()
    assert [settings[name] for name in HIDDEN_FROM_ALL] == [True] * 5
    assert [settings[name] for name in ADMINS_ONLY] == [hidden] * 3
    assert settings["WorkflowUpdateDisabled"] is False
    assert settings["DisableWriteActions"] is False
    assert settings["DisableNewsFetch"] is True
    assert settings["DefaultNamespace"] == "default"


async def test_helpdesk_reads_lists_and_workflows(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    described = (await ana.http.get(workflow(question.id))).json()
    assert described["workflowExecutionInfo"]["execution"]["workflowId"] == question.id
    listed = await ana.http.get(
        "/api/v1/namespaces/default/workflows", params={"query": '`WorkflowType`="Escalation"'}
    )
    assert listed.status_code == 200


async def test_helpdesk_queries_any_workflow(desk: Desk, ana: Staff) -> None:
    ticket = await desk.ask(f"ticket-{uuid.uuid4()}")
    answer = await ana.post(
        f"{workflow(ticket.id)}/query/__temporal_workflow_metadata?execution.runId=",
        {"execution": {"workflowId": ticket.id}, "query": {"queryType": "decided"}},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["queryResult"]["payloads"]


@pytest.mark.parametrize("who", ["ana", "mira", "adam"])
async def test_decision_carries_who_made_it(desk: Desk, staff: dict[str, Staff], who: str) -> None:
    question = await desk.ask()
    answer = await staff[who].decide(question.id, AGAIN)
    assert answer.status_code == 200, answer.text
    [seen] = await question.query("decided")
    decided_by = signer(seen)
    assert decided_by is not None
    assert decided_by.id == f"usr_{who}"
    assert "success" in answer.json()["outcome"]


async def test_history_names_who_decided(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    await ana.decide(question.id, AGAIN, "please")
    history = await question.fetch_history()
    [accepted] = [
        event.workflow_execution_update_accepted_event_attributes.accepted_request
        for event in history.events
        if event.HasField("workflow_execution_update_accepted_event_attributes")
    ]
    assert accepted.meta.identity == "usr_ana"
    assert accepted.meta.update_id.startswith("helpdesk:usr_ana/")
    assert accepted.input.name == AGAIN


@pytest.mark.parametrize(
    "meta",
    [
        {"updateId": "admin:usr_adam/12345678", "identity": "usr_adam"},
        {"update_id": "admin:usr_adam/12345678"},
        {"updateId": "same", "update_id": "admin:usr_adam/12345678"},
    ],
)
async def test_nobody_decides_in_anothers_name(desk: Desk, ana: Staff, meta: Any) -> None:
    question = await desk.ask()
    assert (await ana.decide(question.id, AGAIN, **meta)).status_code == 200
    [seen] = await question.query("decided")
    assert seen.startswith("helpdesk:usr_ana/")


async def test_two_decisions_with_one_id_of_their_own_are_two(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    for note in ("first", "second"):
        assert (await ana.decide(question.id, AGAIN, note, updateId="mine")).status_code == 200
    assert len(await question.query("decided")) == 2


async def test_body_that_names_another_workflow_changes_nothing_there(
    desk: Desk, ana: Staff
) -> None:
    question, ticket = await desk.ask(), await desk.ask(f"ticket-{uuid.uuid4()}")
    other = {"workflowId": ticket.id, "runId": ""}
    body = {
        "namespace": "other",
        "workflowExecution": other,
        "workflow_execution": other,
        "request": {"input": {"name": CLOSE, "args": {"payloads": [payload("x")]}, "header": {}}},
    }
    path = f"{workflow(question.id)}/update/{AGAIN.replace(' ', '%20')}"
    assert (await ana.post(path, body)).status_code == 200
    assert len(await question.query("decided")) == 1
    assert await ticket.query("decided") == []


async def test_what_the_workflow_refuses_is_said_in_its_words(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    answer = await ana.decide(question.id, CLOSE)
    assert answer.json()["outcome"]["failure"]["message"] == "Say why."


async def test_decision_that_comes_too_late_is_told_so(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    assert (await ana.decide(question.id, CLOSE, "done")).status_code == 200
    late = await ana.decide(question.id, AGAIN)
    assert (late.status_code, late.json()["message"].partition(".")[0]) == (
        409,
        "This is resolved already",
    )
    unknown = await ana.decide(question.id.replace("NO_", "MAY_"), AGAIN)
    assert unknown.status_code == 404


async def test_ticket_itself_takes_no_decision(desk: Desk, ana: Staff, adam: Staff) -> None:
    ticket = await desk.ask(f"ticket-{uuid.uuid4()}")
    for staff in (ana, adam):
        refused = await staff.decide(ticket.id, AGAIN)
        assert refused.status_code == 403
        assert "on escalations only" in refused.json()["message"]
    assert await ticket.query("decided") == []


@pytest.mark.parametrize(
    "body",
    [b"not json", b"[]", b'{"request": {"input": []}}', b'{"request": 1}', b"{}", b"[" * 100_000],
)
async def test_malformed_decision_is_refused_in_a_sentence(
    desk: Desk, ana: Staff, body: bytes
) -> None:
    question = await desk.ask()
    path = f"{workflow(question.id)}/update/{AGAIN.replace(' ', '%20')}"
    refused = await ana.post(path, body)
    assert (refused.status_code, refused.json()["code"]) == (400, 3)
    assert "Reload the page" in refused.json()["message"]
    assert await question.query("decided") == []


async def test_too_much_at_once_is_refused(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    refused = await ana.decide(question.id, AGAIN, "x" * 300_000)
    assert refused.status_code == 413
    assert "256 KiB" in refused.json()["message"]


async def test_page_of_another_site_decides_nothing(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    path = f"{workflow(question.id)}/update/{AGAIN.replace(' ', '%20')}"
    foreign = (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": desk.url},
    )
    for headers in foreign:
        assert (await ana.post(path, {"request": {"input": {}}}, **headers)).status_code == 403
    own = {"origin": desk.url, "sec-fetch-site": "same-origin"}
    assert (await ana.post(path, {"request": {"input": {}}}, **own)).status_code == 200
    assert len(await question.query("decided")) == 1


async def test_the_uis_own_token_against_forgery_is_still_asked_for(desk: Desk, ana: Staff) -> None:
    question = await desk.ask()
    path = f"{workflow(question.id)}/update/{AGAIN.replace(' ', '%20')}"
    refused = await ana.post(path, {"request": {"input": {}}}, **{"x-csrf-token": "wrong"})
    assert refused.status_code in (400, 403)
    assert await question.query("decided") == []


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("terminate", {"reason": "lost", "identity": "usr_ana"}),
        ("cancel", {"requestId": "0123", "workflowExecution": {"workflowId": "other"}}),
    ],
)
async def test_admin_ends_one_workflow_in_their_own_name(
    desk: Desk, adam: Staff, action: str, body: dict[str, Any]
) -> None:
    ticket = await desk.ask(f"ticket-{uuid.uuid4()}")
    # While its first task is under way, the history does not show yet what was asked.
    await ticket.query("decided")
    answer = await adam.post(f"{workflow(ticket.id)}/{action}?execution.runId=", body)
    assert answer.status_code == 200, answer.text
    history = await ticket.fetch_history()
    named = [
        event.workflow_execution_terminated_event_attributes.identity
        or event.workflow_execution_cancel_requested_event_attributes.identity
        for event in history.events
    ]
    assert "usr_adam" in named


async def test_admin_resets_one_workflow(desk: Desk, adam: Staff) -> None:
    question = await desk.ask()
    await question.query("decided")
    events = [event async for event in question.fetch_history_events()]
    finish = next(
        e.event_id for e in events if e.HasField("workflow_task_completed_event_attributes")
    )
    body = {
        "workflowExecution": {"workflowId": question.id, "runId": question.first_execution_run_id},
        "workflowTaskFinishEventId": str(finish),
        "requestId": str(uuid.uuid4()),
        "reason": "once more",
        "postResetOperations": [{"signalWorkflow": {"signalName": "shout"}}],
    }
    answer = await adam.post(f"{workflow(question.id)}/reset", body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["runId"] != question.first_execution_run_id
    later = desk.services.temporal.get_workflow_handle(question.id)
    assert await later.query("decided") == []


async def test_every_write_is_one_line_with_the_person_and_without_what_was_said(
    desk: Desk, ana: Staff
) -> None:
    question = await desk.ask()
    with capture_logs() as lines:
        await ana.decide(question.id, AGAIN, "secret words")
        await ana.post(f"{workflow(question.id)}/terminate?why=secret", {"reason": "secret"})
        await ana.http.get("/render", params={"content": "secret details"})
    passed, refused = lines
    assert (passed["event"], refused["event"]) == ("passed_on", "refused")
    assert (passed["role"], passed["actor"], passed["status"]) == ("helpdesk", "usr_ana", 200)
    assert passed["workflow_id"] == question.id
    assert passed["update_id"] == (await question.query("decided"))[0]
    assert passed["route"].endswith("/workflows/{workflow_id}/update/{name}")
    assert (refused["role"], refused["actor"], refused["status"]) == ("helpdesk", "usr_ana", 403)
    assert refused["route"].endswith("/workflows/{workflow_id}/terminate")
    assert "secret" not in json.dumps(lines, default=str)


async def test_many_read_at_once(ana: Staff) -> None:
    answers = await asyncio.gather(*(ana.http.get("/api/v1/settings") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
