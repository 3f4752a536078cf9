"""Every other reason for asking a person, and what becomes of each decision."""

import uuid
from datetime import timedelta
from typing import Any

from tests.house import House
from tests.workflows.company import bare, between, crew, hire, rest, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, details, known, open_question, shown
from tests.workflows.escalation.questions import FILE, PLAN_PENDING, briefed, silent, uncovered

PAID, WAIVE, REQUEST, CANCEL = (
    "1_mark_paid",
    "2_waive",
    "3_request_payment",
    "4_cancel",
)
LINK = "1_link_model"
CREATE = "2_create_model"
WITHOUT = "3_go_on_without"
LOOK = "1_look_again"
REMIND = "1_remind"
REPLACE = "2_replace"
RESCHEDULE = "3_reschedule"


async def test_a_ticket_that_no_plan_pays_asks_at_once_and_no_expert_hears_of_it(
    house: House,
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, asked = await uncovered(house)
    assert bare(expert) not in await told(house, ticket_id, "visit.open")
    await decide(asked, ANA, PAID)
    await house.until(ticket_id, "MATCHING")
    assert (await rest(house, ticket_id))["coverage"] == "COVERED"
    assert bare(expert) in await told(house, ticket_id, "visit.open")
    assert (await asked.result())["by"] == "usr_ana"


async def test_a_waived_charge_lets_the_ticket_go_on(house: House) -> None:
    ticket_id, asked = await uncovered(house)
    await decide(asked, ANA, WAIVE)
    assert (await house.until(ticket_id, "MATCHING"))["coverage"] == "WAIVED"


async def test_a_customer_who_is_asked_to_pay_is_given_a_week(house: House) -> None:
    ticket_id, asked = await uncovered(house)
    await decide(asked, ANA, REQUEST)
    await asked.result()
    seen = await rest(house, ticket_id)
    assert seen["status"] == "REVIEW"
    assert await told(house, ticket_id, "payment.requested") == [seen["customer_id"]]
    await house.later(ticket_id, timedelta(days=7, seconds=1))
    await open_question(house, ticket_id, "NOT_COVERED")


async def test_a_ticket_given_up_in_review_tells_its_customer(house: House) -> None:
    ticket_id, asked = await uncovered(house)
    await decide(asked, ANA, CANCEL)
    seen = await house.until(ticket_id, "CANCELLED")
    assert await told(house, ticket_id, "ticket.cancelled") == [seen["customer_id"]]
    assert (await asked.result())["action"] == "cancel"


async def test_who_pays_is_asked_while_experts_propose_and_nobody_is_booked(
    house: House,
) -> None:
    ticket_id, visit = await waiting(house, between(8, 20), who=PLAN_PENDING)
    asked = await briefed(house, ticket_id, "COVERAGE_UNKNOWN")
    expert = hire(house, "refrigeration", zone="london", home=(51.47, -0.06))
    await house.propose(visit, expert, [between(8, 20)])
    assert (await rest(house, ticket_id))["visits"][0]["match_state"] == "FULL_HELD"
    await decide(asked, ANA, PAID)
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [expert]


async def test_a_payment_settles_the_question_by_itself(house: House) -> None:
    ticket_id, asked = await uncovered(house)
    await house.expect(
        "helpdesk", "POST", f"/tickets/{ticket_id}/coverage", {"coverage": "COVERED"}
    )
    assert (await asked.result())["state"] == "AUTO_RESOLVED"


async def test_a_model_the_catalogue_has_under_another_name_is_linked(house: House) -> None:
    ticket_id = await house.file(model_id=None, model_text="Bosch KGN 39 VLEB")
    asked = await briefed(house, ticket_id, "MODEL_UNRESOLVED")
    assert "KGN39VLEB" in await details(asked)
    await decide(asked, ANA, LINK)
    await asked.result()
    seen = await rest(house, ticket_id)
    assert (seen["model_id"], seen["category"]) == ("mod_bosch-kgn39vleb", "refrigerator")
    assert seen["attention"] == []
    assert [p["skill"] for p in seen["visits"][0]["positions"]] == ["refrigeration"]


async def test_a_model_that_nobody_knew_is_created_as_the_customer_wrote_it(
    house: House,
) -> None:
    words = f"Quux Frost {uuid.uuid4().hex[:6]}"
    ticket_id = await house.file(model_id=None, model_text=words)
    asked = await briefed(house, ticket_id, "MODEL_UNRESOLVED")
    await decide(asked, ANA, CREATE, "refrigerator")
    await asked.result()
    assert (await rest(house, ticket_id))["category"] == "refrigerator"
    await house.services.reference.refresh()
    found = await house.expect("customer", "GET", f"/models?q={words.rpartition(' ')[2]}")
    assert [m["brand"] for m in found["items"]] == ["Quux"]


async def test_a_category_that_is_none_is_refused_and_the_question_stays_open(
    house: House,
) -> None:
    ticket_id = await house.file(model_id=None, model_text="Quux Frost 9")
    asked = await briefed(house, ticket_id, "MODEL_UNRESOLVED")
    await decide(asked, ANA, CREATE, "spaceship")

    async def refused() -> Any:
        return (await known(asked)).refusal

    assert "no such category" in await house.soon(refused, "the refusal")
    assert "could not be carried out" in await details(asked)
    await decide(asked, ANA, WITHOUT)
    assert (await asked.result())["action"] == "go_on_without"
    assert "model_unresolved" not in (await rest(house, ticket_id))["attention"]


async def test_a_description_without_a_model_asks_nobody(house: House) -> None:
    ticket_id = await house.file(model_id=None)
    await house.until(ticket_id, "MATCHING")
    await rest(house, ticket_id)
    assert await shown(house, ticket_id) == []


async def test_a_customer_whom_nobody_knows_is_written_down_and_looked_up_again(
    house: House,
) -> None:
    customer = f"cus_{uuid.uuid4()}"
    ticket_id = await house.file("helpdesk", channel="phone", on_behalf_of=customer)
    await house.until(ticket_id, "REVIEW")
    asked = await briefed(house, ticket_id, "DATA_MISSING")
    await house.expect("helpdesk", "PUT", f"/customers/{customer}", FILE)
    await decide(asked, ANA, LOOK)
    await asked.result()
    assert (await rest(house, ticket_id))["zone"] == "berlin"
    asked = await briefed(house, ticket_id, "NOT_COVERED")
    expert = hire(house, "refrigeration")
    await decide(asked, ANA, WAIVE)
    visit = (await house.until(ticket_id, "MATCHING"))["visits"][0]
    await house.propose(visit["id"], expert)
    await house.until(ticket_id, "SCHEDULED")


async def test_an_expert_who_is_silent_is_reminded_by_another_channel(house: House) -> None:
    ticket_id, visit, expert, asked = await silent(house)
    await decide(asked, ANA, REMIND)
    await asked.result()
    assert await told(house, ticket_id, "assignment.reminder") == [bare(expert)]
    await house.report(visit, "acknowledged", expert)
    await house.later(ticket_id, timedelta(hours=3))
    await rest(house, ticket_id)
    assert [r["state"] for r in await shown(house, ticket_id)] == ["RESOLVED"]


async def test_an_expert_who_answers_at_last_settles_the_question(house: House) -> None:
    _, visit, expert, asked = await silent(house)
    await house.report(visit, "acknowledged", expert)
    assert (await asked.result())["state"] == "AUTO_RESOLVED"


async def test_a_silent_expert_is_replaced_and_the_new_one_is_told_first(house: House) -> None:
    ticket_id, _, old, asked = await silent(house)
    new = hire(house, "refrigeration")
    # Fresh facts are gathered for whoever is asked next.
    await house.env.fast_forward(asked, timedelta(hours=9))
    number = await house.soon(lambda: _number_of(asked, new), "the candidate")
    await decide(asked, ANA, REPLACE, number)
    assert (await asked.result())["action"] == "replace"
    seen = (await rest(house, ticket_id))["visits"][0]
    assert crew(seen) == [new]
    assert [a["source"] for a in seen["assignments"] if a["expert_id"] == bare(new)] == [
        "REPLACEMENT"
    ]
    happened = [(e["type"], e["data"].get("expert_id")) for e in await house.timeline(ticket_id)]
    assert happened.index(("expert.assigned", bare(new))) < happened.index(
        ("assignment.released", bare(old))
    )
    assert bare(new) in await told(house, ticket_id, "expert.assigned")
    assert bare(old) in await told(house, ticket_id, "assignment.cancelled")


async def test_a_visit_nobody_comes_to_is_matched_anew_without_who_did_not_come(
    house: House,
) -> None:
    ticket_id, visit, old, asked = await silent(house)
    other = hire(house, "refrigeration")
    await decide(asked, ANA, RESCHEDULE)
    await asked.result()
    assert (await rest(house, ticket_id))["status"] == "MATCHING"
    await house.propose(visit, other, [between(8, 20)])
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [other]
    assert bare(old) in await told(house, ticket_id, "assignment.cancelled")


async def test_a_visit_that_nobody_has_reached_in_time_is_asked_about(house: House) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await waiting(house, between(8, 20, 2))
    await house.propose(visit, expert, [between(8, 20, 2)])
    await house.until(ticket_id, "SCHEDULED")
    await house.report(visit, "acknowledged", expert)
    await house.later(ticket_id, timedelta(days=3))
    asked = await briefed(house, ticket_id, "LATE_START", 1)
    await house.report(visit, "on_site", expert)
    assert (await asked.result())["state"] == "AUTO_RESOLVED"


async def _number_of(asked: Any, expert: str) -> int | None:
    brief = (await known(asked)).brief
    found = [c.number for c in brief.candidates if c.expert_id == bare(expert)] if brief else []
    return found[0] if found else None
