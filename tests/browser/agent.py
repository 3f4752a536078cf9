"""Somebody of the helpdesk at a real browser, who does what the page tells them to."""

import re
from contextlib import suppress
from pathlib import Path

from playwright.async_api import Error, Locator, Page, expect
from playwright.async_api import TimeoutError as PlaywrightTimeout

CURRENT, DETAILS = "#user-metadata-current-details", "#user-metadata-details"
DIALOG = "[data-testid=update-confirmation-modal]:visible"
TRIES = 4
PATIENT = 20_000
LONGER_THAN_A_WORKER = 30_000
"""Milliseconds."""
expect.set_options(timeout=PATIENT)


class Agent:
    """Clicks are counted: every one that a person would make, wherever."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page = page
        self.clicks = 0
        self._pictures = pictures

    async def click(self, what: Locator) -> None:
        """One click."""
        self.clicks += 1
        await what.click()

    async def open(self, address: str, person: str | None = None) -> None:
        """Follow a link, through the login where a person is named."""
        await self.page.goto(address)
        if person:
            await self.click(self.page.locator(f"button[value={person}]"))

    async def reads(self, words: str, panel: str = CURRENT) -> str:
        """What the tab User Metadata says, as soon as these words stand in it."""
        shown = self.page.frame_locator(panel).locator("body")
        while True:
            await expect(shown).to_contain_text(words, timeout=PATIENT)
            try:
                return await shown.inner_text(timeout=PATIENT)
            except Error:
                # The UI has just put a fresher frame in its place.
                continue

    async def everything(self) -> str:
        """Every word on the page, and in the frames of it."""
        texts = []
        for frame in self.page.frames:
            # The UI may have just put a fresher one in its place.
            with suppress(Error):
                texts.append(await frame.locator("body").inner_text())
        return "\n".join(texts)

    async def asks_what_to_decide(self) -> list[str]:
        """More Actions, Send an Update, and the list of what can be sent."""
        await self.menu()
        await self.click(self.page.locator("[data-testid=update-button]:visible"))
        await self.click(self.dialog.locator("[data-testid=update-select-button]"))
        options = self.dialog.get_by_role("option")
        await expect(options.last).to_be_visible()
        return [text.splitlines()[0] for text in await options.all_inner_texts()]

    async def reads_below_names(self) -> list[str]:
        """What the open list says below each name."""
        texts = await self.dialog.get_by_role("option").all_inner_texts()
        return [" ".join(text.splitlines()[1:]).strip() for text in texts]

    async def menu(self) -> None:
        """More Actions."""
        actions = self.page.get_by_role("button", name="More Actions")
        await self.click(actions.locator("visible=true"))

    async def choose(self, decision: str) -> None:
        """The decision that begins so."""
        await self.asks_what_to_decide()
        begins = re.compile(f"^{re.escape(decision)}")
        await self.click(self.dialog.get_by_role("option", name=begins))

    async def type(self, value: str) -> None:
        """Write into Data, whatever stood there."""
        await self.dialog.locator(".cm-content").fill(value)

    async def submit(self) -> None:
        """Submit."""
        await self.click(self.dialog.locator("[data-testid=confirm-modal-button]"))

    async def cancel(self) -> None:
        """Close the box without deciding."""
        await self.click(self.dialog.locator("[data-testid=cancel-modal-button]"))

    async def is_told(self) -> str:
        """What the dialog says against it."""
        box = self.dialog.get_by_role("alert").locator("visible=true")
        await expect(box).to_be_visible(timeout=LONGER_THAN_A_WORKER)
        return (await box.inner_text()).strip()

    async def decides(self, decision: str, typed: str | None = None) -> None:
        """The whole way, up to the page that says DONE."""
        await self.choose(decision)
        if typed is not None:
            await self.type(typed)
        await self.submit()
        await expect(self.dialog).to_have_count(0, timeout=PATIENT)
        await self.sees_done()

    async def sees_done(self) -> str:
        """Press R until the page says DONE."""
        heading = self.page.frame_locator(CURRENT).get_by_role("heading", name="DONE")
        for _ in range(10):
            await self.page.keyboard.press("r")
            with suppress(PlaywrightTimeout):
                await heading.wait_for(timeout=1000)
                break
        return await self.reads("DONE")

    async def picture(self, name: str, *, whole: bool = False) -> None:
        """Kept for whoever wants to see it."""
        self._pictures.mkdir(parents=True, exist_ok=True)
        for tries_left in reversed(range(TRIES)):
            await self.page.bring_to_front()
            try:
                await self.page.screenshot(path=self._pictures / f"{name}.png", full_page=whole)
                return
            except Error:
                # A busy Chromium is sometimes unable to capture a page that it shows.
                if not tries_left:
                    raise
                await self.page.wait_for_timeout(500)

    @property
    def dialog(self) -> Locator:
        """The box in which one decides."""
        return self.page.locator(DIALOG)
