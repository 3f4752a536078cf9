"""What passes between the desk and the Temporal UI, seen from a stand-in for the UI."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
import pytest_asyncio
from starlette.types import Receive, Scope, Send

from api.web.desk.__main__ import door
from api.web.desk.app import create_desk
from tests.api.web.desk.conftest import Desk, serving
from tests.api.web.desk.staff import PAGE, Staff
from tests.ports import free_port

UPDATE = "/api/v1/namespaces/default/workflows/ticket-{}.PARTIAL/update/x".format("0" * 36)


class StandIn:
    """Remembers what it is asked and answers what it is told to."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.target = ""
        self.body = b""
        self.answer: bytes = b"{}"
        self.told: list[tuple[bytes, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.headers = {k.decode(): v.decode() for k, v in scope["headers"]}
        self.target = f"{scope['raw_path'].decode()}?{scope['query_string'].decode()}"
        self.body = (await receive()).get("body", b"")
        length = (b"content-length", str(len(self.answer)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length, *self.told]})
        await send({"type": "http.response.body", "body": self.answer})


@asynccontextmanager
async def in_front_of(desk: Desk, ui_url: str, staff: Staff) -> AsyncIterator[httpx2.AsyncClient]:
    """A desk before another UI, with somebody logged in."""
    settings = desk.settings.but(server=desk.settings.server.but(temporal_ui=ui_url))
    port = free_port()
    async with serving(create_desk(desk.services, door(settings)), port):
        url = f"http://127.0.0.1:{port}"
        headers = {**PAGE, "origin": desk.url}
        async with httpx2.AsyncClient(base_url=url, headers=headers, trust_env=False) as http:
            http.cookies.set("desk", staff.http.cookies["desk"])
            yield http


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def between(desk: Desk, ana: Staff) -> AsyncIterator[tuple[httpx2.AsyncClient, StandIn]]:
    """Ana at a desk that has the stand-in behind it."""
    stand_in, port = StandIn(), free_port()
    at = in_front_of(desk, f"http://127.0.0.1:{port}", ana)
    async with serving(stand_in, port), at as http:  # type: ignore[arg-type]
        yield http, stand_in


async def test_the_ui_learns_neither_the_session_nor_what_else_is_none_of_its_business(
    between: tuple[httpx2.AsyncClient, StandIn],
) -> None:
    http, stand_in = between
    http.cookies.set("_csrf", "the-uis-own")
    sent = {
        "authorization": "Bearer x",
        "x-http-method-override": "POST",
        "x-forwarded-for": "1.2.3.4",
        "x-csrf-token": "the-uis-own",
        "connection": "x-hop",
        "x-hop": "1",
        "caller-type": "operator",
        "accept-encoding": "deflate",
    }
    await http.get("/api/v1/anything?a=%2F&b=1", headers=sent)
    assert stand_in.headers["cookie"] == "_csrf=the-uis-own"
    assert stand_in.headers["accept-encoding"] == "deflate"
    assert stand_in.headers["x-csrf-token"] == "the-uis-own"
    assert stand_in.headers["caller-type"] == "operator"
    for name in ("authorization", "x-http-method-override", "x-forwarded-for", "x-hop"):
        assert name not in stand_in.headers
    assert stand_in.target == "/api/v1/anything?a=%2F&b=1"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/a%2fb", "/a%2Fb"),
        ("/%61bc", "/abc"),
        ("/a%2Bb+c", "/a%2Bb%2Bc"),
        ("/a%20b/%C3%BC", "/a%20b/%C3%BC"),
        ("/a%2525b", "/a%2525b"),
    ],
)
async def test_path_is_sent_on_in_one_way_only(
    between: tuple[httpx2.AsyncClient, StandIn], written: str, sent: str
) -> None:
    http, stand_in = between
    assert (await http.get(written)).status_code == 200
    assert stand_in.target == f"{sent}?"


async def test_headers_of_the_connection_end_with_it(
    between: tuple[httpx2.AsyncClient, StandIn],
) -> None:
    http, stand_in = between
    stand_in.told = [
        (b"set-cookie", b"a=1"),
        (b"set-cookie", b"b=2"),
        (b"keep-alive", b"timeout=5"),
        (b"connection", b"x-hop"),
        (b"x-hop", b"1"),
    ]
    answer = await http.get("/anything")
    stand_in.told = []
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert len(answer.headers.get_list("date")) == 1
    assert not {"keep-alive", "x-hop"} & set(answer.headers)


async def test_decision_that_nobody_answered_is_no_success(
    between: tuple[httpx2.AsyncClient, StandIn],
) -> None:
    http, stand_in = between
    body = {"request": {"meta": {}, "input": {"args": {"payloads": []}}}}
    for answer, status in (
        (b'{"stage": "UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_ADMITTED"}', 503),
        (b'{"outcome": {"failure": {"message": "no"}}}', 200),
        (b'{"outcome": {"success": {}}}', 200),
        (b"nonsense", 503),
    ):
        stand_in.answer = answer
        assert (await http.post(UPDATE, json=body)).status_code == status, answer
    stand_in.answer = b"{}"
    assert b"helpdesk:usr_ana/" in stand_in.body


async def test_settings_that_are_none_are_not_passed_on(
    between: tuple[httpx2.AsyncClient, StandIn],
) -> None:
    http, stand_in = between
    stand_in.answer = b"[]"
    conditional = {"if-none-match": "x", "range": "bytes=0-1", "accept-encoding": "gzip"}
    for written in ("/api/v1/settings", "/api/v1/%73ettings"):
        assert (await http.get(written, headers=conditional)).status_code == 503
    stand_in.answer = b"{}"
    assert not {"if-none-match", "range"} & set(stand_in.headers)
    assert stand_in.headers["accept-encoding"] == "identity"


async def test_ui_that_is_away_is_said_and_our_own_pages_stay(
    desk: Desk, ana: Staff, nowhere: str
) -> None:
    async with in_front_of(desk, nowhere, ana) as http:
        page = await http.get("/namespaces/default/workflows")
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "does not answer" in page.text
        assert (await http.get("/api/v1/settings")).json()["code"] == 14
        assert (await http.get("/desk")).status_code == 200
