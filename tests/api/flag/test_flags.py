"""Flags over HTTP: read by staff, switched by an admin who says why."""

import asyncio
import uuid
from typing import Any

import httpx2
import pytest

from models.flag import KNOWN
from tests.house import REFERENCE, House
from tests.refusals import refused
from tests.town import pages

SWITCH = {"on": True, "reason": "Berlin tries it first."}
NEVER = {"reason": "As the release has it.", "changed_at": None}


def some_flag() -> str:
    """One that no other test has switched."""
    return f"integration.int_{uuid.uuid4()}"


async def switch(
    house: House, key: str, if_match: str = "*", who: str = "admin", **more: Any
) -> httpx2.Response:
    return await house.ask(who, "PUT", f"/flags/{key}", SWITCH | more, **{"If-Match": if_match})


async def test_a_flag_that_nobody_switched_is_shown_as_the_release_has_it(house: House) -> None:
    key = some_flag()
    answer = await house.ask("helpdesk", "GET", f"/flags/{key}")
    assert answer.status_code == 200
    assert answer.headers["ETag"] == '"0"'
    assert answer.json() == {
        "key": key,
        "means": "The integration of this id is called and heard.",
        "default": True,
        "on": True,
        "percent": 100,
        "customers": [],
        "zones": [],
        "integrations": [],
        "version": 0,
        "actor_role": None,
        "actor_id": None,
        **NEVER,
    }
    assert (await house.expect("manager", "GET", f"/flags/{key}/history"))["items"] == []


async def test_every_flag_is_listed_by_its_key_with_what_it_means(house: House) -> None:
    key = some_flag()
    assert (await switch(house, key, on=False)).is_success
    listed = await pages(house, "manager", "/flags", limit=2)
    keys = [flag["key"] for flag in listed]
    assert keys == sorted(keys)
    assert {*KNOWN, key} <= {*keys}
    assert {flag["means"] for flag in listed} >= {flag.means for flag in KNOWN.values()}
    assert [flag["on"] for flag in listed if flag["key"] == key] == [False]


async def test_who_switched_it_when_from_what_to_what_and_why_is_kept(house: House) -> None:
    key = some_flag()
    zone = REFERENCE.zones[0].code
    first = await switch(house, key, '"0"', percent=10, zones=[zone], customers=["cus_b", "cus_a"])
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    now = first.json()
    assert (now["percent"], now["zones"], now["customers"]) == (10, [zone], ["cus_a", "cus_b"])
    assert (now["actor_role"], now["actor_id"]) == ("admin", "usr_admin")
    second = await switch(house, key, '"1"', who="admin:usr_other", on=False, reason="It failed.")
    assert (second.status_code, second.headers["ETag"]) == (200, '"2"')
    last, before = (await house.expect("helpdesk", "GET", f"/flags/{key}/history"))["items"]
    assert (before["version"], before["reason"]) == (1, "Berlin tries it first.")
    assert (before["was"]["percent"], before["now"]["percent"]) == (100, 10)
    assert (last["version"], last["reason"], last["actor_id"]) == (
        2,
        "It failed.",
        "usr_other",
    )
    assert (last["was"], last["was"]["on"]) == (before["now"], True)
    assert last["now"] == {
        "on": False,
        "percent": 100,
        "customers": [],
        "zones": [],
        "integrations": [],
    }
    assert before["changed_at"] <= last["changed_at"]
    one, other = await pages(house, "helpdesk", f"/flags/{key}/history", limit=1)
    assert [one, other] == [last, before]


async def test_a_switch_rests_on_the_flag_as_it_was_read(house: House) -> None:
    key = some_flag()
    without = await house.ask("admin", "PUT", f"/flags/{key}", SWITCH)
    refused(without, 428, "if-match-missing")
    refused(await switch(house, key, '"1"', on=False), 412, "flag-changed")
    assert (await switch(house, key, '"0"', on=False)).is_success
    refused(await switch(house, key, '"0"', percent=5), 412, "flag-changed")
    stands = await house.expect("helpdesk", "GET", f"/flags/{key}")
    assert (stands["version"], stands["on"]) == (1, False)
    assert (await switch(house, key, "*", percent=5)).headers["ETag"] == '"2"'
    assert (await switch(house, key, "3")).json()["code"] == "invalid-parameter"


async def test_of_two_who_switch_it_at_once_one_is_told_that_it_changed(house: House) -> None:
    key = some_flag()
    shares = range(1, 9)
    answers = await asyncio.gather(*(switch(house, key, '"0"', percent=p) for p in shares))
    assert sorted(answer.status_code for answer in answers) == [200, *[412] * 7]
    assert len((await house.expect("helpdesk", "GET", f"/flags/{key}/history"))["items"]) == 1


async def test_a_switch_that_is_sent_again_changes_nothing_more(house: House) -> None:
    key = some_flag()
    first = await switch(house, key, '"0"', on=False, customers=["cus_a", "cus_b"])
    for again in (["cus_b", "cus_a"], ["cus_a", "cus_b", "cus_a"]):
        answer = await switch(house, key, '"0"', on=False, customers=again)
        assert answer.status_code == 200
        assert answer.json() == first.json()
        assert answer.headers["ETag"] == '"1"'
    assert len((await house.expect("helpdesk", "GET", f"/flags/{key}/history"))["items"]) == 1


async def test_a_flag_can_be_written_back_as_it_was_read(house: House) -> None:
    changed = some_flag()
    await switch(house, changed, percent=30, integrations=["int_1"])
    for key in (changed, "maps.primary", some_flag()):
        read = await house.ask("admin", "GET", f"/flags/{key}")
        back = {"If-Match": read.headers["ETag"]}
        answer = await house.ask("admin", "PUT", f"/flags/{key}", read.json(), **back)
        assert answer.status_code == 200, answer.text
        assert answer.json() == read.json()
    other = {**read.json(), "key": "start_code"}
    refused(
        await house.ask("admin", "PUT", f"/flags/{key}", other, **back), 422, "id-differs", "/key"
    )


async def test_a_key_that_is_none_is_unknown(house: House) -> None:
    for key in ("start-code", "integration.", "Start_code", "maps"):
        for who, method, path in (
            ("helpdesk", "GET", f"/flags/{key}"),
            ("helpdesk", "GET", f"/flags/{key}/history"),
        ):
            refused(await house.ask(who, method, path), 404, "flag-unknown")
        refused(await switch(house, key), 404, "flag-unknown")


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"on": "true"}, "/on"),
        ({"on": None}, "/on"),
        ({"percent": -1}, "/percent"),
        ({"percent": 101}, "/percent"),
        ({"percent": 12.5}, "/percent"),
        ({"percent": "10"}, "/percent"),
        ({"percent": True}, "/percent"),
        ({"customers": ["cus_a", ""]}, "/customers/1"),
        ({"customers": ["a b"]}, "/customers/0"),
        ({"customers": ["c" * 81]}, "/customers/0"),
        ({"customers": "cus_a"}, "/customers"),
        ({"customers": ["c"] * 501}, "/customers"),
        ({"zones": [""]}, "/zones/0"),
        ({"zones": [None]}, "/zones/0"),
        ({"integrations": [" "]}, "/integrations/0"),
        ({"reason": ""}, "/reason"),
        ({"reason": " "}, "/reason"),
        ({"reason": "r" * 201}, "/reason"),
        ({"percentage": 10}, "/percentage"),
    ],
)
async def test_a_switch_that_cannot_be_meant_is_refused_by_its_field(
    house: House, wrong: dict[str, Any], pointer: str
) -> None:
    key = some_flag()
    refused(await switch(house, key, **wrong), 422, "validation-failed", pointer)
    assert (await house.ask("admin", "GET", f"/flags/{key}")).headers["ETag"] == '"0"'


async def test_a_switch_says_what_is_wanted_and_why(house: House) -> None:
    for missing in ("on", "reason"):
        body = {name: value for name, value in SWITCH.items() if name != missing}
        answer = await house.ask("admin", "PUT", "/flags/fee_raise", body, **{"If-Match": "*"})
        refused(answer, 422, "validation-failed", f"/{missing}")


async def test_a_zone_that_does_not_exist_is_on_no_list(house: House) -> None:
    zones = [REFERENCE.zones[0].code, "atlantis"]
    answer = await switch(house, some_flag(), zones=zones)
    refused(answer, 422, "zone-unknown", "/zones/1")
