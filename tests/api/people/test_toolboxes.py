"""What experts have with them, as they say it."""

from typing import Any

import pytest

from tests.api.people.test_written_back import written_back
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import bare, hire, rows
from tests.workflows.company import parting as parting

TOOLBOX = "/experts/me/toolbox"


async def has(house: House, who: str, *tools: str) -> Any:
    """An expert says which tools they have; what is kept of it."""
    return await house.expect(who, "PUT", TOOLBOX, {"tools": list(tools)})


async def test_a_toolbox_is_kept_whole_each_tool_once_and_in_no_case(house: House) -> None:
    who = hire(house, "refrigeration")
    assert await house.expect(who, "GET", TOOLBOX) == {"tools": []}
    kept = await has(house, who, "  Vacuum   Pump ", "multimeter", "MULTIMETER", "Maßband")
    assert kept == {"tools": ["massband", "multimeter", "vacuum pump"]}
    assert await written_back(house, who, TOOLBOX) == kept
    await has(house, who, "ladder")
    assert await house.expect(who, "GET", TOOLBOX) == {"tools": ["ladder"]}
    assert await has(house, who) == {"tools": []}


async def test_a_toolbox_is_nobody_elses_and_its_words_are_in_no_event(house: House) -> None:
    who, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    await has(house, who, "grandfather's pliers")
    assert await house.expect(other, "GET", TOOLBOX) == {"tools": []}
    written = rows(house, "select type, facts from events where aggregate = %s", bare(who))
    assert [(e["type"], e["facts"]["tools"]) for e in written] == [("expert.toolbox_changed", 1)]
    assert "pliers" not in str(written)


async def test_a_toolbox_has_forty_tools_at_the_most_however_often_they_are_named(
    house: House,
) -> None:
    who = hire(house, "refrigeration")
    forty = [f"tool {n}" for n in range(40)]
    await has(house, who, *forty, *(name.upper() for name in forty[:10]))
    answer = await house.ask(who, "PUT", TOOLBOX, {"tools": [*forty, "one more"]})
    refused(answer, 422, "too-many-tools", "/tools")
    assert len((await house.expect(who, "GET", TOOLBOX))["tools"]) == 40


@pytest.mark.parametrize(
    ("tools", "pointer"),
    [
        (["drill", ""], "/tools/1"),
        (["x" * 61], "/tools/0"),
        (["ß" * 31], "/tools/0"),
        (["pliers\n"], "/tools/0"),
        (["pli\u202eers"], "/tools/0"),
        (["pli\u200bers"], "/tools/0"),
        ([7], "/tools/0"),
        ("drill", "/tools"),
        (["drill"] * 51, "/tools"),
    ],
)
async def test_what_is_no_name_of_a_tool_is_refused_by_field_and_rule(
    house: House, tools: Any, pointer: str
) -> None:
    answer = await house.ask("expert", "PUT", TOOLBOX, {"tools": tools})
    [error] = refused(answer, 422, "validation-failed", pointer)["errors"]
    assert error["code"]


@pytest.mark.parametrize("who", ["customer", "helpdesk", "manager", "admin"])
async def test_only_an_expert_has_a_toolbox(house: House, who: str) -> None:
    refused(await house.ask(who, "GET", TOOLBOX), 403, "role-not-allowed")
    refused(await house.ask(who, "PUT", TOOLBOX, {"tools": []}), 403, "role-not-allowed")
