"""Log lines of every origin: one shape, the ids one searches by, and nothing personal."""

import importlib
import json
import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, TypeAdapter
from temporalio import activity
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment
from temporalio.worker import Worker

from temporal.logs import configure, drop_personal
from temporal.sandbox import workflow_runner

CANARY = "Ada Lovelace"
LIBRARIES = ("uvicorn", "uvicorn.error", "uvicorn.access", "temporalio", "httpx2")


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Put back the process's logging: pytest and the other tests live in it too."""
    loggers = [logging.getLogger(name) for name in (None, *LIBRARIES)]
    kept = [(log, log.handlers, log.level, log.propagate) for log in loggers]
    configured = structlog.get_config()
    yield
    for log, handlers, level, propagate in kept:
        log.handlers, log.propagate = handlers, propagate
        log.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**configured)
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_our_events_and_the_libraries_have_one_shape(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")
    structlog.contextvars.bind_contextvars(request_id="r-1", trace_id="t-1")
    structlog.get_logger("ours").info("visit_started", visit_id="vis_1")
    logging.getLogger("uvicorn.error").warning("Shutting %s", "down")
    logging.getLogger("temporalio.worker").error("Poll failed")
    written = lines(capsys)
    assert [(line["logger"], line["level"], line["event"]) for line in written] == [
        ("ours", "info", "visit_started"),
        ("uvicorn.error", "warning", "Shutting down"),
        ("temporalio.worker", "error", "Poll failed"),
    ]
    for line in written:
        assert line["request_id"] == "r-1"
        assert line["trace_id"] == "t-1"
        assert line["at"].endswith("Z")


def test_quieter_than_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "WARNING")
    structlog.get_logger().info("too_quiet")
    logging.getLogger("some.library").info("too quiet")
    assert lines(capsys) == []


def test_libraries_that_quote_requests_and_the_second_access_log_are_silent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json", "info")
    logging.getLogger("httpx2").info("HTTP Request: GET https://x/?phone=4420")
    logging.getLogger("uvicorn.access").info("GET /?phone=4420")
    assert lines(capsys) == []


def test_an_unknown_level_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="loud"):
        configure("json", "loud")


def test_configuring_twice_writes_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure("console", "info")
    configure("json", "info")
    structlog.get_logger().info("once")
    assert len(lines(capsys)) == 1


def test_the_console_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure("console", "info")
    structlog.get_logger().info("visit_started", visit_id="vis_1")
    try:
        _fail("no spare part")
    except RuntimeError:
        structlog.get_logger().exception("visit_broken_off")
    written = capsys.readouterr().err
    assert "visit_started" in written
    assert "vis_1" in written
    assert "RuntimeError: no spare part" in written
    assert not written.startswith("{")


def test_personal_keys_are_dropped_at_any_depth_and_named() -> None:
    class Customer(BaseModel):
        label: str

    event = {
        "event": "customer_called",
        "customer_id": "cus_1",
        "Phone": CANARY,
        "contact_email": CANARY,
        "api_token": CANARY,
        "customer": Customer(label=CANARY),
        "visit": {"id": "vis_1", "address": CANARY, "notes": [CANARY]},
        "people": [{"id": 1, "name": CANARY}],
        "queue_name": "tickets",
    }
    kept = drop_personal(None, "info", event)
    assert CANARY not in str(kept)
    assert kept == {
        "event": "customer_called",
        "customer_id": "cus_1",
        "customer": "<Customer>",
        "visit": {"id": "vis_1"},
        "people": [{"id": 1}],
        "queue_name": "tickets",
        "dropped": ["Phone", "address", "api_token", "contact_email", "name", "notes"],
    }


def test_a_line_that_is_written_has_lost_its_personal_keys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json", "info")
    structlog.get_logger().info("customer_called", phone=CANARY)
    (line,) = lines(capsys)
    assert line["dropped"] == ["phone"]
    assert CANARY not in str(line)


def test_a_stack_trace_keeps_its_frames_and_loses_the_values_it_quotes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json", "info")
    log = structlog.get_logger()
    quoted = (
        lambda: TypeAdapter(int).validate_python(CANARY),
        lambda: _fail(f"(psycopg.Error) no\n[SQL: INSERT]\n[parameters: ('{CANARY}', 1)]"),
        lambda: _fail(f"duplicate key\nDETAIL:  Key (x)=({CANARY}) already exists."),
    )
    for fail in quoted:
        try:
            fail()
        except Exception:
            log.exception("it_broke")
    written = lines(capsys)
    assert len(written) == 3
    for line in written:
        assert "test_logs.py" in line["exception"]
        assert CANARY not in line["exception"]


def _fail(message: str) -> None:
    raise RuntimeError(message)


def test_an_activity_says_where_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "info")
    environment = ActivityEnvironment()
    run = "0197c3b2-0000-7000-8000-000000000001"
    environment.info = replace(
        ActivityEnvironment.default_info(),
        workflow_id=f"ticket-{run}",
        activity_type="tell_customer",
        attempt=3,
    )

    def tell_customer() -> None:
        structlog.get_logger().info("customer_told")
        activity.logger.info("Told")

    environment.run(tell_customer)
    for line in lines(capsys):
        assert line["event"] in ("customer_told", "Told")
        assert line["ticket_id"] == f"tkt_{run}"
        assert line["workflow_id"] == f"ticket-{run}"
        assert line["activity"] == "tell_customer"
        assert line["attempt"] == 3
        assert line["run_id"]


SPEAKING = """
from temporalio import workflow


@workflow.defn(name="Speaking")
class SpeakingWorkflow:
    @workflow.run
    async def run(self) -> None:
        workflow.logger.info("It speaks")
"""


async def test_a_workflow_in_its_sandbox_says_where_it_runs(
    temporal_env: WorkflowEnvironment,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A module of its own: the sandbox loads it again and would load this test file with it.
    (tmp_path / "speaking.py").write_text(SPEAKING)
    monkeypatch.syspath_prepend(tmp_path)
    speaking = importlib.import_module("speaking").SpeakingWorkflow
    configure("json", "info")
    ticket = uuid.uuid4()
    async with Worker(
        temporal_env.client,
        task_queue="speaking",
        workflows=[speaking],
        workflow_runner=workflow_runner(),
    ):
        await temporal_env.client.execute_workflow(
            "Speaking",
            id=f"ticket-{ticket}",
            task_queue="speaking",
            execution_timeout=timedelta(seconds=20),
        )
    (line,) = [line for line in lines(capsys) if line["event"] == "It speaks"]
    assert line["ticket_id"] == f"tkt_{ticket}"
    assert line["workflow_id"] == f"ticket-{ticket}"
    assert line["run_id"]
    assert line["attempt"] == 1
