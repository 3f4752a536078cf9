"""What goes wrong, and what the person at the page is told of it."""

from playwright.async_api import expect

from tests.browser.conftest import Arrive, Link
from tests.house import House
from tests.workflows.company import between, hire, rest, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, escalated, known, shown
from tests.workflows.escalation.test_escalation_reasons import uncovered

NOON = between(8, 20)
CLAIM = "8_claim"


async def test_a_wrong_value_is_answered_in_one_sentence_and_can_be_put_right(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    await ana.reads("Candidates")
    await ana.choose("1_assign")
    for wrong in ("99", '"many"'):
        await ana.type(wrong)
        await ana.submit()
        told = await ana.is_told()
        assert told.startswith("Type the number of a candidate, from 1 to ")
        assert told.count("\n") == 0
        assert not any(trace in told for trace in ("Traceback", ".py", "/", "Error"))
    await ana.picture("wrong-value")
    await ana.type("1")
    await ana.submit()
    await ana.sees_done()
    await house.until(ticket_id, "SCHEDULED")


async def test_of_two_agents_the_second_is_told_that_it_is_decided(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    ticket_id, asked = await uncovered(house)
    ana, ben, address = await arrive(), await arrive(), await link(asked)
    await ana.open(address, "usr_ana")
    await ben.open(address, "usr_ben")
    for person in (ana, ben):
        await person.reads("No plan of the customer covers")
    await ana.choose("2_waive")
    await ben.choose("4_cancel")
    await ana.submit()
    await ana.sees_done()
    await ben.submit()
    assert "already" in await ben.is_told()
    await ben.picture("second-agent")
    await ben.cancel()
    assert "usr_ana decided Waive the charge" in await ben.sees_done()
    assert (await rest(house, ticket_id))["status"] == "MATCHING"


async def test_a_decision_that_the_world_has_overtaken_is_refused(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    ticket_id, visit = await waiting(house, NOON)
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    await ana.reads("No experts have proposed themselves")
    await ana.choose("4_cancel")
    await house.propose(visit, hire(house, "refrigeration"), [NOON])
    await house.until(ticket_id, "SCHEDULED")
    await asked.result()
    await ana.submit()
    assert "already" in await ana.is_told()
    await ana.cancel()
    assert "It resolved itself" in await ana.sees_done()
    assert (await rest(house, ticket_id))["status"] == "SCHEDULED"


async def test_who_decides_what_another_has_claimed_is_told_whom_to_ask(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    _, asked = await uncovered(house)
    await decide(asked, ANA, CLAIM)
    ben = await arrive()
    await ben.open(await link(asked), "usr_ben")
    await ben.reads("Claimed by usr_ana")
    await ben.choose("2_waive")
    await ben.submit()
    assert "usr_ana has claimed it" in await ben.is_told()
    assert (await known(asked)).choice is None


async def test_while_nobody_works_nobody_is_told_that_it_was_done(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    ticket_id, asked = await uncovered(house)
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    await ana.reads("No plan of the customer covers")
    await ana.choose("2_waive")
    assert house.shift
    async with house.shift.over():
        await ana.submit()
        told = await ana.is_told()
        assert "Nobody has said yet whether this decision counts" in told
        await ana.picture("nobody-works")
        assert [row["state"] for row in await shown(house, ticket_id)] == ["OPEN"]
    await ana.cancel()
    await ana.page.reload()
    # What was sent is carried out as soon as somebody works again.
    assert "usr_ana decided Waive the charge" in await ana.sees_done()
    assert (await house.until(ticket_id, "MATCHING"))["coverage"] == "WAIVED"


async def test_the_helpdesk_ends_no_workflow(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    _, asked = await uncovered(house)
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    await ana.reads("No plan of the customer covers")
    await ana.menu()
    for name in ("terminate", "reset", "signal", "start-workflow"):
        button = ana.page.locator(f"[data-testid={name}-button]:visible")
        for one in await button.all():
            await expect(one).to_have_attribute("aria-disabled", "true")
    await expect(ana.page.get_by_role("button", name="Pause Workflow")).to_be_disabled()
    await ana.click(ana.page.locator("[data-testid=request-cancellation-button]:visible"))
    # The UI forgets to grey this one out, but opens no box for it.
    await ana.page.wait_for_timeout(500)
    await expect(ana.page.locator("[data-testid=confirm-modal-button]:visible")).to_have_count(0)
    assert (await known(asked)).state.is_live


async def test_an_admin_may_end_one(house: House, desk: str, arrive: Arrive, link: Link) -> None:
    _, asked = await uncovered(house)
    adam = await arrive()
    await adam.open(await link(asked), "usr_adam")
    await adam.reads("No plan of the customer covers")
    await adam.menu()
    button = adam.page.locator("[data-testid=terminate-button]:visible")
    await expect(button).to_have_attribute("aria-disabled", "false")
