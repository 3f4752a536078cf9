"""Policies for some tickets only."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.house import House
from tests.refusals import refused

PATH = "/policies/urgent/door_wait"
HERE = "?zone=berlin&plan=home-eur"


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def as_it_was(house: House) -> AsyncIterator[None]:
    """Nothing is said of the policy before a test, nor after it."""
    await _forget(house)
    yield
    await _forget(house)


async def _forget(house: House) -> None:
    for some in ("", "?zone=berlin", "?plan=home-eur", HERE):
        await house.expect("admin", "DELETE", f"{PATH}{some}")


async def say(house: House, some: str, value: str) -> Any:
    return await house.expect("admin", "PUT", f"{PATH}{some}", {"value": value})


async def holds(house: House, some: str) -> tuple[Any, Any]:
    """What holds for some, and for whom that was said."""
    seen = await house.expect("helpdesk", "GET", f"/policies/urgent{some}")
    [policy] = [p for p in seen["policies"] if p["name"] == "door_wait"]
    return policy["value"], policy["said_for"]


async def test_it_is_seen_which_rule_counts_for_whom(house: House) -> None:
    assert await holds(house, HERE) == ("PT15M", "default")
    for some, value, said_for in (
        ("", "PT16M", "urgency"),
        ("?zone=berlin", "PT17M", "zone"),
        ("?plan=home-eur", "PT18M", "plan"),
        (HERE, "PT19M", "plan_and_zone"),
    ):
        answer = await say(house, some, value)
        assert answer["urgent"]["door_wait"] == value
        assert answer["normal"]["door_wait"] == "PT15M"
        assert await holds(house, HERE) == (value, said_for)
    assert await holds(house, "") == ("PT16M", "urgency")
    assert await holds(house, "?zone=berlin") == ("PT17M", "zone")
    assert await holds(house, "?zone=london") == ("PT16M", "urgency")
    assert await holds(house, "?zone=london&plan=home-eur") == ("PT18M", "plan")
    seen = await house.expect("helpdesk", "GET", "/policies/urgent")
    assert seen["particular"] == [
        {"name": "door_wait", "value": value, "zone": zone, "plan": plan}
        for value, zone, plan in (
            ("PT17M", "berlin", None),
            ("PT18M", None, "home-eur"),
            ("PT19M", "berlin", "home-eur"),
        )
    ]
    assert (await house.expect("helpdesk", "GET", "/policies"))["urgent"]["door_wait"] == "PT16M"
    there = await house.expect("helpdesk", "GET", f"/policies{HERE}")
    assert there["urgent"]["door_wait"] == "PT19M"


async def test_what_is_taken_back_lets_what_is_less_particular_hold(house: House) -> None:
    await say(house, "", "PT16M")
    await say(house, HERE, "PT19M")
    for some, left in ((HERE, ("PT16M", "urgency")), (HERE, ("PT16M", "urgency")), ("", None)):
        await house.expect("admin", "DELETE", f"{PATH}{some}")
        assert await holds(house, HERE) == (left or ("PT15M", "default"))


@pytest.mark.parametrize(
    ("some", "code", "field"),
    [
        ("?zone=atlantis", "zone-unknown", "zone"),
        ("?plan=platinum", "plan-unknown", "plan"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", PATH, {"value": "PT1M"}),
        ("DELETE", PATH, None),
        ("GET", "/policies", None),
        ("GET", "/policies/urgent", None),
    ],
)
async def test_of_a_zone_or_plan_that_is_not_there_nothing_is_said(
    house: House, method: str, path: str, body: Any, some: str, code: str, field: str
) -> None:
    refused(await house.ask("admin", method, f"{path}{some}", body), 422, code, field)


async def test_a_value_of_another_kind_is_refused_for_some_as_for_everybody(house: House) -> None:
    answer = await house.ask("admin", "PUT", f"{PATH}?zone=berlin", {"value": True})
    refused(answer, 422, "policy-value-wrong", "/value")
