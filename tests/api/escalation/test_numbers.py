"""Who could come is known by a number and an id that stay theirs, whoever comes and goes."""

from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.brief import Candidate
from tests.house import House
from tests.refusals import refused
from tests.workflows.company import bare, between, crew, dismiss, hire, rest, stands, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    Asked,
    decide,
    escalated,
    known,
    open_question,
    raised_again,
    refusal,
    shown,
    written_of,
)

DAY = between(8, 20)
REFRESH, ASSIGN = "7_refresh", "1_assign"
NAME = "Jo Doe"
"""Of everybody whom a test hires."""


async def asked_about(house: House) -> tuple[str, Asked, Any]:
    """A ticket, what is asked about it, and that as the API shows it."""
    ticket_id, _ = await waiting(house, DAY)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    [row] = await shown(house, ticket_id)
    return ticket_id, asked, await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")


async def listed(asked: Asked) -> dict[str, Candidate]:
    """Who could come, as the escalation knows it at this moment."""
    brief = (await known(asked)).brief
    return {c.expert_id: c for c in brief.candidates} if brief else {}


async def gathered_again(
    house: House, asked: Asked, *, without: str = "", with_: str = ""
) -> dict[str, Candidate]:
    """Who could come, once somebody had it looked up again and it shows."""
    await decide(asked, ANA, REFRESH)

    async def shows() -> Any:
        found = await listed(asked)
        return found if bare_or(without) not in found and bare_or(with_) in {"", *found} else None

    found: dict[str, Candidate] = await house.soon(shows, "the facts again")
    return found


def bare_or(expert: str) -> str:
    return bare(expert) if expert else ""


def resolved_by(candidate: Any) -> dict[str, Any]:
    """The body that sends a candidate."""
    return {"action": "assign", "params": {"candidate_id": candidate["id"]}}


async def test_a_candidate_is_sent_by_id(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, _, seen = await asked_about(house)
    mine = next(c for c in seen["candidates"] if c["expert_id"] == bare(expert))
    path = f"/escalations/{seen['id']}/resolve"
    await house.expect("helpdesk", "POST", path, resolved_by(mine))
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [expert]


async def test_whoever_comes_later_takes_nobodys_number(house: House) -> None:
    first = hire(house, "refrigeration")
    _, asked, seen = await asked_about(house)
    numbers = {c["expert_id"]: c["number"] for c in seen["candidates"]}
    second = hire(house, "refrigeration")
    found = await gathered_again(house, asked, with_=second)
    assert {e: c.number for e, c in found.items() if e in numbers} == numbers
    assert found[bare(second)].number == max(numbers.values()) + 1
    assert bare(first) in numbers


async def test_a_number_that_is_gone_is_refused_by_name_and_is_nobody_elses(
    house: House,
) -> None:
    gone, other = hire(house, "refrigeration"), hire(house, "refrigeration")
    ticket_id, asked, seen = await asked_about(house)
    theirs = next(c for c in seen["candidates"] if c["expert_id"] == bare(gone))
    dismiss(house, gone)
    found = await gathered_again(house, asked, without=gone)
    assert theirs["number"] not in {c.number for c in found.values()}
    path = f"/escalations/{seen['id']}/resolve"
    for params in ({"candidate": theirs["number"]}, {"candidate_id": theirs["id"]}):
        answer = await house.ask("helpdesk", "POST", path, {"action": "assign", "params": params})
        problem = refused(answer, 409, "candidate-gone", "/params")
        said = f"{theirs['number']} was {NAME}, who is no longer free."
        assert (problem["detail"], problem["evidence"]) == (
            said,
            {"number": theirs["number"], "expert_id": bare(gone)},
        )
    left = found[bare(other)]
    await house.expect("helpdesk", "POST", path, {"action": "assign", "params": left.number})
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [other]


async def test_temporal_is_told_nobodys_name_when_a_number_is_gone(house: House) -> None:
    gone = hire(house, "refrigeration")
    _, asked, seen = await asked_about(house)
    number = next(c["number"] for c in seen["candidates"] if c["expert_id"] == bare(gone))
    dismiss(house, gone)
    await gathered_again(house, asked, without=gone)
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await decide(asked, ANA, ASSIGN, number)
    assert refusal(failed.value) == "candidate-gone"
    assert f"{number} was expert no. " in str(failed.value.cause)
    assert NAME not in str(failed.value.cause)
    assert NAME not in await written_of(asked)


async def test_an_id_that_was_never_listed_is_answered_with_what_to_type(house: House) -> None:
    _, _, seen = await asked_about(house)
    for stranger in ("cnd_00000000-0000-7000-8000-000000000000", "mod_a", "exp_1"):
        body = {"action": "assign", "params": {"candidate_id": stranger}}
        answer = await house.ask("helpdesk", "POST", f"/escalations/{seen['id']}/resolve", body)
        refused(answer, 422, "parameter-wrong", "/params")


async def test_a_model_is_linked_by_the_id_of_its_line(house: House) -> None:
    ticket_id = await house.file(model_id=None, model_text="Bosch KGN 39 VLEB")
    await open_question(house, ticket_id, "MODEL_UNRESOLVED")
    [row] = await shown(house, ticket_id)
    seen = await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")
    assert [f"{line['number']}. {line['line']}" for line in seen["lines"]] == seen["options"]
    line = next(line for line in seen["lines"] if "KGN39VLEB" in line["line"])
    body = {"action": "link_model", "params": {"option_id": line["id"]}}
    await house.expect("helpdesk", "POST", f"/escalations/{row['id']}/resolve", body)
    assert (await rest(house, ticket_id))["model_id"] == "mod_bosch-kgn39vleb"


async def test_times_that_could_be_offered_have_numbers_and_ids_of_their_own(
    house: House,
) -> None:
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, hire(house, "refrigeration"), [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    await escalated(house, ticket_id, "NO_COMMON_TIME")
    [row] = await shown(house, ticket_id)
    seen = await house.expect("helpdesk", "GET", f"/escalations/{row['id']}")
    slots = seen["suggested_slots"]
    assert [slot["number"] for slot in slots] == list(range(1, len(slots) + 1))
    assert len({slot["id"] for slot in slots}) == len(slots) > 0


async def test_facts_that_were_gathered_again_are_shown_by_the_api_and_outlive_a_loss(
    house: House,
) -> None:
    first = hire(house, "refrigeration")
    _, asked, seen = await asked_about(house)
    second = hire(house, "refrigeration")
    found = await gathered_again(house, asked, with_=second)
    number = found[bare(second)].number
    fresh = await house.expect("helpdesk", "GET", f"/escalations/{seen['id']}")
    assert number in {c["number"] for c in fresh["candidates"]}
    dismiss(house, second)
    ended = (await asked.describe()).run_id
    await asked.terminate("an accident")
    await raised_again(house, asked, ended)
    third = hire(house, "refrigeration")
    found = await gathered_again(house, asked, with_=third)
    assert found[bare(third)].number > number
    assert bare(first) in found
