"""Refusals over HTTP: each a problem document that names its rule and repeats nothing personal."""

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.http import problems
from api.http.articles import ARTICLES
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
from tests.api.http.refusing import CANARY, ask, assert_problem

ROOMS = ("models", "temporal", "activities", "workflows", "api", "workers")
SPEAKERS = {
    *("Invalid", "Forbidden", "NotFound", "Conflict", "RateLimited", "Unavailable"),
    "HttpRefusal",
}


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


async def test_a_moment_in_the_evidence_is_written_as_those_of_answers_are() -> None:
    at = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
    refusal = Conflict(
        "c", "No.", until=at.isoformat(), options=[{"finish_by": at.isoformat()}], bare="+00:00"
    )
    answer = await ask("GET", "/v1/tickets/1", refusal=refusal)
    assert answer.json()["evidence"] == {
        "until": "2026-12-01T09:30:00Z",
        "options": [{"finish_by": "2026-12-01T09:30:00Z"}],
        "bare": "+00:00",
    }


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
            assert {"4XX", "5XX"} <= operation["responses"].keys()
            for status, response in operation["responses"].items():
                if status[0] in "45":
                    assert list(response["content"]) == ["application/problem+json"]


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
