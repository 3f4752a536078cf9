"""What a person reads follows the ticket, and says who, what and until when."""

from typing import Any

from tests.house import House
from tests.workflows.company import add, after, bare, between, crew, hire, rest, stands, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    PENDING,
    Asked,
    decide,
    details,
    escalated,
    known,
    open_question,
)
from tests.workflows.escalation.questions import PLAN_PENDING, briefed, silent

BOILER = {"minutes": 60, "positions": [{"skill": "plumbing"}, {"skill": "gas-fitting"}]}
MASTER = {"minutes": 60, "positions": [{"skill": "gas-fitting", "min_level": 5}]}
"""Of whom there is none."""


async def listed(asked: Asked) -> set[str]:
    brief = (await known(asked)).brief
    return {f"expert:{c.expert_id}" for c in brief.candidates} if brief else set()


async def test_after_a_model_is_created_every_open_question_lists_who_has_its_skill(
    house: House,
) -> None:
    looker, cook = hire(house, "diagnostics"), hire(house, "cooking-electric")
    ticket_id, _ = await waiting(house, between(8, 20), model_id=None, model_text="Quux Frost 1000")
    model = await briefed(house, ticket_id, "MODEL_UNRESOLVED")
    nobody = await escalated(house, ticket_id, "NO_PROPOSALS")
    assert looker in await listed(nobody)
    await decide(model, ANA, "2_create_model", "oven")
    await model.result()

    async def follows() -> bool:
        who = await listed(nobody)
        return cook in who and looker not in who

    await house.soon(follows, "the facts to follow the ticket")
    assert "electric" in await details(nobody)


async def test_who_is_counted_on_for_the_other_position_is_no_candidate(house: House) -> None:
    both = hire(house, "plumbing", "gas-fitting")
    fitter = hire(house, "gas-fitting")
    ticket_id, _ = await waiting(house, between(8, 12))
    added = await house.expect(
        "helpdesk", "POST", f"/tickets/{ticket_id}/visits", {**BOILER, "slots": [between(14, 20)]}
    )
    await house.propose(added["visit_id"], both, [between(14, 20)])
    await stands(house, ticket_id, "PARTIAL", 1)
    await house.later(ticket_id, PENDING)
    asked = await open_question(house, ticket_id, "PARTIAL", 2)
    seen = await known(asked)
    who = await listed(asked)
    assert fitter in who
    assert both not in who
    assert seen.brief is not None
    assert "Still missing: gas fitting" in seen.brief.facts
    assert not any("1.1:" in fact or "gas-fitting" in fact for fact in seen.brief.facts)
    number = next(c.number for c in seen.brief.candidates if c.expert_id == bare(fitter))
    await decide(asked, ANA, "1_assign", number)
    await asked.result()
    visits = (await rest(house, ticket_id))["visits"]
    joint = next(v for v in visits if v["id"] == added["visit_id"])
    assert sorted(crew(joint)) == sorted([both, fitter])


async def test_a_silent_expert_has_a_number_in_the_temporal_ui_and_no_name(house: House) -> None:
    _, _, expert, asked = await silent(house)
    seen = await known(asked)
    assert seen.brief is not None
    [expected] = seen.brief.crew
    assert expected.expert_id == bare(expert)
    page = await details(asked)
    assert f"Expert no. {expected.expert_no} (refrigeration) has not answered" in page
    assert "Jo Doe" not in page


async def test_every_stretch_of_time_has_an_end(house: House) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    brief = (await known(asked)).brief
    assert brief is not None
    [slot] = [fact for fact in brief.facts if fact.startswith("The customer has time")]
    assert " to " in slot
    assert brief.people
    assert all(" to " in person for person in brief.people)


async def test_done_says_who_comes_and_when(house: House) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    brief = (await known(asked)).brief
    assert brief is not None
    chosen = brief.candidates[0]
    await decide(asked, ANA, "1_assign", chosen.number)
    await asked.result()
    page = await details(asked)
    assert f"Expert no&#46; {chosen.expert_no}" in page or f"Expert no. {chosen.expert_no}" in page
    assert " to " in page.partition("decided")[2]


async def test_facts_name_what_giving_up_would_end(house: House) -> None:
    ticket_id, _ = await waiting(house, between(8, 20))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    number = (await house.ticket(ticket_id))["number"]
    page: Any = await details(asked)
    assert f"It ends {number}, visit 1" in page.replace("&#45;", "-")
    await open_question(house, ticket_id, "NO_PROPOSALS")


async def test_where_there_is_nobody_to_send_it_says_so_and_why(house: House) -> None:
    ticket_id, _ = await waiting(house, between(8, 20))
    body = {**MASTER, "slots": [between(14, 20)]}
    await house.expect("helpdesk", "POST", f"/tickets/{ticket_id}/visits", body)
    await house.later(ticket_id, PENDING)
    asked = await briefed(house, ticket_id, "NO_PROPOSALS", 2)
    seen = await known(asked)
    assert seen.brief is not None
    assert not seen.brief.candidates
    [said] = [fact for fact in seen.brief.facts if fact.startswith("Nobody could be sent")]
    assert "nobody who may work in the zone berlin has gas fitting (level 5)" in said
    assert "Nobody could be sent" in await details(asked)
    assert "assign" not in seen.brief.possible


async def test_who_has_to_settle_who_pays_reads_what_payment_is_under_way(house: House) -> None:
    ticket_id, _ = await waiting(house, between(8, 20), who=PLAN_PENDING)
    asked = await briefed(house, ticket_id, "COVERAGE_UNKNOWN")
    brief = (await known(asked)).brief
    assert brief is not None
    assert any("its first payment is under way: once" in fact for fact in brief.facts)


async def test_of_visits_that_are_settled_together_each_is_named_and_what_binds_them(
    house: House,
) -> None:
    cooler, plumber = hire(house, "refrigeration"), hire(house, "plumbing")
    ticket_id, first = await waiting(house, between(8, 20))
    second = await add(house, ticket_id, "plumbing", **after(first))
    await house.propose(first, cooler, [between(14, 18)])
    await house.propose(second, plumber, [between(8, 10)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    asked = await escalated(house, ticket_id, "NO_COMMON_TIME")
    brief = (await known(asked)).brief
    assert brief is not None
    assert "visits 1 and 2 of T-" in brief.headline
    assert "Visit 2 begins 0 to 60 minutes after visit 1 ends" in brief.facts
    for seq, skill in ((1, "refrigeration"), (2, "plumbing")):
        assert any(f.startswith(f"Visit {seq} needs {skill} (level 1), ") for f in brief.facts)
        [offer] = [f for f in brief.facts if f" offers visit {seq} " in f]
        assert offer.startswith("Expert no. ")
        assert " to " in offer
    assert "begins 0 to 60 minutes after visit 1 ends" in await details(asked)
