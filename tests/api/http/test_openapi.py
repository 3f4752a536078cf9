"""The API's description is true, and nothing that fits it, or does not, breaks the API."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import jsonschema
import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.http.policy import policies
from tests.house import REFERENCE, House, days
from tests.issuing import SUBJECTS
from tests.town import wondering

# Yaoundé: nobody else's tests happen there.
CUSTOMER = next(c for c in REFERENCE.customers if c.zone == "yaounde")
EXPERT = next(e for e in REFERENCE.experts if e.zone == "yaounde")
WHO = {**SUBJECTS, "customer": CUSTOMER.id, "expert": EXPERT.id}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
EXAMPLES = 4
"""Of each kind for each operation; every role that may call it sends each. 1,800 calls."""


def described(house: House) -> dict[str, Any]:
    document: dict[str, Any] = house.app.openapi()
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


# The description.


async def test_every_operation_says_what_it_does_and_how_it_is_refused(house: House) -> None:
    document = described(house)
    assert document["openapi"].startswith("3.1")
    for name, operation in operations(document):
        assert operation.get("summary"), name
        assert operation.get("description"), name
        assert operation.get("tags"), name
        assert operation["summary"] != operation["description"], name
        refusals = [operation["responses"][status] for status in ("4XX", "5XX")]
        for refusal in refusals:
            schema = refusal["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, name
        assert "HTTPValidationError" not in json.dumps(operation), name
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))


async def test_every_body_is_shown_by_an_example_that_fits_it(house: House) -> None:
    document = described(house)
    shown = 0
    for name, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if not media:
                continue  # A file, of which no more is to be said than its type.
            # Of a body that may be left out: itself, or null.
            [named, *_] = media["schema"].get("anyOf", [media["schema"]])
            schema = document["components"]["schemas"][named["$ref"].rpartition("/")[2]]
            for example in schema.get("examples", []):
                whole = {**schema, "components": document["components"]}
                jsonschema.validate(example, whole)
                shown += 1
            assert schema.get("examples"), name
    assert shown


async def test_every_route_of_the_first_version_is_described_with_whom_it_is_for(
    house: House,
) -> None:
    document = described(house)
    declared = policies(house.app)
    named = dict(operations(document))
    for route, policy in declared.items():
        if " /v1" in route:
            assert policy is not None
            secured = bool(named[route].get("security"))
            assert secured is not policy.public, route


async def test_the_description_and_its_pages_are_served(house: House) -> None:
    served = await house.http.get("/openapi.json")
    assert served.json() == described(house)
    page = await house.http.get("/docs")
    assert page.status_code == 200
    for part in ("start.js", "swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"):
        assert f"docs/{part}" in page.text
        assert (await house.http.get(f"/docs/{part}")).status_code == 200


# Whatever fits the description, and whatever does not.


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def things(house: House) -> AsyncIterator[dict[str, str]]:
    """Ids that exist, to get past the door; and afterwards everything as it was."""
    times = days(30, 1)
    filed = await house.file(f"customer:{CUSTOMER.id}", slots=times)

    async def visit() -> Any:
        visits = (await house.ticket(filed))["visits"]
        return visits[0] if visits else None

    found = await house.soon(visit, "a visit")
    before = await house.expect("admin", "GET", "/policies")
    week = await house.expect(f"expert:{EXPERT.id}", "GET", "/experts/me/availability")
    people = (f"customer:{CUSTOMER.id}", "/customers"), (f"expert:{EXPERT.id}", "/experts")
    liked = [await house.expect(who, "GET", f"{at}/me/preferences") for who, at in people]
    yield {
        "ticket_id": filed,
        "visit_id": found["id"],
        "group_id": found["group_id"],
        "expert_id": EXPERT.id,
        "skill": "refrigeration",
        "escalation_id": await wondering(house, filed),
        "customer_id": f"cus_{uuid.uuid4()}",
    }
    for urgency, durations in before.items():
        for name, value in durations.items():
            path = f"/policies/{urgency}/{name}"
            answer = await house.ask("admin", "PUT", path, {"value": value})
            assert answer.status_code in (200, 404)
    await house.expect(f"expert:{EXPERT.id}", "PUT", "/experts/me/availability", week)
    for (who, at), preferences in zip(people, liked, strict=True):
        await house.expect(who, "PUT", f"{at}/me/preferences", preferences)
    at = f"/experts/{EXPERT.id}"
    await house.expect("admin", "PATCH", at, {"status": EXPERT.status})
    held = (await house.expect("admin", "GET", at))["skills"]
    for skill in {h["skill"] for h in held} - EXPERT.skills.keys():
        await house.expect("admin", "DELETE", f"{at}/skills/{skill}")
    for skill, level in EXPERT.skills.items():
        await house.expect("admin", "PUT", f"{at}/skills/{skill}", {"level": level})


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_what_fits_the_description_is_answered_as_described_and_the_rest_is_refused(
    house: House, things: dict[str, str]
) -> None:
    app = house.app
    roles = {route: policy.roles for route, policy in policies(app).items() if policy}
    config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
    schema = schemathesis.openapi.from_dict(app.openapi(), config=config)
    calls = await asyncio.to_thread(_try_everything, house, schema, roles, things)
    assert calls > 500


def _try_everything(
    house: House, schema: Any, roles: Mapping[str, Any], things: Mapping[str, str]
) -> int:
    """In a thread of its own: the API answers in the loop of the tests."""
    session, calls = requests.Session(), 0
    for found in schema.get_all_operations():
        operation = found.ok()
        callers = sorted(roles[operation.label])
        known = {k: v for k, v in things.items() if f"{{{k}}}" in operation.path}
        for mode in _modes(operation.label):
            for given_ids in [{}, known] if known else [{}]:
                calls += _try(house, session, operation, mode, given_ids, callers)
    return calls


def _modes(label: str) -> list[GenerationMode]:
    """What is wrong with one report of a batch stands beside it in the answer: so a batch that does
    not fit the description is answered."""
    if label.endswith(":batch"):
        return [GenerationMode.POSITIVE]
    return list(GenerationMode)


def _try(
    house: House,
    session: requests.Session,
    operation: Any,
    mode: GenerationMode,
    given_ids: Mapping[str, str],
    callers: list[str],
) -> int:
    fixed = {"path_parameters": dict(given_ids)} if given_ids else {}
    calls = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def send(case: Any) -> None:
        nonlocal calls
        for role in callers:
            headers = {"Authorization": f"Bearer {house.issuer.token(role, WHO[role])}"}
            if "Idempotency-Key" not in (case.headers or {}):
                headers["Idempotency-Key"] = str(uuid.uuid4())
            answer = case.call(str(house.http.base_url), session, headers)
            calls += 1
            case.validate_response(answer, checks=CHECKS)

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing to get wrong where nothing is asked for"
    return calls
