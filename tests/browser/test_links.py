"""Pages behind links in a real browser: without a script, on a small phone, by keyboard alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.api.web.link.test_pages import NEXT, mine, offered, times_link, typed
from tests.api.web.link.test_survey import TOWN, path_of
from tests.browser.conftest import PICTURES
from tests.house import House
from tests.workflows.company import between, hire, hour, rest
from tests.workflows.company import parting as parting


@pytest_asyncio.fixture
async def phone(browser: Browser) -> AsyncIterator[Page]:
    """The smallest screen that there is, and nobody's script."""
    size = {"width": 320, "height": 640}
    seat = await browser.new_context(java_script_enabled=False, viewport=size, locale="en-GB")
    yield await seat.new_page()
    await seat.close()


async def tabbed_to(page: Page, name: str) -> None:
    """Go on from key to key until the focus is on a field or a button of that name."""
    field = page.locator(f'[name="{name}"]').first
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.locator(f'[name="{name}"]:focus').count():
            return
    raise AssertionError(f"no key leads to {await field.evaluate('e => e.name')}")


async def test_times_are_named_by_keyboard_and_what_is_wrong_is_shown_where_it_stands(
    house: House, phone: Page, repository: Path
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await mine(house)
    await house.propose(visit, expert, [between(8, 20), between(8, 20, NEXT)])
    await rest(house, ticket_id)
    pictures = repository / PICTURES
    await phone.goto(house.services.public_url + times_link(house, ticket_id, visit))
    assert not await phone.locator('[name="day2"]').is_visible()
    await phone.get_by_text("Name more times").press("Enter")
    for name, value in {**typed(1, 8, 10), **typed(2, 8, 8.25, NEXT)}.items():
        await phone.locator(f'[name="{name}"]').fill(value)
    await phone.locator('[name="day1"]').focus()
    await tabbed_to(phone, "to5")
    await phone.keyboard.press("Enter")
    wrong = phone.get_by_role("alert")
    await wrong.wait_for()
    assert await wrong.inner_text() == "The visit does not fit into this time."
    await phone.screenshot(path=pictures / "link-times-wrong.png", full_page=True)
    assert await phone.locator('[name="day2"]').is_visible(), "what is wrong is not folded away"
    assert await phone.locator('[name="to1"]').input_value() == typed(1, 8, 10)["to1"]
    for name, value in typed(2, 8, 12, NEXT).items():
        await phone.locator(f'[name="{name}"]').fill(value)
    await phone.get_by_role("button", name="Send these times").press("Enter")
    await phone.get_by_role("status").wait_for()
    assert phone.url.endswith("?thanks")
    await phone.screenshot(path=pictures / "link-times-thanks.png", full_page=True)
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert hour(seen["start"]) == 8
    wide = await phone.locator("html").evaluate("e => e.scrollWidth")
    assert wide <= 320


async def test_an_offered_time_is_taken_by_one_button(
    house: House, phone: Page, repository: Path
) -> None:
    expert = hire(house, "refrigeration")
    ticket_id, visit = await mine(house, between(8, 12))
    await house.propose(visit, expert, [between(8, 11, NEXT)])
    path, offer = await offered(house, ticket_id)
    await phone.goto(house.services.public_url + path)
    await phone.screenshot(path=repository / PICTURES / "link-offer.png", full_page=True)
    await phone.locator('button[name="option"]').nth(1).press("Enter")
    await phone.get_by_role("status").wait_for()
    seen = (await house.until(ticket_id, "SCHEDULED"))["visits"][0]
    assert seen["start"] == offer["options"][1]["visits"][0]["start"]
    await phone.screenshot(path=repository / PICTURES / "link-offer-taken.png", full_page=True)


async def test_how_it_was_is_said_by_keyboard(house: House, phone: Page, repository: Path) -> None:
    filed, _ = await TOWN.done(house, 48)
    await phone.goto(house.services.public_url + await path_of(house, filed))
    await tabbed_to(phone, "rating")
    await phone.keyboard.press("ArrowDown")
    await phone.screenshot(path=repository / PICTURES / "link-survey.png", full_page=True)
    assert await phone.locator("html").evaluate("e => e.scrollWidth") <= 320
    await tabbed_to(phone, "comment")
    await phone.keyboard.type("Quick and kind.")
    await phone.get_by_role("button", name="Send").press("Enter")
    await phone.get_by_role("status").wait_for()
    assert phone.url.endswith("?thanks")
