"""Refusals over HTTP: each a problem document that names its rule and repeats nothing personal."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Header, Query
from pydantic import BaseModel, ConfigDict, Field

from api.http import docs, problems
from api.http.articles import ARTICLES
from api.http.problem_pages import router as explanations
from api.http.problems import HttpRefusal
from models.errors import (
    Category,
    Conflict,
    DomainError,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    Unavailable,
)

ROOMS = ("models", "temporal", "activities", "workflows", "api", "workers")
SPEAKERS = {
    *("Invalid", "Forbidden", "NotFound", "Conflict", "RateLimited", "Unavailable"),
    "HttpRefusal",
}
CANARY = "Ada Lovelace +44 20 7946 0958"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Slot(Strict):
    start: int
    end: int = 0


class ByPhone(Strict):
    kind: Literal["phone"]
    phone: str = Field(pattern="^[0-9]+$")


class ByMail(Strict):
    kind: Literal["email"]
    email: str


class NewTicket(Strict):
    description: str = Field(max_length=10)
    slots: list[Slot] = []
    contact: Annotated[ByPhone | ByMail, Field(discriminator="kind")] | None = None


class Filters(Strict):
    limit: int = Field(1, ge=1, le=100)


def application(refusal: Exception | None = None) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    problems.install(app, "https://api.example/")
    docs.mount(app)
    router = APIRouter(prefix="/v1/tickets")

    @router.post("")
    async def open_ticket(
        ticket: NewTicket,
        key: Annotated[str, Header(alias="Idempotency-Key", pattern="^[a-z0-9]+$")],
    ) -> NewTicket:
        return ticket

    @router.get("")
    async def list_tickets(filters: Annotated[Filters, Query()]) -> Filters:
        return filters

    @router.get("/{number}")
    async def read_ticket(number: int) -> int:
        if refusal:
            raise refusal
        return number

    app.include_router(router)
    app.include_router(explanations)
    return app


async def ask(
    method: str, path: str, *, refusal: Exception | None = None, **request: Any
) -> httpx.Response:
    transport = httpx.ASGITransport(application(refusal), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="https://api.example") as client:
        return await client.request(method, path, **request)


async def post(content: bytes, media_type: str = "application/json") -> httpx.Response:
    headers = {"Idempotency-Key": "k1", "Content-Type": media_type}
    return await ask("POST", "/v1/tickets", content=content, headers=headers)


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["status"], document["code"]) == (status, status, code)
    assert document["type"] == f"https://api.example/problems/{code}"
    assert document["title"] == ARTICLES[code].title if code in ARTICLES else document["title"]
    return document


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Invalid, 422),
        (Forbidden, 403),
        (NotFound, 404),
        (Conflict, 409),
        (RateLimited, 429),
        (Unavailable, 503),
    ],
)
async def test_a_rules_refusal_keeps_its_code_field_and_evidence(
    kind: type[DomainError], status: int
) -> None:
    refusal = kind("some-rule", "It says no.", field="/slots/0/start", state="OPEN")
    document = assert_problem(
        await ask("GET", "/v1/tickets/1", refusal=refusal), status, "some-rule"
    )
    assert document["detail"] == "It says no."
    assert document["instance"] == "/v1/tickets/1"
    assert document["evidence"] == {"state": "OPEN"}
    assert document["errors"] == [
        {"pointer": "/slots/0/start", "code": "some-rule", "detail": "It says no."}
    ]


def test_every_category_has_a_status() -> None:
    assert set(problems.STATUS) == set(Category)


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        (RateLimited("r", "Slow.", retry_after=7.2), "8"),
        (Unavailable("u", "Later.", retry_after=0.1), "1"),
        (Unavailable("u", "Later."), "2"),
        (Conflict("c", "No.", retry_after=9), None),
    ],
)
async def test_only_what_passes_by_itself_says_when_to_come_back(
    refusal: DomainError, seconds: str | None
) -> None:
    answer = await ask("GET", "/v1/tickets/1", refusal=refusal)
    assert answer.headers.get("Retry-After") == seconds


async def test_a_refusal_of_http_carries_its_headers() -> None:
    refusal = HttpRefusal(412, "stale", "Read it again.", field="/a", headers={"ETag": '"3"'})
    answer = await ask("GET", "/v1/tickets/1", refusal=refusal)
    assert assert_problem(answer, 412, "stale")["errors"][0]["pointer"] == "/a"
    assert answer.headers["ETag"] == '"3"'


@pytest.mark.parametrize(
    "content",
    [b"{nope", b"{", b"\xff\xfe\x00", b'"' + b"\xc3" + b'"', b"[" * 60_000],
    ids=["a word", "cut off", "not text", "half a character", "nested too deeply"],
)
async def test_malformed_json_is_a_400(content: bytes) -> None:
    assert_problem(await post(content), 400, "malformed-json")


async def test_another_media_type_is_a_415() -> None:
    assert_problem(await post(b"{}", "text/plain"), 415, "unsupported-media-type")


async def test_every_faulty_field_is_pointed_at_and_no_value_repeated() -> None:
    document = assert_problem(
        await post(
            b'{"description": "%(c)s", "slots": [{"end": 1}, {"start": "%(c)s"}], "urgent": 1,'
            b' "contact": {"kind": "phone", "phone": "%(c)s"}, "%(c)s": 2}'
            % {b"c": CANARY.encode()}
        ),
        422,
        "validation-failed",
    )
    assert {(error["pointer"], error["code"]) for error in document["errors"]} == {
        ("/description", "string-too-long"),
        ("/slots/0/start", "missing"),
        ("/slots/1/start", "int-parsing"),
        ("/contact/phone", "string-pattern-mismatch"),
        ("/urgent", "unknown-field"),
        ("", "unknown-field"),
    }
    assert CANARY not in str(document)


async def test_a_tag_that_nobody_knows_is_not_repeated() -> None:
    answer = await post(b'{"description": "x", "contact": {"kind": "%s"}}' % CANARY.encode())
    document = assert_problem(answer, 422, "validation-failed")
    assert [error["pointer"] for error in document["errors"]] == ["/contact"]
    assert CANARY not in answer.text


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b'"x"', b"7", b"NaN"])
async def test_a_body_of_another_shape_is_a_422(content: bytes) -> None:
    document = assert_problem(await post(content), 422, "validation-failed")
    assert document["errors"][0]["pointer"] == ""


async def test_broken_unicode_in_names_and_values_is_a_422() -> None:
    document = assert_problem(
        await post(b'{"description": "\\ud800", "\\ud800": 1}'), 422, "validation-failed"
    )
    assert document["errors"]


async def test_a_body_with_a_thousand_faults_is_answered_shortly() -> None:
    slots = b",".join([b"{}"] * 1000)
    document = assert_problem(
        await post(b'{"description": "x", "slots": [%s]}' % slots), 422, "validation-failed"
    )
    assert len(document["errors"]) == 50


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("limit=0", "invalid-parameter", "limit"),
        ("limit=many", "invalid-parameter", "limit"),
        ("limt=5", "unknown-parameter", "limt"),
    ],
)
async def test_a_bad_parameter_is_a_400_that_names_it(
    query: str, code: str, parameter: str
) -> None:
    document = assert_problem(await ask("GET", f"/v1/tickets?{query}"), 400, code)
    assert [error["parameter"] for error in document["errors"]] == [parameter]
    assert "?" not in document["instance"]


async def test_a_missing_idempotency_key_is_a_problem_of_its_own() -> None:
    answer = await ask("POST", "/v1/tickets", json={"description": "x"})
    assert_problem(answer, 400, "idempotency-key-missing")
    answer = await ask("POST", "/v1/tickets", json={}, headers={"Idempotency-Key": "NO!"})
    assert_problem(answer, 400, "invalid-parameter")


async def test_what_does_not_exist_and_what_cannot_exist_are_both_404() -> None:
    assert_problem(await ask("GET", "/v1/tickets/not-a-number"), 404, "not-found")
    assert_problem(await ask("GET", "/nothing/here"), 404, "not-found")


async def test_a_wrong_method_is_told_the_right_one() -> None:
    answer = await ask("PUT", "/v1/tickets/1")
    assert_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET"


async def test_a_fault_of_ours_shows_an_incident_and_no_stack() -> None:
    answer = await ask("GET", "/v1/tickets/1", refusal=RuntimeError(f"secret of {CANARY}"))
    document = assert_problem(answer, 500, "internal-error")
    assert len(document["evidence"]["incident"]) == 16
    assert document["evidence"]["incident"] in document["detail"]
    for hidden in (CANARY, "Traceback", "RuntimeError", ".py"):
        assert hidden not in answer.text


async def test_the_openapi_document_describes_refusals_as_problems() -> None:
    document = (await ask("GET", "/openapi.json")).json()
    schemas = document["components"]["schemas"]
    assert {"Problem", "FieldError"} <= set(schemas)
    assert not {"HTTPValidationError", "ValidationError"} & set(schemas)
    for path in document["paths"].values():
        for operation in path.values():
            assert "422" not in operation["responses"]
            for status in ("4XX", "5XX"):
                (media_type,) = operation["responses"][status]["content"]
                assert media_type == "application/problem+json"


async def test_a_problems_type_resolves_to_its_article() -> None:
    kind = assert_problem(await ask("GET", "/v1/tickets/x"), 404, "not-found")["type"]
    article = (await ask("GET", kind)).json()
    assert article == {"code": "not-found", **ARTICLES["not-found"].model_dump()}
    assert_problem(await ask("GET", "/problems/never-heard-of"), 404, "problem-unknown")
    listed = (await ask("GET", "/problems")).json()["items"]
    assert [item["code"] for item in listed] == sorted(ARTICLES)


async def test_a_person_reads_the_articles_as_a_page() -> None:
    for path in ("/problems", "/problems/slot-too-short"):
        answer = await ask("GET", path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert answer.headers["Content-Type"].startswith("text/html")
        assert ARTICLES["slot-too-short"].remedy in answer.text


def spoken(root: Path) -> Iterator[tuple[str, str]]:
    """Every code that something here refuses with, and where.

    A code that is not written out where it is spoken must be a constant of its module.
    """
    for file in (f for room in ROOMS for f in (root / room).rglob("*.py")):
        tree = ast.parse(file.read_text())
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", None))
            if name not in SPEAKERS:
                continue
            position = 1 if name == "HttpRefusal" else 0
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            code = call.args[position] if len(call.args) > position else keywords["code"]
            if isinstance(code, ast.Attribute) and code.attr == "code":
                continue  # a refusal passed on
            place = f"{file.relative_to(root)}:{call.lineno}"
            found = list(literals(code)) or list(constants(tree))
            assert found, f"{place}: the code can be found nowhere in this module"
            yield from ((each, place) for each in found)


def literals(code: ast.expr) -> Iterator[str]:
    match code:
        case ast.Constant(value=str() as text):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(body)
            yield from literals(orelse)


def constants(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.Assign(value=ast.Constant(value=str() as text)) if "-" in text:
                yield text


def test_every_code_has_an_article_and_every_article_a_code(repository: Path) -> None:
    places = dict(spoken(repository))
    unexplained = {code: place for code, place in places.items() if code not in ARTICLES}
    assert unexplained == {}, "add its article to api/<subject>/articles.yaml"
    unspoken = [code for code in ARTICLES if code not in places]
    assert unspoken == [], "nothing refuses with it: take its article away"
