"""Whoever is asked decides by one button; it is done, and everybody knows who it was."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.escalation import EscalationState
from tests.house import House
from tests.workflows.company import bare, between, hire, rest, stands, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    BOB,
    MIA,
    buttons,
    decide,
    details,
    escalated,
    known,
    open_question,
    policy,
    refusal,
    shown,
)

ASSIGN = "1_assign"
OFFER = "2_offer_slots"
WAIT = "3_extend_wait"
CANCEL = "4_cancel"
REFRESH = "7_refresh"
CLAIM = "8_claim"
RELEASE = "9_release"
STEP = timedelta(hours=4, seconds=1)
# A ticket whose clock was pushed asks in the future; its escalations step after that too.
FIRST_STEP = timedelta(hours=28, seconds=5)
NOON = between(8, 20)


async def test_helpdesk_sends_the_nearest_expert_who_is_free(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    brief = (await known(asked)).brief
    assert brief is not None
    mine = next(c for c in brief.candidates if c.expert_id == bare(expert))
    await decide(asked, ANA, ASSIGN, str(mine.number))
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert [(a["expert_id"], a["source"]) for a in seen["assignments"]] == [
        (bare(expert), "MANUAL")
    ]
    outcome = await asked.result()
    assert (outcome["state"], outcome["action"], outcome["by"]) == (
        "RESOLVED",
        "assign",
        "usr_ana",
    )
    await rest(house, ticket_id)
    [row] = await shown(house, ticket_id)
    assert (row["state"], row["decided_by"]) == ("RESOLVED", "usr_ana")
    happened = [(e["type"], e["actor_id"]) for e in await house.timeline(ticket_id)]
    assert ("escalation.decided", "usr_ana") in happened
    assert ("escalation.resolved", "usr_ana") in happened


async def test_the_page_says_what_is_wrong_what_to_do_and_by_when(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    number = (await house.ticket(ticket_id))["number"]
    text = await house.soon(lambda: _with(asked, "What to do"), "the page")
    assert text.startswith(f"## No experts have proposed themselves for visit 1 of {number}")
    for words in ("More Actions", "Send an Update", "Submit", "press **R**", "Europe/Berlin"):
        assert words.lower() in text.lower(), words
    assert "It hums" not in text
    await decide(asked, ANA, CANCEL)
    await asked.result()
    assert (await details(asked)).startswith("## DONE: nothing to do")
    assert "usr_ana" in await details(asked)


async def test_every_decision_is_a_numbered_button_and_what_is_impossible_is_none(
    house: House,
) -> None:
    hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 12))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await known_brief(house, asked)
    assert await buttons(asked) == [ASSIGN, WAIT, CANCEL, REFRESH, CLAIM, RELEASE]
    await house.propose(visit, hire(house, "refrigeration"), [between(14, 18)])
    asked = await open_question(house, ticket_id, "NO_COMMON_TIME")
    await known_brief(house, asked)
    assert await buttons(asked) == [ASSIGN, OFFER, WAIT, CANCEL, REFRESH, CLAIM, RELEASE]


async def test_the_facts_are_gathered_again_when_somebody_wants_to_know(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await known_brief(house, asked)
    late = hire(house, "refrigeration")
    await decide(asked, ANA, REFRESH)

    async def listed() -> Any:
        brief = (await known(asked)).brief
        return brief and bare(late) in {c.expert_id for c in brief.candidates}

    await house.soon(listed, "the new expert among the candidates")


async def test_nobody_decides_without_a_name(house: House) -> None:
    asked = await escalated(house, (await waiting(house, NOON))[0], "NO_PROPOSALS")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await asked.execute_update(CANCEL)
    assert refusal(refused.value) == "unsigned-decision"


@pytest.mark.parametrize("given", [0, 99, "many", {"n": -1}, [1, 2], True, 1.5, "9" * 400])
async def test_a_wrong_value_is_answered_with_what_to_type(house: House, given: Any) -> None:
    hire(house, "refrigeration")
    asked = await escalated(house, (await waiting(house, NOON))[0], "NO_PROPOSALS")
    await known_brief(house, asked)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await decide(asked, ANA, ASSIGN, given)
    assert refusal(refused.value) == "parameter-wrong"
    assert "Type the number of a candidate" in str(refused.value.cause)
    assert (await known(asked)).choice is None


@pytest.mark.parametrize("given", [2, "2", " 2 ", [2], {"hours": 2}])
async def test_a_value_is_read_however_it_is_typed(house: House, given: Any) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await known_brief(house, asked)
    await decide(asked, ANA, WAIT, given)
    assert (await asked.result())["action"] == "extend_wait"
    waits = await house.expect("helpdesk", "GET", f"/tickets/{ticket_id}")
    assert waits["status"] == "MATCHING"


async def test_who_waits_longer_is_asked_again_only_after_that(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await known_brief(house, asked)
    await decide(asked, ANA, WAIT)
    await asked.result()
    await rest(house, ticket_id)
    await house.later(ticket_id, timedelta(hours=23))
    await rest(house, ticket_id)
    assert [r["state"] for r in await shown(house, ticket_id)] == ["RESOLVED"]
    await house.later(ticket_id, timedelta(hours=2))
    await open_question(house, ticket_id, "NO_PROPOSALS")
    assert [r["state"] for r in await shown(house, ticket_id)] == ["RESOLVED", "OPEN"]


async def test_of_two_who_decide_at_once_one_counts(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await known_brief(house, asked)
    outcomes = await asyncio.gather(
        decide(asked, ANA, WAIT), decide(asked, BOB, CANCEL), return_exceptions=True
    )
    assert sum(isinstance(o, BaseException) for o in outcomes) == 1
    first = "usr_ana" if not isinstance(outcomes[0], BaseException) else "usr_bob"
    assert (await asked.result())["by"] == first


async def test_what_one_has_claimed_another_does_not_decide_but_a_manager_may(
    house: House,
) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await known_brief(house, asked)
    await decide(asked, ANA, CLAIM)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await decide(asked, BOB, CANCEL)
    assert refusal(refused.value) == "escalation-claimed"
    [row] = await house.soon(lambda: _claimed(house, ticket_id), "the claim")
    assert (row["state"], row["claimed_by"]) == ("CLAIMED", "usr_ana")
    await decide(asked, MIA, RELEASE)
    await decide(asked, BOB, CANCEL)
    assert (await asked.result())["by"] == "usr_bob"


async def test_a_match_that_comes_meanwhile_answers_the_question(house: House) -> None:
    ticket_id, visit = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await house.propose(visit, hire(house, "refrigeration"), [NOON])
    await house.until(ticket_id, "SCHEDULED")
    assert (await asked.result())["state"] == EscalationState.AUTO_RESOLVED
    assert "resolved itself" in await details(asked)


async def test_who_does_not_decide_is_followed_by_the_next_level(house: House) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    await known_brief(house, asked)
    for level, role, time in ((2, "manager", FIRST_STEP), (3, "admin", STEP)):
        await house.env.fast_forward(asked, time)
        await house.soon(lambda at=level: _at_level(house, ticket_id, at), f"level {level}")  # type: ignore[misc]
        assert role in await told(house, ticket_id, "escalation.stepped")
    await house.env.fast_forward(asked, timedelta(days=30))
    assert (await known(asked)).state.is_live


async def test_times_are_offered_to_the_customer_and_nobody_is_asked_while_they_think(
    house: House,
) -> None:
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, hire(house, "refrigeration"), [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    asked = await escalated(house, ticket_id, "NO_COMMON_TIME")
    brief = await known_brief(house, asked)
    assert len(brief.times) > 0
    await decide(asked, ANA, OFFER)
    assert (await asked.result())["action"] == "offer_slots"
    customer = (await rest(house, ticket_id))["customer_id"]
    assert await told(house, ticket_id, "slots.offered") == [customer]
    assert [r["state"] for r in await shown(house, ticket_id)] == ["RESOLVED"]


async def test_times_are_offered_without_anybody_being_asked_where_the_policy_says_so(
    house: House,
) -> None:
    async with policy(house, "auto_offer_slots", True, False):
        ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, hire(house, "refrigeration"), [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    customer = (await rest(house, ticket_id))["customer_id"]
    assert await told(house, ticket_id, "slots.offered") == [customer]
    assert await shown(house, ticket_id) == []
    await house.later(ticket_id, timedelta(hours=24, seconds=1))
    await open_question(house, ticket_id, "NO_COMMON_TIME")


@pytest.mark.parametrize("how", ["terminate", "cancel"])
async def test_an_escalation_that_somebody_ends_from_outside_is_raised_again(
    house: House, how: str
) -> None:
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    before = await known_brief(house, asked)
    ended = (await asked.describe()).run_id
    await getattr(asked, how)()
    asked = await house.soon(lambda: _running(house, asked, ended), "the escalation again")
    again = await known_brief(house, asked)
    assert again.headline == before.headline
    await decide(asked, ANA, CANCEL)
    await asked.result()
    await rest(house, ticket_id)
    assert [r["state"] for r in await shown(house, ticket_id)] == ["RESOLVED"]
    kinds = [e["type"] for e in await house.timeline(ticket_id)]
    assert kinds.count("escalation.raised_again") == 1


async def known_brief(house: House, asked: Any) -> Any:
    """The facts of an escalation as soon as they are gathered."""

    async def gathered() -> Any:
        return (await known(asked)).brief

    return await house.soon(gathered, "the facts")


async def _with(asked: Any, words: str) -> str:
    text = await details(asked)
    return text if words in text else ""


async def _claimed(house: House, ticket_id: str) -> list[Any]:
    return [r for r in await shown(house, ticket_id) if r["claimed_by"]]


async def _at_level(house: House, ticket_id: str, level: int) -> list[Any]:
    return [r for r in await shown(house, ticket_id) if r["level"] == level]


async def _running(house: House, asked: Any, ended: str | None) -> Any:
    """The escalation in a run of its own, after the one that was ended."""
    latest = house.env.client.get_workflow_handle(asked.id)
    described = await latest.describe()
    return latest if described.run_id != ended else None
