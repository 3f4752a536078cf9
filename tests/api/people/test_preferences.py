"""How people want to be told things: what they choose, and what is not theirs to choose."""

import uuid
from typing import Any

import pytest

from tests.api.people.test_customer_files import FILE, nobody
from tests.api.people.test_written_back import written_back
from tests.house import REFERENCE, House
from tests.refusals import refused
from tests.town import Town

TOWN = Town("yaounde")
EXPERT = f"expert:{TOWN.unskilled[0].id}"
OFTEN = {"channels": ["sms", "email"], "declined": [], "quiet_hours": None}
NIGHT = {"start": "22:00", "end": "07:00"}
MINE = "/customers/me/preferences"
WORK = "/experts/me/preferences"


async def customer(house: House) -> str:
    """A customer of Kathmandu with a new file."""
    somebody = nobody()
    await house.expect("helpdesk", "PUT", f"/customers/{somebody}", FILE)
    return somebody


async def test_people_say_how_they_are_told_and_the_helpdesk_reads_and_writes_the_same(
    house: House,
) -> None:
    somebody = await customer(house)
    me, theirs = f"customer:{somebody}", f"/customers/{somebody}/preferences"
    assert await house.expect(me, "GET", MINE) == OFTEN
    wanted = {"channels": ["email"], "declined": ["survey", "progress"], "quiet_hours": NIGHT}
    kept = {**wanted, "quiet_hours": {**NIGHT, "tz": "Asia/Kathmandu"}}
    assert await house.expect(me, "PUT", MINE, wanted) == kept
    assert await house.expect("helpdesk", "GET", theirs) == kept
    file = await house.expect("helpdesk", "GET", f"/customers/{somebody}")
    assert file["channels"] == ["email"]
    await house.expect("helpdesk", "PUT", f"/customers/{somebody}", file)
    assert await written_back(house, "helpdesk", theirs) == kept
    assert await written_back(house, me, MINE) == kept
    assert await house.expect("manager", "PUT", theirs, {}) == OFTEN


async def test_an_experts_wishes_are_theirs_and_who_changed_them_is_written_down(
    house: House,
) -> None:
    quiet = {"start": "20:00", "end": "24:00", "tz": "Europe/Berlin"}
    wanted = {"channels": ["email", "sms"], "declined": ["open_visit"], "quiet_hours": quiet}
    before = await house.expect(EXPERT, "GET", WORK)
    assert await house.expect(EXPERT, "PUT", WORK, wanted) == wanted
    theirs = f"/experts/{TOWN.unskilled[0].id}/preferences"
    assert await house.expect("helpdesk", "GET", theirs) == wanted
    assert await house.expect("helpdesk", "PUT", theirs, before) == before


async def test_everybodys_wishes_can_be_written_back_as_they_were_read(house: House) -> None:
    for one in REFERENCE.experts[:3]:
        await written_back(house, f"expert:{one.id}", WORK)
    for other in REFERENCE.customers[:3]:
        await written_back(house, f"customer:{other.id}", MINE)


@pytest.mark.parametrize(
    ("who", "path", "wanted", "code", "field"),
    [
        (TOWN.me, MINE, {"declined": ["open_visit"]}, "not-declinable", "/declined/0"),
        (EXPERT, WORK, {"declined": ["reminder", "survey"]}, "not-declinable", "/declined/1"),
        (TOWN.me, MINE, {"declined": ["survey", "survey"]}, "topic-twice", "/declined"),
        (TOWN.me, MINE, {"channels": ["sms", "sms"]}, "channel-twice", "/channels"),
        (
            TOWN.me,
            MINE,
            {"quiet_hours": {"start": "22:00", "end": "22:00"}},
            "quiet-hours-endless",
            "/quiet_hours/end",
        ),
        (
            TOWN.me,
            MINE,
            {"quiet_hours": {**NIGHT, "tz": "Mars/Olympus"}},
            "timezone-unknown",
            "/quiet_hours/tz",
        ),
    ],
)
async def test_wishes_that_cannot_be_kept_are_refused_and_change_nothing(
    house: House, who: str, path: str, wanted: Any, code: str, field: str
) -> None:
    before = await house.expect(who, "GET", path)
    refused(await house.ask(who, "PUT", path, wanted), 422, code, field)
    assert await house.expect(who, "GET", path) == before


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"channels": []}, "/channels"),
        ({"channels": ["fax"]}, "/channels/0"),
        ({"declined": ["money"]}, "/declined/0"),
        ({"quiet_hours": {"start": "25:00", "end": "07:00"}}, "/quiet_hours/start"),
        ({"quiet_hours": {"start": "22:00"}}, "/quiet_hours/end"),
        ({"quiet": None}, "/quiet"),
    ],
)
async def test_what_is_no_wish_is_refused_by_its_field(
    house: House, wanted: Any, field: str
) -> None:
    refused(await house.ask(TOWN.me, "PUT", MINE, wanted), 422, "validation-failed", field)


async def test_who_has_no_file_has_no_wishes_yet(house: House) -> None:
    for who, path, code in (
        (f"customer:{nobody()}", MINE, "customer-unknown"),
        (f"expert:exp_{uuid.uuid4()}", WORK, "expert-unknown"),
        ("helpdesk", f"/customers/{nobody()}/preferences", "customer-unknown"),
        ("helpdesk", f"/experts/exp_{uuid.uuid4()}/preferences", "expert-unknown"),
    ):
        for method, body in (("GET", None), ("PUT", {})):
            refused(await house.ask(who, method, path, body), 404, code)
