"""What every request gets, over real sockets: ids, limits, safe headers, a log line, metrics."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from threading import Thread
from typing import Any
from urllib.parse import urljoin

import httpx2
import pytest
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from prometheus_client import generate_latest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from structlog.typing import EventDict

from api.http import docs, problems
from api.http.middleware import BODY_LIMIT, RequestMiddleware
from models.actor import Role
from models.identity import derived_id
from tests.until import awaited

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SPAN = "00f067aa0ba902b7"


LARGEST = 200_000
"""Of what is brought to `/v1/tickets/file`."""


def largest(method: str, path: str) -> int | None:
    return LARGEST if (method, path) == ("PUT", "/v1/tickets/file") else None


def application() -> FastAPI:
    app = FastAPI(title="Sysops Squad", docs_url=None, redoc_url=None)
    problems.install(app, "http://api.example")
    docs.mount(app)
    app.add_middleware(RequestMiddleware, largest_file=largest)
    router = APIRouter(prefix="/tickets")

    @router.post("/{ticket_id}/notes")
    async def add_note(ticket_id: str, note: dict[str, str], request: Request) -> int:
        request.state.role = Role.EXPERT
        return len(note)

    @router.put("/raw")
    async def take_raw(request: Request) -> int:
        return len(await request.body())

    @router.put("/file")
    async def take_file(request: Request) -> int:
        return len(await request.body())

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("a secret of the house")

    @router.get("/ids")
    async def ids(request: Request) -> dict[str, Any]:
        return {"request": request.state.request_id, "trace": request.state.trace_id}

    v1 = APIRouter(prefix="/v1")
    v1.include_router(router)
    app.include_router(v1)
    return app


def counted_so_far() -> str:
    return generate_latest().decode()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    config = uvicorn.Config(application(), port=0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run)
    thread.start()
    awaited(lambda: server.started, "the server")
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as opened:
        yield opened
    server.should_exit = True
    thread.join()


@pytest.fixture(autouse=True)
def _quietly() -> Iterator[None]:
    """Unconfigured, structlog draws every stack trace at its leisure."""
    with capture_logs():
        yield


def logged(client: httpx2.Client, method: str, path: str, **request: Any) -> EventDict:
    """The access line of a request, with what the log's context adds."""
    with capture_logs(processors=[merge_contextvars]) as lines:
        client.request(method, path, **request)
        answered = awaited(
            lambda: [line for line in lines if line["event"] == "request_answered"], "its line"
        )
    return answered[0]


def test_a_request_id_is_kept_if_it_is_a_plain_one(client: httpx2.Client) -> None:
    answer = client.get("/v1/tickets/ids", headers={"X-Request-Id": "Mobile-7.21_a"})
    assert answer.headers["X-Request-Id"] == "Mobile-7.21_a"
    assert answer.json()["request"] == "Mobile-7.21_a"


@pytest.mark.parametrize("given", [None, "", "two words", "x" * 65, "a\tb", "ä", "<script>"])
def test_any_other_request_gets_an_id_of_ours(client: httpx2.Client, given: str | None) -> None:
    headers = {"X-Request-Id": given.encode("latin-1")} if given is not None else {}
    answer = client.get("/v1/tickets/ids", headers=headers)
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_a_trace_goes_on_under_its_id(client: httpx2.Client) -> None:
    headers = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
    assert client.get("/v1/tickets/ids", headers=headers).json()["trace"] == TRACE
    assert client.get("/nowhere", headers=headers).json()["trace_id"] == TRACE


@pytest.mark.parametrize(
    "given",
    [
        "",
        "garbage",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_a_broken_trace_is_replaced_by_one_derived_from_the_request(
    client: httpx2.Client, given: str
) -> None:
    headers = {"traceparent": given, "X-Request-Id": "r-1"}
    derived = client.get("/v1/tickets/ids", headers=headers).json()["trace"]
    assert re.fullmatch("[0-9a-f]{32}", derived)
    assert derived not in (TRACE, "0" * 32)
    assert client.get("/v1/tickets/ids", headers=headers).json()["trace"] == derived


def test_a_trace_of_a_later_version_is_understood(client: httpx2.Client) -> None:
    headers = {"traceparent": f"01-{TRACE}-{SPAN}-01-more"}
    assert client.get("/v1/tickets/ids", headers=headers).json()["trace"] == TRACE


@pytest.mark.parametrize("size", [70_000, 5_000_000])
@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
@pytest.mark.parametrize("path", ["/v1/tickets/1/notes", "/v1/tickets/raw"])
def test_a_body_over_64_kib_is_refused(
    client: httpx2.Client, size: int, chunked: bool, path: str
) -> None:
    method = "PUT" if path.endswith("raw") else "POST"
    whole = b'{"a": "' + b"x" * size + b'"}'
    parts = (whole[at : at + 8192] for at in range(0, len(whole), 8192))
    answer = client.request(
        method,
        path,
        content=parts if chunked else whole,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413
    assert answer.json()["code"] == "body-too-large"
    assert answer.json()["evidence"] == {"limit": 65536}


def test_a_body_of_64_kib_is_taken(client: httpx2.Client) -> None:
    whole = b"x" * BODY_LIMIT
    assert client.put("/v1/tickets/raw", content=whole).json() == BODY_LIMIT
    assert client.put("/v1/tickets/raw", content=iter([whole[:9], whole[9:]])).json() == BODY_LIMIT


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
def test_a_file_may_be_larger_and_has_a_limit_of_its_own(
    client: httpx2.Client, chunked: bool
) -> None:
    for size, status in ((LARGEST, 200), (LARGEST + 1, 413)):
        whole = b"x" * size
        parts = (whole[at : at + 8192] for at in range(0, size, 8192))
        answer = client.put("/v1/tickets/file", content=parts if chunked else whole)
        assert answer.status_code == status
    assert (answer.json()["code"], answer.json()["evidence"]) == (
        "file-too-large",
        {"limit": LARGEST},
    )


@pytest.mark.parametrize("path", ["/v1/tickets/ids", "/nowhere", "/v1/tickets/broken"])
def test_every_answer_has_safe_headers(client: httpx2.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_a_fault_is_answered_with_ids_and_without_a_stack(client: httpx2.Client) -> None:
    answer = client.get("/v1/tickets/broken", headers={"X-Request-Id": "r-2"})
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] == "r-2"
    assert answer.json()["code"] == "internal-error"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


def test_the_access_line_names_the_route_and_nothing_that_was_sent(client: httpx2.Client) -> None:
    line = logged(
        client,
        "POST",
        "/v1/tickets/tkt_1/notes?phone=4420",
        json={"note": "canary"},
        headers={"X-Request-Id": "r-3", "Authorization": "Bearer canary"},
    )
    assert line["ms"] >= 0
    del line["ms"], line["log_level"], line["trace_id"]
    assert line == {
        "event": "request_answered",
        "method": "POST",
        "route": "/v1/tickets/{ticket_id}/notes",
        "status": 200,
        "role": "expert",
        "request_id": derived_id("req", "r-3"),
    }


def test_an_incident_is_logged_with_its_stack_and_request(client: httpx2.Client) -> None:
    with capture_logs(processors=[merge_contextvars]) as lines:
        answer = client.get("/v1/tickets/broken", headers={"X-Request-Id": "r-4"})
    (incident,) = [line for line in lines if line["event"] == "incident"]
    assert incident["incident"] == answer.json()["evidence"]["incident"]
    assert incident["request_id"] == derived_id("req", "r-4")
    assert str(incident["exc_info"]) == "a secret of the house"


def test_a_path_that_matches_nothing_makes_no_series_of_its_own(client: httpx2.Client) -> None:
    assert logged(client, "GET", "/made/up/17")["route"] == "unmatched"
    client.request("PROPFIND", "/made/up/18")
    exposed = counted_so_far()
    assert "made/up" not in exposed
    assert "PROPFIND" not in exposed
    assert 'http_requests_total{method="OTHER",route="unmatched",status="404"}' in exposed


def test_metrics_count_requests_by_method_route_and_status(client: httpx2.Client) -> None:
    series = 'http_requests_total{method="POST",route="/v1/tickets/{ticket_id}/notes",status="422"}'

    def counted() -> float:
        lines = counted_so_far().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(series))

    before = counted()
    client.post("/v1/tickets/1/notes", json=[])
    client.post("/v1/tickets/2/notes", json=[])
    assert counted() == before + 2
    assert "http_request_seconds_bucket{" in counted_so_far()


class Links(HTMLParser):
    """What a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inline_scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.found += [str(named[name]) for name in ("src", "href") if name in named]
        self.inline_scripts += tag == "script" and "src" not in named


def test_the_docs_load_everything_from_ourselves(client: httpx2.Client) -> None:
    page = client.get("/docs")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    links = Links()
    links.feed(page.text)
    assert len(links.found) == 4
    assert links.inline_scripts == 0
    for link in links.found:
        assert not re.match("[a-z]+:|//", link)
        loaded = client.get(urljoin("/docs", link))
        assert loaded.status_code == 200
        assert loaded.headers["X-Content-Type-Options"] == "nosniff"
    styles = client.get("/docs/swagger-ui.css").text
    assert re.findall(r"url\(\"?(?!\"?data:)", styles) == []
    assert '"url": "openapi.json"' in client.get("/docs/start.js").text
    assert client.get("/openapi.json").json()["info"]["title"] == "Sysops Squad"
