"""Our own pages in a browser, the whole way on a phone, and who is let in at all."""

import asyncio
import re
import uuid
from collections.abc import Mapping
from pathlib import Path

from playwright.async_api import Locator, expect

from models.catalogue.catalogue import FIRST_CUSTOMER_ID
from tests.browser.agent import CURRENT, Agent
from tests.browser.conftest import Arrive, Link
from tests.house import House
from tests.workflows.company import bare, between, crew, dismiss, hire, rest, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import ANA, decide, escalated, known, shown
from tests.workflows.escalation.questions import (
    PLAN_PENDING,
    WITHOUT_PLAN,
    briefed,
    silent,
    uncovered,
)
from tests.workflows.escalation.test_escalation_reasons import CREATE

HOSTILE = (
    "<script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'> "
    "<a href='http://evil.example'>log in again</a> [click](http://evil.example) "
    "**bold** # heading {{ 7 * 7 }} &lt;b&gt;"
)
# What the catalogue takes: HTML and brackets it does not.
HOSTILE_MODEL = "Evil **Frost** http://evil.example _9_"
PHONE = (390, 844)


async def test_words_of_a_customer_are_shown_as_they_are_and_do_nothing(
    house: House, desk: str, arrive: Arrive
) -> None:
    ticket_id = await house.file(WITHOUT_PLAN, description=HOSTILE)
    asked = await briefed(house, ticket_id, "NOT_COVERED")
    ana = await arrive()
    await ana.open(f"{desk}/desk/escalations/{(await known(asked)).id}", "usr_ana")
    words = ana.page.locator("blockquote")
    assert (await words.inner_text()).strip() == HOSTILE
    assert await words.locator("*").count() == 0
    assert await ana.page.evaluate("window.pwned") is None


async def test_a_model_named_by_a_customer_is_text_in_the_temporal_ui(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    first = await house.file(model_id=None, model_text=HOSTILE_MODEL)
    asked = await briefed(house, first, "MODEL_UNRESOLVED")
    await decide(asked, ANA, CREATE, "refrigerator")
    async with asyncio.timeout(15):
        await asked.result()
    second = await house.file(model_id=None, model_text=f"{HOSTILE_MODEL}0")
    asked = await briefed(house, second, "MODEL_UNRESOLVED")
    ana = await arrive()
    await ana.open(await link(asked), "usr_ana")
    assert HOSTILE_MODEL in await ana.reads("which model is it?")
    frame = ana.page.frame_locator(CURRENT)
    assert await frame.locator("b, strong, em", has_text=re.compile("Frost|9")).count() == 0
    assert await frame.locator("a[href*=evil]").count() == 0


async def test_our_page_has_the_same_decisions_as_buttons(
    house: House, desk: str, arrive: Arrive
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20), description="It hums & drips.")
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    ana = await arrive(1280, 900)
    await ana.open(f"{desk}/desk/escalations/{(await known(asked)).id}", "usr_ana")
    page = ana.page
    await expect(page.get_by_role("heading", level=1)).to_contain_text("No experts have proposed")
    await expect(page.get_by_text("It hums & drips.")).to_be_visible()
    await expect(page.get_by_text("Friederike Albrecht")).to_be_visible()
    await ana.picture("own-page", whole=True)
    await ana.click(page.get_by_role("button", name="Claim it"))
    await expect(page.get_by_text("Claimed by you")).to_be_visible()
    assign = page.locator("form", has=page.get_by_role("button", name="Assign a candidate"))
    await assign.get_by_label("Note").fill("Jo was free.")
    await ana.click(assign.get_by_role("button"))
    await expect(page.get_by_role("heading", level=1)).to_contain_text("DONE")
    await ana.picture("own-page-done")
    assert crew((await house.until(ticket_id, "SCHEDULED"))["visits"][0]) == [expert]
    [row] = await shown(house, ticket_id)
    assert (row["decided_by"], row["action"]) == ("usr_ana", "assign")


async def test_a_decision_on_our_page_that_cannot_be_carried_out_says_why_and_keeps_the_note(
    house: House, desk: str, arrive: Arrive
) -> None:
    customer = f"cus_{uuid.uuid4()}"
    ticket_id = await house.file("helpdesk", channel="phone", on_behalf_of=customer)
    asked = await briefed(house, ticket_id, "DATA_MISSING")
    ana = await arrive()
    await ana.open(f"{desk}/desk/escalations/{(await known(asked)).id}", "usr_ana")
    look = ana.page.locator("form", has=ana.page.get_by_role("button", name="Look again"))
    await look.get_by_label("Note").fill("They have moved.")
    await ana.click(look.get_by_role("button"))
    told = ana.page.get_by_role("alert")
    await expect(told.first).to_contain_text("There is still no file")
    await expect(look.get_by_label("Note")).to_have_value("They have moved.")
    await ana.picture("own-page-refused", whole=True)


KIM = {
    "Name": "Kim Doe",
    "Street and number": "Feldweg 4",
    "City": "Berlin",
    "Country": "DE",
    "Telephone": "+4930901820002",
    "E-mail": "kim@example.org",
}
POSTCODE = "Postcode, where the country has them (optional)"


async def filled_in(
    house: House, desk: str, arrive: Arrive, labels: Mapping[str, str]
) -> tuple[Agent, Locator, str]:
    """Somebody before the form for a customer's file that is missing, filled in; its ticket."""
    customer = f"cus_{uuid.uuid4()}"
    ticket_id = await house.file("helpdesk", channel="phone", on_behalf_of=customer)
    asked = await briefed(house, ticket_id, "DATA_MISSING")
    ana = await arrive()
    await ana.open(f"{desk}/desk/escalations/{(await known(asked)).id}", "usr_ana")
    form = ana.page.locator("form", has=ana.page.get_by_role("button", name="Save and let"))
    for label, value in labels.items():
        await form.get_by_label(label, exact=True).fill(value)
    await form.get_by_label("Zone").select_option("berlin")
    return ana, form, ticket_id


async def test_a_file_is_written_and_a_ticket_given_up_by_who_was_asked_twice(
    house: House, desk: str, arrive: Arrive
) -> None:
    ana, form, ticket_id = await filled_in(house, desk, arrive, {**KIM, POSTCODE: "10999"})
    await ana.picture("own-page-file", whole=True)
    await ana.click(form.get_by_role("button"))
    await expect(ana.page.get_by_role("heading", level=1)).to_contain_text("DONE")
    await house.until(ticket_id, "REVIEW")
    review = await briefed(house, ticket_id, "NOT_COVERED")
    await ana.open(f"{desk}/desk/escalations/{(await known(review)).id}")
    await ana.click(ana.page.get_by_role("button", name="Cancel the ticket"))
    await expect(ana.page.get_by_role("heading", level=1)).to_contain_text("Cancel the ticket?")
    await ana.picture("own-page-confirm", whole=True)
    await ana.click(ana.page.get_by_role("button", name="Yes: cancel the ticket"))
    await expect(ana.page.get_by_role("heading", level=1)).to_contain_text("DONE")
    await house.until(ticket_id, "CANCELLED")


async def test_after_a_refused_form_the_keyboard_is_at_what_is_wrong(
    house: House, desk: str, arrive: Arrive
) -> None:
    ana, form, _ = await filled_in(house, desk, arrive, KIM)
    await ana.click(form.get_by_role("button"))
    summary = ana.page.get_by_role("alert")
    await expect(summary).to_contain_text("Addresses there have a postcode")
    await expect(summary).to_be_focused()
    await ana.page.keyboard.press("Tab")
    await ana.page.keyboard.press("Enter")
    await expect(form.get_by_label("Postcode")).to_be_focused()
    await expect(form.get_by_label("Postcode")).to_have_attribute("aria-invalid", "true")


async def test_what_another_has_claimed_is_shown_with_who_has_it(
    house: House, desk: str, arrive: Arrive
) -> None:
    _, _, _, asked = await silent(house)
    await decide(asked, ANA, "8_claim")
    ben = await arrive()
    await ben.open(f"{desk}/desk/escalations/{(await known(asked)).id}", "usr_ben")
    await expect(ben.page.get_by_text("Claimed by usr_ana since")).to_be_visible()
    await expect(ben.page.get_by_role("button", name="Remind the expert")).to_have_count(0)
    await expect(ben.page.get_by_text("has not answered").first).to_be_visible()
    await ben.picture("own-page-claimed", whole=True)


async def test_who_chooses_somebody_who_is_gone_reads_their_name(
    house: House, desk: str, arrive: Arrive
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    ana = await arrive()
    await ana.open(f"{desk}/desk/escalations/{(await known(asked)).id}", "usr_ana")
    candidates = ana.page.get_by_label("Candidate")
    theirs = candidates.locator("option", has_text="Jo Doe").first
    await candidates.select_option(await theirs.get_attribute("value"))
    dismiss(house, expert)
    await decide(asked, ANA, "7_refresh")

    async def gone() -> bool:
        brief = (await known(asked)).brief
        return brief is not None and bare(expert) not in {c.expert_id for c in brief.candidates}

    await house.soon(gone, "the facts again")
    await ana.click(ana.page.get_by_role("button", name="Assign a candidate"))
    await expect(ana.page.get_by_role("alert")).to_contain_text("was Jo Doe, who is no longer free")
    assert (await house.ticket(ticket_id))["status"] == "MATCHING"


async def test_the_list_of_what_waits_shows_one_zone(
    house: House, desk: str, arrive: Arrive
) -> None:
    here, _ = await uncovered(house)
    there, _ = await waiting(house, between(8, 20), who=PLAN_PENDING)
    await briefed(house, there, "COVERAGE_UNKNOWN")
    berlin, london = [await house.ticket(one) for one in (here, there)]
    assert berlin["zone"] != london["zone"]
    ana = await arrive()
    await ana.open(f"{desk}/desk/escalations", "usr_ana")
    await ana.page.get_by_label("Zone").select_option(london["zone"])
    await ana.click(ana.page.get_by_role("button", name="Show"))
    waits = ana.page.locator("ol.waiting")
    await expect(waits).to_contain_text(london["number"])
    zones = await waits.locator("small").all_inner_texts()
    assert [text for text in zones if f"zone {london['zone']}" not in text] == []
    await ana.picture("own-list")


async def test_the_whole_way_fits_a_phone(house: House, desk: str, arrive: Arrive) -> None:
    ticket_id, asked = await uncovered(house)
    ana = await arrive(*PHONE)
    page = ana.page
    await ana.open(f"{desk}/desk", "usr_ana")
    await fits(ana, "phone-start")
    await ana.click(page.get_by_role("link", name="Escalations that wait"))
    await fits(ana, "phone-list")
    await page.go_back()
    await ana.click(page.get_by_role("link", name="All open escalations"))
    row = page.get_by_role("link", name=asked.id).locator("visible=true")
    await expect(row.first).to_be_visible(timeout=10_000)
    await ana.picture("phone-ui-list")
    await ana.click(row.first)
    await ana.click(page.locator("[data-testid=user-metadata-tab]:visible"))
    await ana.reads("No plan of the customer covers")
    await ana.picture("phone-details")
    await ana.choose("2_waive")
    await ana.picture("phone-dialog")
    await ana.submit()
    await expect(ana.dialog).to_have_count(0, timeout=10_000)
    await page.reload()
    await ana.reads("DONE")
    assert (await rest(house, ticket_id))["coverage"] == "WAIVED"
    await ana.open(f"{desk}/desk/escalations/{(await shown(house, ticket_id))[0]['id']}")
    await fits(ana, "phone-own-page")


async def test_who_has_logged_out_logs_in_anew(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    _, asked = await uncovered(house)
    ana = await arrive()
    await ana.open(f"{desk}/desk", "usr_ana")
    await ana.click(ana.page.get_by_role("button", name="Log out"))
    await expect(ana.page.get_by_role("heading", level=1)).to_have_text("You are logged out")
    await ana.open(await link(asked))
    await expect(ana.page.get_by_role("heading", level=1)).to_have_text("Who are you?")


async def test_a_customer_is_not_let_in(
    house: House, desk: str, arrive: Arrive, link: Link
) -> None:
    _, asked = await uncovered(house)
    eve = await arrive()
    await eve.open(await link(asked), FIRST_CUSTOMER_ID)
    await expect(eve.page.get_by_role("heading", level=1)).to_have_text("This is for the helpdesk")
    await eve.open(await link(asked))
    await expect(eve.page.get_by_role("heading", level=1)).to_have_text("Who are you?")


async def test_a_link_of_the_guide_shows_one_zone_and_stores_the_list(
    house: House, desk: str, arrive: Arrive, repository: Path
) -> None:
    _, asked = await uncovered(house)
    guide = (repository / "docs" / "helpdesk.md").read_text()
    links = re.findall(r"\((http\S+savedQuery=Helpdesk%20berlin)\)", guide)
    ana = await arrive()
    await ana.open(links[0].replace("http://127.0.0.1:8088", desk), "usr_ana")
    await expect(ana.page.get_by_role("button", name="Helpdesk berlin")).to_be_visible()
    listed = ana.page.get_by_role("link", name=asked.id).locator("visible=true")
    await expect(listed.first).to_be_visible(timeout=10_000)


async def fits(ana: Agent, picture: str) -> None:
    """Nothing has to be scrolled sideways."""
    await ana.picture(picture)
    assert await ana.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
