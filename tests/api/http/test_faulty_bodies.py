"""Bodies and parameters that cannot be read: every fault is pointed at, and nothing repeated."""

import pytest

from tests.api.http.refusing import CANARY, ask, assert_problem, post


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
