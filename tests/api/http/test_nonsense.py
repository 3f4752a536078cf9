"""What is no text, no number or said twice is refused by field and rule, wherever it is asked for:
every field and parameter is taken from the API's own description."""

import json
import uuid
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import httpx2
import pytest

from api.http.policy import policies
from api.http.text import as_kept
from models.errors import Invalid
from tests.house import FRIDGE, House, days
from tests.issuing import SUBJECTS
from tests.refusals import refused

NO_TEXT = {
    "a mark that nobody sees": "\ufeff",
    "blanks": " \u2003\u200b ",
    "letters drawn as nothing": "\u3164\u2800",
    "a note without its head": "\U0001d159",
    "a place of something that is not there": "\ufffc",
    "no character": "Sam\ufdd0",
    "no character of a higher plane": "Sam\U0001ffff",
    "an accent without its letter": "\u0301",
    "written backwards": "Sam \u202eRoe",
    "an isolate": "\u2066Sam",
    "a mark of direction": "Sam\u200f",
    "a control character": "Sam\x07",
    "a line separator": "Sam\u2028",
    "half a character": "\ud83d",
    "a number": 7,
    "a truth": True,
}
NO_VALUE: Mapping[str, tuple[Any, ...]] = {
    "string": tuple(NO_TEXT.values()),
    "integer": (True, "1", 1.5, "one", [1]),
    "number": (True, "1.5", "one"),
    "boolean": (0, 1, "true", "yes"),
}
NO_DURATION = (True, 3600, "3600", "1 day, 02:00", "P", "-PT1H")
PREFIXES = {
    "article_id": "art",
    "customer_id": "cus",
    "escalation_id": "esc",
    "expert_id": "exp",
    "group_id": "grp",
    "off_id": "off",
    "proposal_id": "prp",
    "refused_id": "rfr",
    "stop_id": "stp",
    "ticket_id": "tkt",
    "visit_id": "vis",
}
NAMED = {
    "sha256": "0" * 64,
    "urgency": "normal",
    "name": "match_hold",
    "skill": "plumbing",
    "token": "x",
    "code": "x",
    "key": "fee_raise",
}
Leaf = tuple[tuple[str | int, ...], dict[str, Any]]


def operations(house: House) -> Iterator[tuple[str, str, Any, str]]:
    """Method, path with ids that name nothing, operation, and who may call it."""
    nothing = str(uuid.uuid4())
    known = policies(house.app)
    for path, methods in house.app.openapi()["paths"].items():
        for method, operation in methods.items():
            policy = known[f"{method.upper()} {path}"]
            assert policy is not None
            who = "public" if policy.public else min(policy.roles)
            ids = {name: f"{prefix}_{nothing}" for name, prefix in PREFIXES.items()}
            yield method.upper(), path.format(**ids, **NAMED), operation, who


def leaves(schema: Any, document: Any, at: tuple[str | int, ...] = ()) -> Iterator[Leaf]:
    """Every value that a body may hold, with the way to it."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from leaves(part, document, at)
    for name, inner in schema.get("properties", {}).items():
        yield from leaves(inner, document, (*at, name))
    if "items" in schema:
        yield from leaves(schema["items"], document, (*at, 0))
    if schema.get("type") in NO_VALUE:
        yield at, schema


def bodies(house: House) -> Iterator[tuple[str, str, str, Any, list[Leaf]]]:
    document = house.app.openapi()
    for method, path, operation, who in operations(house):
        for media in filter(None, operation.get("requestBody", {}).get("content", {}).values()):
            [named, *_] = media["schema"].get("anyOf", [media["schema"]])
            body = document["components"]["schemas"][named["$ref"].rpartition("/")[2]]
            yield method, path, who, body["examples"][0], list(leaves(body, document))


def with_value(body: Any, way: tuple[str | int, ...], value: Any) -> Any:
    """The body with a value in one place, and what must be around it."""
    if not way:
        return value
    step, rest = way[0], way[1:]
    if isinstance(step, int):
        first = body[0] if isinstance(body, list) and body else None
        return [with_value(first, rest, value)]
    known = deepcopy(body) if isinstance(body, dict) else {}
    return {**known, step: with_value(known.get(step), rest, value)}


def nonsense_for(schema: Mapping[str, Any], kinds: set[str]) -> Iterator[Any]:
    if schema.get("format") == "duration":
        yield from (v for v in NO_DURATION if not ("boolean" in kinds and isinstance(v, bool)))
    else:
        for value in NO_VALUE[schema["type"]]:
            if not (isinstance(value, bool) and "boolean" in kinds):
                yield value


def _problem_of(answer: httpx2.Response, path: str) -> Any:
    """Of a batch each report is refused by itself."""
    if answer.is_success and path.endswith(":batch"):
        return answer.json()["results"][0]["problem"]
    return answer.json()


async def test_no_field_of_a_body_takes_what_is_no_text_or_no_number(house: House) -> None:
    tried = 0
    for method, path, who, body, found in bodies(house):
        headers = {} if who == "public" else house.headers(who, SUBJECTS[who])
        for way, schema in found:
            kinds = {other["type"] for at, other in found if at == way}
            for value in nonsense_for(schema, kinds):
                content = json.dumps(with_value(body, way, value))
                answer = await house.http.request(
                    method,
                    path,
                    content=content,
                    headers={**headers, "Content-Type": "application/json"},
                )
                what = (method, path, way, value, answer.text)
                problem = _problem_of(answer, path)
                assert problem["status"] == 422, what
                assert problem["code"] in ("validation-failed", "policy-value-wrong"), what
                pointer = "".join(f"/{step}" for step in way)
                blamed = {error["pointer"]: error for error in problem["errors"]}
                assert pointer in blamed, what
                assert blamed[pointer]["code"], what
                assert blamed[pointer]["detail"], what
                tried += 1
    assert tried > 500


async def test_no_parameter_is_given_twice_though_both_values_are_the_same(house: House) -> None:
    tried = 0
    for method, path, operation, who in operations(house):
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "query" or parameter["schema"].get("type") == "array":
                continue
            name = parameter["name"]
            headers = {} if who == "public" else house.headers(who, SUBJECTS[who])
            twice = f"{path}?{name}=1&{name}=1"
            answer = await house.http.request(method, twice, headers=headers)
            problem = refused(answer, 400, "invalid-parameter", *_none_of(answer))
            assert name in {error["parameter"] for error in problem["errors"]}, path
            tried += 1
    assert tried > 20


def _none_of(answer: Any) -> list[None]:
    """A parameter has no pointer."""
    return [None for _ in answer.json().get("errors", [])]


async def test_of_two_limits_neither_is_taken(house: House) -> None:
    answer = await house.ask("helpdesk", "GET", "/tickets?limit=1&limit=2")
    [error] = refused(answer, 400, "invalid-parameter", None)["errors"]
    assert (error["parameter"], error["code"]) == ("limit", "given-twice")


@pytest.mark.parametrize(
    "limit", ["1.0", "1_0", "%2B1", "%201", "1%20", "0x1", "%D9%A1", "1e1", ""]
)
async def test_a_limit_is_written_in_digits(house: House, limit: str) -> None:
    answer = await house.ask("helpdesk", "GET", f"/tickets?limit={limit}")
    [error] = refused(answer, 400, "invalid-parameter", None)["errors"]
    assert error["parameter"] == "limit"


FILED = {"description": "Es brummt — größer, lauter.", "model_id": FRIDGE}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
async def test_a_body_in_another_encoding_than_utf_8_is_refused(
    house: House, encoding: str
) -> None:
    content = json.dumps({**FILED, "slots": days(30, 1)}, ensure_ascii=False).encode(encoding)
    headers = {**house.headers("customer"), "Content-Type": "application/json"}
    answer = await house.http.post("/v1/tickets", content=content, headers=headers)
    refused(answer, 400, "malformed-json")


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "iso-8859-1", '"utf-7"', "UTF-7", ""])
async def test_a_body_that_is_said_to_be_in_another_charset_is_refused(
    house: House, charset: str
) -> None:
    content = json.dumps({**FILED, "slots": days(30, 1)})
    said = f"application/json; charset={charset}"
    headers = {**house.headers("customer"), "Content-Type": said}
    answer = await house.http.post("/v1/tickets", content=content, headers=headers)
    refused(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("said", ["application/json", "application/json; charset=UTF-8"])
async def test_a_body_in_utf_8_is_taken_with_or_without_saying_so(house: House, said: str) -> None:
    content = json.dumps({**FILED, "slots": days(30, 1)}, ensure_ascii=False).encode()
    headers = {**house.headers("customer"), "Content-Type": said}
    answer = await house.http.post("/v1/tickets", content=content, headers=headers)
    assert answer.status_code == 201, answer.text


async def test_words_are_kept_in_nfc_whatever_form_they_were_typed_in(house: House) -> None:
    filed = await house.file(description="Der Ku\u0308hlschrank brummt. 👩\u200d🔧")
    await house.until(filed, "MATCHING")
    assert (await house.ticket(filed))["description"] == "Der K\u00fchlschrank brummt. 👩\u200d🔧"


@pytest.mark.parametrize("name", ["survey_ttl", "pending_timeout", "escalation_step", "sla_onsite"])
async def test_a_duration_that_would_mean_never_is_no_policy(house: House, name: str) -> None:
    answer = await house.ask("admin", "PUT", f"/policies/normal/{name}", {"value": "PT0S"})
    refused(answer, 422, "policy-value-wrong", "/value")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sla_asks", "PT1H"),
        ("sla_asks", True),
        ("sla_asks", "sometimes"),
        ("sla_asks", {"a": 1}),
        ("pending_timeout", "risk"),
        ("auto_offer_slots", "nobody"),
    ],
)
async def test_a_policy_takes_its_own_kind_of_value(house: House, name: str, value: Any) -> None:
    answer = await house.ask("admin", "PUT", f"/policies/normal/{name}", {"value": value})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith("/value")


@pytest.mark.parametrize("words", ["\ufeff", "Sam \u202eRoe", "Sam\x07"])
def test_words_from_a_form_are_held_to_the_same_rules(words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        as_kept(words, "/note")
    assert (refusal.value.code, refusal.value.field) == ("text-unreadable", "/note")
    assert as_kept("Ku\u0308he", "/note") == "Kühe"
