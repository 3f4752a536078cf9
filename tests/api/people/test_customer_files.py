"""Customers' files as the helpdesk keeps them, and calls that it files for them."""

import uuid
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.house import FRIDGE, House, days
from tests.refusals import refused

FILE = {
    "name": "Sam Roe",
    "zone": "kathmandu",
    "street": "Feldweg 3",
    "city": "Kathmandu",
    "postcode": "44600",
    "country": "NP",
    "phone": "+97714000001",
    "email": "sam@example.org",
}


def nobody() -> str:
    return f"cus_{uuid.uuid4()}"


async def test_a_file_is_written_whole_and_read_as_it_stands(house: House) -> None:
    path = f"/customers/{nobody()}"
    refused(await house.ask("helpdesk", "GET", path), 404, "customer-unknown")
    written = await house.expect("helpdesk", "PUT", path, FILE)
    assert (written["tz"], written["channels"]) == ("Asia/Kathmandu", ["sms", "email"])
    assert (round(written["lat"]), round(written["lng"])) == (28, 85)
    assert await house.expect("manager", "GET", path) == written
    moved = {**FILE, "lat": 27.7, "lng": 85.3, "tz": "Europe/Berlin", "channels": ["email"]}
    again = await house.expect("helpdesk", "PUT", path, moved)
    assert (again["lat"], again["lng"], again["tz"]) == (27.7, 85.3, "Europe/Berlin")
    assert (written["precision"], again["precision"]) == ("city", "exact")
    assert await house.expect("helpdesk", "PUT", path, FILE) == written


async def test_a_file_says_over_what_its_customer_answered_stop_and_is_written_back_as_it_was_read(
    house: House,
) -> None:
    customer = nobody()
    path = f"/customers/{customer}"
    assert (await house.expect("helpdesk", "PUT", path, FILE))["opted_out"] == []
    with psycopg.connect(house.database_url) as session:
        session.execute(
            "update customers set opted_out = %s where id = %s",
            (Jsonb({"sms": {"address": FILE["phone"], "since": "2026-12-08T13:00:00Z"}}), customer),
        )
    read = await house.expect("helpdesk", "GET", path)
    assert read["opted_out"] == [{"channel": "sms", "since": "2026-12-08T13:00:00Z"}]
    unchanged = {name: value for name, value in read.items() if name != "id"}
    assert await house.expect("helpdesk", "PUT", path, unchanged) == read
    assert await house.expect("helpdesk", "PUT", path, FILE) == read
    another = await house.expect("helpdesk", "PUT", path, {**FILE, "phone": "+97714000002"})
    assert another["opted_out"] == []


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"zone": "atlantis"}, "zone-unknown", "/zone"),
        ({"zone": "At Lantis"}, "validation-failed", "/zone"),
        ({"tz": "Mars/Olympus"}, "timezone-unknown", "/tz"),
        ({"tz": "../../etc/passwd"}, "timezone-unknown", "/tz"),
        ({"lat": 27.7}, "point-incomplete", "/lng"),
        ({"lng": 85.3}, "point-incomplete", "/lat"),
        ({"lat": 91, "lng": 0}, "validation-failed", "/lat"),
        ({"phone": "0171 1234"}, "validation-failed", "/phone"),
        ({"phone": ""}, "validation-failed", "/phone"),
        ({"email": "sam"}, "validation-failed", "/email"),
        ({"email": "a@b\r\nBcc: all@example.org"}, "validation-failed", "/email"),
        ({"name": ""}, "validation-failed", "/name"),
        ({"name": "x" * 201}, "validation-failed", "/name"),
        ({"name": "Sam\x00Roe"}, "validation-failed", "/name"),
        ({"country": "Nepal"}, "validation-failed", "/country"),
        ({"postcode": ""}, "postcode-missing", "/postcode"),
        ({"postcode": " "}, "validation-failed", "/postcode"),
        ({"postcode": "- -"}, "validation-failed", "/postcode"),
        ({"name": "Sam Roe\nBcc: x@y.z"}, "validation-failed", "/name"),
        ({"street": "A\tB"}, "validation-failed", "/street"),
        ({"city": "Ber\r\nlin"}, "validation-failed", "/city"),
        ({"name": "\ufeff"}, "validation-failed", "/name"),
        ({"name": "Sam \u202eRoe"}, "validation-failed", "/name"),
        ({"street": "Feldweg\u200b 3"}, "validation-failed", "/street"),
        ({"name": "Sam\u3164Roe"}, "validation-failed", "/name"),
        ({"name": "Sam\u034fRoe"}, "validation-failed", "/name"),
        ({"name": "Sam\U000e0041Roe"}, "validation-failed", "/name"),
        ({"street": "Feldweg\ufe0f 3"}, "validation-failed", "/street"),
        ({"street": "Feldweg\U000e0100 3"}, "validation-failed", "/street"),
        ({"city": "Ulm\u17b4"}, "validation-failed", "/city"),
        ({"region": "\u2066BW"}, "validation-failed", "/region"),
        ({"email": "sam\u200b@example.org"}, "validation-failed", "/email"),
        ({"lat": 52.5, "lng": 13.4}, "place-outside-zone", "/lat"),
        ({"lat": True, "lng": True}, "validation-failed", "/lat /lng"),
        ({"precision": "exact"}, "point-incomplete", "/lat"),
        ({"precision": "street"}, "validation-failed", "/precision"),
        ({"id": f"cus_{uuid.UUID(int=0)}"}, "id-differs", "/id"),
        ({"channels": []}, "validation-failed", "/channels"),
        ({"channels": ["pigeon"]}, "validation-failed", "/channels/0"),
        ({"channels": ["sms", "sms"]}, "channel-twice", "/channels"),
        ({"locale": "English"}, "validation-failed", "/locale"),
        ({"loyalty": "gold"}, "validation-failed", "/loyalty"),
    ],
    ids=repr,
)
async def test_a_file_with_something_wrong_is_refused_by_field(
    house: House, change: dict[str, Any], code: str, pointer: str
) -> None:
    path = f"/customers/{nobody()}"
    answer = await house.ask("helpdesk", "PUT", path, {**FILE, **change})
    refused(answer, 422, code, *pointer.split())
    refused(await house.ask("helpdesk", "GET", path), 404, "customer-unknown")


async def test_a_field_that_is_missing_is_named(house: House) -> None:
    answer = await house.ask("helpdesk", "PUT", f"/customers/{nobody()}", {"name": "Sam"})
    fields = ("zone", "street", "city", "country", "phone", "email")
    refused(answer, 422, "validation-failed", *(f"/{field}" for field in fields))


async def test_nobody_but_the_helpdesk_reads_a_file_and_a_malformed_id_is_none(
    house: House,
) -> None:
    for who in ("customer", "expert", "integration"):
        refused(await house.ask(who, "GET", f"/customers/{nobody()}"), 403, "role-not-allowed")
    refused(await house.ask("helpdesk", "GET", "/customers/cus_1"), 404, "not-found")


# Calls.


def call(**more: Any) -> Any:
    filed = {"description": "It hums.", "model_id": FRIDGE, "slots": days(30, 1)}
    return {**filed, "channel": "phone", **more}


async def received(house: House, ticket_id: str) -> Any:
    await house.until(ticket_id, "MATCHING")
    return next(e for e in await house.timeline(ticket_id) if e["type"] == "ticket.received")


async def test_how_a_caller_was_known_stands_in_the_timeline_with_who_took_the_call(
    house: House,
) -> None:
    customer = (await house.ticket(await house.file()))["customer_id"]
    for said, recorded in ((None, "not_checked"), ("called_back", "called_back")):
        body = call(on_behalf_of=customer, identity_check=said)
        filed = await house.expect("helpdesk:usr_ana", "POST", "/tickets", body)
        event = await received(house, filed["id"])
        assert event["data"]["identity_check"] == recorded
        assert event["actor_id"] == "usr_ana"
        seen = await house.ticket(filed["id"])
        assert (seen["channel"], seen["customer_id"]) == ("phone", customer)


async def test_only_the_helpdesk_says_how_it_knew_a_caller_and_in_no_words_of_its_own(
    house: House,
) -> None:
    own = call(channel="web", identity_check="called_back")
    answer = await house.ask("customer", "POST", "/tickets", own)
    refused(answer, 422, "identity-check-staff-only", "/identity_check")
    words = call(on_behalf_of=nobody(), identity_check="They sounded like Sam")
    answer = await house.ask("helpdesk", "POST", "/tickets", words)
    refused(answer, 422, "validation-failed", "/identity_check")


async def test_a_ticket_that_its_customer_files_says_nothing_of_a_check(house: House) -> None:
    event = await received(house, await house.file())
    assert "identity_check" not in event["data"]


async def test_a_call_sent_again_is_one_ticket(house: House) -> None:
    customer = (await house.ticket(await house.file()))["customer_id"]
    key = {"Idempotency-Key": str(uuid.uuid4())}
    body = call(on_behalf_of=customer, identity_check="knew_their_file")
    first = await house.ask("helpdesk", "POST", "/tickets", body, **key)
    again = await house.ask("helpdesk", "POST", "/tickets", body, **key)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
