"""The API's description has what a client is written from: headers, codes, fields, for whom."""

import re
from typing import Any

import pytest

from api.http.answers import KEPT, for_whom
from api.http.articles import ARTICLES
from api.http.auth import Principal
from api.http.policy import policies
from api.http.refusals import REFUSALS
from api.visit.particulars import CARRIES, require_complete
from api.visit.report_guide import GUIDES
from api.visit.report_schemas import VisitEvent
from models.actor import Role
from models.errors import Invalid
from models.field import FactKind, Hindrance, Shortfall
from tests.api.http.test_openapi import EXPERT, described, operations
from tests.described import codes_told
from tests.house import House


async def test_the_description_names_the_headers_that_a_client_goes_by(house: House) -> None:
    document = described(house)
    named = {o["operationId"]: o["responses"] for _, o in operations(document)}
    tagged = {name for name, r in named.items() if "ETag" in r.get("200", {}).get("headers", {})}
    assert tagged == {"list_work_items", "read_day", "read_ticket", "read_flag", "switch_flag"}
    assert "ETag" in named["read_day"]["304"]["headers"]
    assert "Location" in named["file_ticket"]["201"]["headers"]
    for name, operation in operations(document):
        responses = operation["responses"]
        for status in ("429", "5XX"):
            assert "Retry-After" in responses[status]["headers"], name
        assert "Retry-After" in responses.get("503", responses["5XX"])["headers"], name
        for status, response in responses.items():
            assert "RateLimit-Remaining" in response["headers"], (name, status)
        keys = [p for p in operation.get("parameters", []) if p["name"] == "Idempotency-Key"]
        done = [r for status, r in responses.items() if status.startswith("2")]
        replayed = {"Idempotency-Replayed" in response["headers"] for response in done}
        assert replayed == {bool(keys) or operation["operationId"] == "accept_offer"}, name


async def test_a_flag_is_switched_with_the_tag_that_was_read_and_the_description_says_so(
    house: House,
) -> None:
    needed = {
        operation["operationId"]: p.get("required", False)
        for _, operation in operations(described(house))
        for p in operation.get("parameters", [])
        if p["name"] == "If-Match"
    }
    assert [name for name, is_needed in needed.items() if is_needed] == ["switch_flag"]
    assert "cancel_ticket" in needed


async def test_what_an_operation_refuses_with_has_an_article_and_its_own_status(
    house: House,
) -> None:
    named = {o["operationId"]: o for _, o in operations(described(house))}
    assert REFUSALS.keys() <= named.keys()
    for name, operation in named.items():
        assert codes_told(operation) <= ARTICLES.keys(), name
    reported = named["report_from_field"]["responses"]
    assert "(/problems/next-visit-affected)" in reported["409"]["description"]
    assert "(/problems/start-code-wrong)" in reported["403"]["description"]
    assert codes_told(named["report_batch"]) >= codes_told(named["report_from_field"]) - {
        "not-found"
    }


DAY_OF_THE_VISIT = re.compile(
    r"/v1/(visits/.*(events|files|reschedule).*|offers/.*|surveys/.*|flags.*|files|"
    r".*preferences|experts/(me|\{expert_id\})/(day|route|stops|position|work-items).*)"
)


async def test_every_operation_of_the_day_of_the_visit_lists_its_codes(house: House) -> None:
    missing = {
        name
        for name, operation in operations(described(house))
        if DAY_OF_THE_VISIT.fullmatch(name.partition(" ")[2])
        and operation["operationId"] not in REFUSALS
    }
    assert missing == set()


async def test_a_refusal_says_of_its_evidence_what_a_program_goes_by(house: House) -> None:
    problem = described(house)["components"]["schemas"]["Problem"]
    evidence = problem["properties"]["evidence"]
    assert evidence["properties"].keys() >= {"allowed", "options", "next_at", "until"}
    options = evidence["properties"]["options"]["items"]["properties"]
    assert options.keys() == {"finish_by", "minutes", "follow_up"}


async def test_every_operation_says_for_whom_it_is(house: House) -> None:
    document = described(house)
    declared = policies(house.app)
    for name, operation in operations(document):
        policy = declared[name]
        assert policy is not None
        told = operation["description"].rpartition("\n\n")[2]
        assert told == for_whom(policy), name
    named = {o["operationId"]: o["description"] for _, o in operations(document)}
    assert named["report_from_field"].endswith("For: expert, helpdesk, manager, admin.")
    assert named["read_offer"].endswith("For: everybody, without a token.")


async def test_every_202_is_told_in_the_same_words(house: House) -> None:
    kept = {
        o["operationId"]: o["responses"]["202"]["description"]
        for _, o in operations(described(house))
        if "202" in o["responses"]
    }
    own = {"file_ticket", "enrich_ticket", "change_slots", "cancel_ticket"}
    of_visits = {"report_from_field", "bring_file", "reschedule_visit"}
    assert kept.keys() == own | of_visits | {"subscribe_to_status"}
    assert set(kept.values()) == {KEPT}


@pytest.mark.parametrize(
    "shape",
    [
        *("VisitEvent", "BatchedEvent", "VisitStanding", "BatchResult", "WorkItemView"),
        *("WorkArticleView", "RouteStopView", "FileView", "FileAccepted", "Problem", "Resolution"),
    ],
)
async def test_every_field_of_the_day_of_the_visit_is_described(house: House, shape: str) -> None:
    schema = described(house)["components"]["schemas"][shape]
    bare = {name for name, field in schema["properties"].items() if not field.get("description")}
    assert bare == set(), shape


async def test_each_type_of_report_has_its_row_and_an_example_that_is_whole(house: House) -> None:
    document = described(house)
    operation = document["paths"]["/v1/visits/{visit_id}/events"]["post"]
    shown = operation["requestBody"]["content"]["application/json"]["examples"]
    assert set(shown) == set(FactKind)
    someone = Principal(subject=EXPERT.id, role=Role.EXPERT)
    for kind in FactKind:
        event = VisitEvent.model_validate(shown[kind]["value"])
        require_complete(event, someone)
        guide, carries = GUIDES[kind], CARRIES.get(kind, frozenset())
        assert {*guide.needs, *guide.may} == carries, kind
        assert f"| `{kind}` | " in operation["description"]
        for name in guide.needs:
            with pytest.raises(Invalid):
                require_complete(VisitEvent(**_without(shown[kind]["value"], name)), someone)
    for code in (*Hindrance, *Shortfall):
        assert f"`{code}`" in operation["description"]


def _without(event: dict[str, Any], name: str) -> dict[str, Any]:
    return {field: value for field, value in event.items() if field != name}
