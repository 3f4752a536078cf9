"""Clients that are generated from the API's description read as if a person had written them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from api.http.policy import policies
from tests.house import House

OTHERS_IDS = {
    "actor_id": "of whoever acted: a person, a program",
    "recipient_id": "of whoever was told",
    "trace_id": "as the caller sent it",
    "workflow_id": "Temporal's",
    "times_id": "of several times together",
    "OptionView.id": "of a model, a category, an expert: whatever is chosen from",
}
"""Ids that have no one pattern."""
OF_FEW = re.compile(
    r"(.*_)?(state|role)|source|urgency|channel|verdict|coverage|currency|kind|action|precision|"
    r"wants|attention"
)
"""Names of fields that hold one of a few words."""
ALSO_OF_FEW = {
    "EscalationView.reason",
    "SlaClockView.name",
    "TicketSummary.status",
    "TicketReceipt.status",
    "ExpertView.status",
    "FoundExpertView.status",
    "TimerView.name",
    "VisitEvent.type",
}
MOMENT = re.compile(r"(.*_)?(at|from|until|start|end)|hold_until")
OF_THE_CLOCK = {
    f"{shape}.{field}"
    for shape in ("WeekStretch", "NightRest", "NightRestView")
    for field in ("start", "end")
}
"""A time of every week, or of every night, in somebody's own zone."""
ANYTHING = {"TimelineEntry.data", "Problem.evidence", "Resolution.params"}
"""What differs from event to event, from refusal to refusal, from decision to decision."""
SHAPES = {"type", "$ref", "enum", "const", "anyOf", "oneOf", "allOf"}
JSON_SCHEMA = {
    *("type", "format", "enum", "const", "pattern", "title", "description", "default", "examples"),
    *("minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("multipleOf", "minItems", "maxItems", "items", "prefixItems", "properties", "required"),
    *("additionalProperties", "propertyNames", "anyOf", "oneOf", "allOf", "$ref"),
}


@pytest.fixture
def document(house: House) -> dict[str, Any]:
    described: dict[str, Any] = house.app.openapi()
    return described


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def fields(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every field: its schema's name, its own, and what it may be, null apart."""
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            for choice in described.get("anyOf", [described]):
                if choice != {"type": "null"}:
                    yield name, field, choice


def within(schema: Any) -> Iterator[Mapping[str, Any]]:
    """A schema and every schema in it, but for those that it names."""
    yield schema
    inner = [*schema.get("properties", {}).values()]
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        inner += schema.get(key, [])
    for key in ("items", "additionalProperties", "propertyNames"):
        inner += [schema[key]] if isinstance(schema.get(key), dict) else []
    for one in inner:
        yield from within(one)


def sent(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The schemas of which requests are made, by name."""
    found: dict[str, Mapping[str, Any]] = {}
    waiting = [
        media["schema"]
        for _, operation in operations(document)
        for media in operation.get("requestBody", {}).get("content", {}).values()
        if media
    ]
    while waiting:
        for schema in within(waiting.pop()):
            name = schema.get("$ref", "").rpartition("/")[2]
            if name and name not in found:
                found[name] = document["components"]["schemas"][name]
                waiting.append(found[name])
    return found


def test_an_operation_is_called_as_its_handler_by_a_verb_and_what_it_does_it_to(
    house: House, document: dict[str, Any]
) -> None:
    handlers = {
        f"{method} {route.path}": getattr(route, "endpoint", None)
        for route in iter_route_contexts(house.app.routes)
        for method in route.methods or ()
    }
    names = {name: operation["operationId"] for name, operation in operations(document)}
    assert len(set(names.values())) == len(names)
    for route, name in names.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name), route
        assert name == handlers[route].__name__, route
    assert names["POST /v1/tickets"] == "file_ticket"
    assert names["POST /v1/visits/{visit_id}/proposals"] == "propose_for_visit"


def test_the_description_says_where_the_api_is(house: House, document: dict[str, Any]) -> None:
    assert document["servers"] == [{"url": house.services.public_url}]


def test_the_description_says_of_every_operation_whether_it_needs_a_token(
    house: House, document: dict[str, Any]
) -> None:
    declared = policies(house.app)
    for name, operation in operations(document):
        policy = declared[name]
        assert policy is not None, name
        assert operation["security"] == ([] if policy.public else [{"bearer": []}]), name


def test_a_word_of_a_few_is_described_as_one_of_them(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    plain = set()
    for name, field, described in fields(document):
        one = described.get("items", described)
        few = OF_FEW.fullmatch(field) or f"{name}.{field}" in ALSO_OF_FEW
        named = schemas.get(one.get("$ref", "").rpartition("/")[2], one)
        if few and not ({"enum", "const", "properties"} & named.keys()):
            plain.add(f"{name}.{field}")
    assert plain == set()


def test_an_id_is_described_by_its_pattern(document: dict[str, Any]) -> None:
    plain = set()
    for name, field, described in fields(document):
        one = described.get("items", described)
        listed = {field, f"{name}.{field}"} & OTHERS_IDS.keys()
        if re.fullmatch(r"(.*_)?ids?", field) and "pattern" not in one and not listed:
            plain.add(f"{name}.{field}")
    assert plain == set()


def test_a_moment_is_described_as_one(document: dict[str, Any]) -> None:
    plain = {
        f"{name}.{field}"
        for name, field, described in fields(document)
        if MOMENT.fullmatch(field) and described.get("format") != "date-time"
    }
    assert plain == OF_THE_CLOCK


def test_what_a_request_may_leave_out_is_not_said_to_be_always_there(
    document: dict[str, Any],
) -> None:
    for name, schema in sent(document).items():
        for inner in within(schema):
            assert "default" not in inner, name
    for name, operation in operations(document):
        for parameter in operation.get("parameters", []):
            assert "default" not in parameter["schema"], name
            assert {"type": "null"} not in parameter["schema"].get("anyOf", []), name
    new = document["components"]["schemas"]["NewTicket"]
    assert new["required"] == ["description"]
    assert new["properties"]["urgency"]["description"] == 'If left out: `"normal"`.'


def test_a_problem_always_says_all_that_it_may_say(document: dict[str, Any]) -> None:
    problem = document["components"]["schemas"]["Problem"]
    assert set(problem["required"]) == set(problem["properties"])


def test_what_is_described_has_a_shape_of_its_own(document: dict[str, Any]) -> None:
    shapeless = {
        f"{name}.{field}"
        for name, field, described in fields(document)
        for one in within(described)
        if not SHAPES & one.keys() or one.get("additionalProperties") is True
    }
    assert shapeless == ANYTHING


def test_no_schema_is_called_like_one_of_its_fields(document: dict[str, Any]) -> None:
    # A generated class keeps the list in a variable that its own name takes.
    for name, field, _ in fields(document):
        assert field.replace("_", "") != name.lower()


def test_the_description_speaks_json_schema_and_leaves_nothing_unused(
    document: dict[str, Any],
) -> None:
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        for inner in within(schema):
            assert inner.keys() <= JSON_SCHEMA | {"discriminator"}, name
    for name, operation in operations(document):
        for parameter in operation.get("parameters", []):
            assert parameter["schema"].keys() <= JSON_SCHEMA, name
    written = str(document)
    assert [name for name in schemas if f"#/components/schemas/{name}'" not in written] == []
