"""Whatever is wrong with a ticket is told by field and rule, and nothing is opened."""

import json
import uuid
from typing import Any

import pytest

from tests.api.intake.filed import body, in_days, is_filed, local, post, slot
from tests.house import House, days
from tests.refusals import refused


def wrong(code: str, *pointers: str, **changes: Any) -> tuple[Any, str, tuple[str, ...]]:
    return body(**changes), code, pointers


def malformed(*pointers: str, **changes: Any) -> tuple[Any, str, tuple[str, ...]]:
    return wrong("validation-failed", *pointers, **changes)


START, END = "/slots/0/start", "/slots/0/end"

# name: the body, the rule it breaks, the fields to blame
WRONG: dict[str, tuple[Any, str, tuple[str, ...]]] = {
    "an unknown model": wrong("model-unknown", "/model_id", model_id="mod_unheard-of"),
    "an unknown category": wrong(
        "category-unknown", "/category", model_id=None, category="submarine"
    ),
    "a model named twice": wrong("model-twice", "/model_text", model_text="a Bosch"),
    "an unknown time zone": wrong("zone-unknown", "/slots/0/tz", **local("Berlin")),
    "a time zone that is a path": wrong("zone-unknown", "/slots/0/tz", **local("../etc/passwd")),
    "a time zone that is a folder": wrong("zone-unknown", "/slots/0/tz", **local("Europe")),
    "a time zone of nothing": wrong("zone-unknown", "/slots/0/tz", **local("")),
    "an unknown zone beside offsets": wrong("zone-unknown", "/slots/0/tz", **local("Nowhere", "Z")),
    "a slot in the past": wrong("slot-in-the-past", START, **in_days(-1)),
    "a slot that began already": wrong("slot-in-the-past", START, **in_days(-0.01)),
    "a slot too far away": wrong("slot-too-far", END, **in_days(61)),
    "a slot that ends too far away": wrong("slot-too-far", END, **in_days(1, hours=24 * 60)),
    "a slot shorter than the visit": wrong("slot-too-short", "/slots/0", **in_days(5, hours=1.4)),
    "a second slot shorter than the visit": wrong(
        "slot-too-short", "/slots/1", slots=[*days(30, 1), *in_days(5, hours=1)["slots"]]
    ),
    "a slot without offset": wrong("offset-missing", START, **local(None)),
    "a slot whose end is without offset": wrong(
        "offset-missing", END, **slot("2026-12-09T09:00:00Z", "2026-12-09T18:00:00")
    ),
    "a slot that runs backwards": wrong(
        "slot-backwards", END, **slot("2026-12-09T18:00:00Z", "2026-12-09T09:00:00Z")
    ),
    "a slot of no length": wrong(
        "slot-backwards", END, **slot("2026-12-09T09:00:00Z", "2026-12-09T10:00:00+01:00")
    ),
    "a local time that the clocks leave out": wrong(
        "nonexistent-local-time",
        START,
        **slot("2027-03-28T02:30:00", "2027-03-28T09:00:00", tz="Europe/Berlin"),
    ),
    "a local time that happens twice": wrong(
        "ambiguous-local-time",
        END,
        **slot("2027-11-07T00:30:00", "2027-11-07T01:30:00", tz="America/Chicago"),
    ),
    "no slot and no word about it": wrong("slots-missing", "/slots", slots=[]),
    "more slots than anybody needs": malformed("/slots", slots=days(10, 21)),
    "no description": ({"slots": days(30, 1)}, "validation-failed", ("/description",)),
    "a description of nothing": malformed("/description", description=" \t\n "),
    "a description as long as a book": malformed("/description", description="x" * 4001),
    "a description with a NUL": malformed("/description", description="It \x00 hums."),
    "a description with an escape": malformed("/description", description="It \x1b[2J hums."),
    "a line separator": malformed("/model_text", model_id=None, model_text="Bosch\u2028KGN"),
    "a description that is a number": malformed("/description", description=7),
    "a description that is a list": malformed("/description", description=["It hums."]),
    "slots that are an object": malformed("/slots", slots={"0": days(30, 1)[0]}),
    "a slot that is a list": malformed("/slots/0", slots=[["2026-12-09T09:00:00Z"]]),
    "a slot without an end": malformed(END, slots=[{"start": "2026-12-09T09:00:00Z"}]),
    "a time that is a number": malformed(START, **slot(1797000000, "2026-12-21T18:00:00Z")),
    "a number in quotes": malformed(START, **slot("1797000000", "2026-12-21T18:00:00Z")),
    "a time that is huge": malformed(START, **slot(10**400, "2026-12-21T18:00:00Z")),
    "a day instead of a time": malformed(START, END, **slot("2026-12-09", "2026-12-10")),
    "the year 1": malformed(
        START, END, **slot("0001-01-01T00:00:00+14:00", "0001-01-01T09:00:00-12:00")
    ),
    "the year 9999": malformed(
        START, END, **slot("9999-12-31T00:00:00-12:00", "9999-12-31T23:59:59-12:00")
    ),
    "a thirteenth month": malformed(START, **slot("2026-13-01T00:00:00Z", "2026-12-31T23:59:59Z")),
    "an urgency nobody knows": malformed("/urgency", urgency="yesterday"),
    "a fee accepted in words": malformed("/accept_fee", urgency="urgent", accept_fee="yes"),
    "a channel nobody knows": malformed("/channel", channel="pigeon"),
    "a customer's id that is none": malformed("/on_behalf_of", on_behalf_of="cus_1"),
    "a status of their own choice": malformed("/status", status="COMPLETED"),
    "a coverage of their own choice": malformed("/coverage", coverage="COVERED"),
    "a field hidden in a slot": malformed("/slots/0/free", slots=[{**days(30, 1)[0], "free": 1}]),
    "a field with an odd name": malformed("", **{"\u202e<script>": 1}),
    "a list of tickets": ([body()], "validation-failed", ("",)),
    "a text": ("It hums.", "validation-failed", ("",)),
    "a number": (7, "validation-failed", ("",)),
    "nothing": (None, "validation-failed", ("",)),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_wrong_is_told_by_field_and_rule_and_no_ticket_is_opened(
    house: House, name: str
) -> None:
    sent, code, pointers = WRONG[name]
    key = str(uuid.uuid4())
    problem = refused(await post(house, json.dumps(sent), key), 422, code, *pointers)
    assert all(error["code"] and error["detail"] for error in problem["errors"])
    assert not await is_filed(house, key)


# name: the bytes, and the fields to blame
NOT_JSON: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    "torn off": ('{"description": "It hu', ()),
    "a comma too many": ('{"description": "It hums.",}', ()),
    "single quotes": ("{'description': 'It hums.'}", ()),
    "not UTF-8": (b'{"description": "It \xff hums."}', ()),
    "nested too deeply": ("[" * 30_000 + "]" * 30_000, ()),
    "objects nested too deeply": ('{"a":' * 12_000 + "1", ()),
    "a number of 5,000 digits": (f'{{"description": {"9" * 5000}}}', ()),
    "NaN": ('{"description": NaN}', ()),
    "Infinity": ('{"description": "x", "slots": [-Infinity]}', ()),
    "a field given twice": ('{"description": "1", "description": "2"}', ("/description",)),
    "a field given twice within a slot": (
        '{"slots": [{"start": "a", "end": "b"}, {"start": "a", "start": "b"}]}',
        ("/slots/1/start",),
    ),
}

# what is JSON, and yet no text or number that can be kept
NOT_TEXT: dict[str, tuple[str, str]] = {
    "a lone surrogate": ('{"description": "\\ud800", "slots_later": true}', "/description"),
    "a field named so": ('{"description": "x", "slots_later": true, "\\udfff": 1}', ""),
    "infinite by its exponent": ('{"description": "x", "slots": 1e999}', "/slots"),
    "empty": ("", ""),
}


@pytest.mark.parametrize("name", NOT_JSON)
async def test_a_body_that_is_not_json_is_told_so(house: House, name: str) -> None:
    content, pointers = NOT_JSON[name]
    key = str(uuid.uuid4())
    refused(await post(house, content, key), 400, "malformed-json", *pointers)
    assert not await is_filed(house, key)


@pytest.mark.parametrize("name", NOT_TEXT)
async def test_what_nobody_could_keep_is_refused(house: House, name: str) -> None:
    content, pointer = NOT_TEXT[name]
    key = str(uuid.uuid4())
    refused(await post(house, content, key), 422, "validation-failed", pointer)
    assert not await is_filed(house, key)


async def test_a_body_too_large_is_refused_with_and_without_its_length(house: House) -> None:
    async def pieces() -> Any:
        for _ in range(80):
            yield b"[" + b" " * 1000

    whole = await post(house, json.dumps({"description": "x" * 70_000}))
    refused(whole, 413, "body-too-large")
    headers = {**house.headers("customer"), "Content-Type": "application/json"}
    in_pieces = await house.http.post("/v1/tickets", content=pieces(), headers=headers)
    refused(in_pieces, 413, "body-too-large")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "json",
        "application/xml",
        "text/json",
    ],
)
async def test_a_body_of_another_kind_is_not_guessed_at(house: House, content_type: str) -> None:
    answer = await post(house, json.dumps(body()), **{"Content-Type": content_type})
    refused(answer, 415, "unsupported-media-type")


async def test_a_refusal_repeats_nothing_that_was_sent(house: House) -> None:
    secret = "Mrs. Canary of 7 Mine Road"
    for wrong in (
        body(model_id=secret),
        body(urgency=secret),
        body(category=secret),
        body(channel=secret, on_behalf_of=secret),
        {**body(), secret: secret},
        body(**slot(secret, secret, tz=secret)),
        body(**slot("2026-12-09T09:00:00", "2026-12-09T09:00:00", tz=secret)),
    ):
        answer = await house.ask("customer", "POST", "/tickets", wrong)
        assert answer.status_code == 422
        assert "Canary" not in answer.text
