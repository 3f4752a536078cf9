"""From the link in the message to DONE, for every kind of question."""

import time

from tests.browser.agent import DETAILS
from tests.browser.conftest import Arrive, Link
from tests.house import House
from tests.workflows.company import bare, between, crew, hire, rest, stands, told, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import escalated
from tests.workflows.escalation.questions import briefed, silent, undeliverable

NOON = between(8, 20)
MOST_CLICKS = 8
PERSONAL = ("Friederike", "Albrecht", "Oranien", "+49", "@example", "It hums", "Jo Doe")


async def test_an_agent_sends_an_expert_within_eight_clicks(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    ana, address = await arrive(), await link(asked)
    began = time.perf_counter()
    await ana.open(address, "usr_ana")
    text = await ana.reads("No experts have proposed themselves")
    assert "Helpdesk, please decide by" in text
    took_to_read = time.perf_counter() - began
    await ana.decides("1_assign")
    took = time.perf_counter() - began
    print(f"{ana.clicks} clicks and R; page after {took_to_read:.1f} s, DONE after {took:.1f} s")
    assert ana.clicks < MOST_CLICKS, "R is one more"
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert crew(seen) == [expert]


async def test_the_page_and_the_buttons_are_understood_by_who_never_saw_temporal(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    ana = await arrive(1280, 1300)
    await ana.open(await link(asked), "usr_ana")
    await ana.reads("No experts have proposed themselves")
    assert "Send an Update" in await ana.reads("More Actions", DETAILS)
    await ana.picture("escalation")
    *numbered, last = await ana.asks_what_to_decide()
    assert numbered == sorted(numbered)
    assert all(name[0].isdecimal() for name in numbered)
    for name, words in zip(numbered, await ana.reads_below_names(), strict=False):
        assert words, f"nothing says what {name} is"
    assert last == "Custom"
    await ana.picture("decisions")
    await ana.page.reload()
    for tab in ("timeline", "history", "user-metadata", "search-attributes", "memo"):
        await ana.click(ana.page.locator(f"[data-testid={tab}-tab]:visible"))
        await ana.page.wait_for_timeout(700)
        shown = await ana.everything()
        assert "Escalation" in shown
        assert [word for word in PERSONAL if word in shown] == []
        await ana.picture(f"tab-{tab}")


async def test_times_are_offered_to_the_customer(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    ticket_id, visit = await waiting(house, between(8, 12))
    await house.propose(visit, hire(house, "refrigeration"), [between(14, 18)])
    await stands(house, ticket_id, "NO_COMMON_TIME")
    asked = await escalated(house, ticket_id, "NO_COMMON_TIME")
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    await ana.reads("not when the customer has time")
    await ana.decides("2_offer_slots")
    customer = (await rest(house, ticket_id))["customer_id"]
    assert await told(house, ticket_id, "slots.offered") == [customer]


async def test_a_model_is_linked_by_the_number_of_its_line(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    ticket_id = await house.file(model_id=None, model_text="Bosch KGN 39 VLEB")
    asked = await briefed(house, ticket_id, "MODEL_UNRESOLVED")
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    assert "1. Bosch KGN39VLEB" in await ana.reads("which model is it?")
    await ana.picture("model")
    await ana.decides("1_link_model", "1")
    assert (await rest(house, ticket_id))["model_id"] == "mod_bosch-kgn39vleb"


async def test_a_silent_expert_is_reminded(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    ticket_id, _, expert, asked = await silent(house)
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    await ana.reads("has not acknowledged it")
    await ana.decides("1_remind")
    await rest(house, ticket_id)
    assert await told(house, ticket_id, "assignment.reminder") == [bare(expert)]


async def test_a_message_that_reaches_nobody_is_told_in_person(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    _, asked = await undeliverable(house)
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    assert "that we have their ticket" in await ana.reads("could not be delivered")
    await ana.decides("1_told")
    assert (await asked.result())["by"] == "usr_ana"
