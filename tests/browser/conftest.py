"""A helpdesk at real browsers: Chromium, the desk, and behind it the real Temporal UI."""

import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from api.web.desk.app import create_desk
from api.web.desk.door import Door
from api.web.desk.provider import Endpoints, Provider
from tests.api.web.desk.conftest import serving
from tests.browser.agent import Agent
from tests.house import House
from tests.ports import free_port
from tests.workflows.escalation.escalating import Asked
from workers.stack.console import Console
from workers.stack.environment import DESK_CLIENT
from workers.stack.process import Program, answering
from workers.stack.supervisor import Supervisor

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
Arrive = Callable[..., Awaitable[Agent]]
Link = Callable[[Asked], Awaitable[str]]
PICTURES = Path(".local/screenshots")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser there is nothing to see."""
    missing = pytest.mark.skip(
        reason="no Chromium on the PATH: install it (Debian: apt-get install chromium)"
    )
    for item in items:
        if CHROMIUM is None and Path(__file__).parent in item.path.parents:
            item.add_marker(missing)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def issuer_address(
    desk_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """The company's login: one picks a person."""
    folder, port = tmp_path_factory.mktemp("issuer"), free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "SYSOPS_HOME": str(folder),
        "SYSOPS_ISSUER_PORT": str(port),
        "SYSOPS_DESK_PORT": str(urlsplit(desk_url).port),
    }
    program = Program(
        "issuer", (sys.executable, "-m", "workers.stack.issuer", "serve"), environment
    )
    supervisor = Supervisor(Console(), folder)
    await supervisor.start(answering(program, f"{url}/healthz"))
    yield url
    await supervisor.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def desk(
    house: House, desk_url: str, temporal_ui: str, issuer_address: str
) -> AsyncIterator[str]:
    """The desk in front of this house; its address."""
    endpoints = Endpoints(
        issuer=issuer_address,
        authorize_url=None,
        token_url=None,
        jwks_url=f"{issuer_address}/.well-known/jwks.json",
    )
    provider = Provider(endpoints, DESK_CLIENT, None)
    app = create_desk(house.services, Door(desk_url, ("secret",), provider, temporal_ui))
    async with serving(app, urlsplit(desk_url).port or 0):
        yield desk_url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One for all; each person has cookies of their own in it."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=ARGUMENTS
        )
        yield chromium
        await chromium.close()


@pytest.fixture(scope="session")
def seats() -> list[BrowserContext]:
    """Where nobody sits at present; the pages of the Temporal UI are known there already."""
    return []


@pytest_asyncio.fixture
async def arrive(
    browser: Browser, seats: list[BrowserContext], repository: Path
) -> AsyncIterator[Arrive]:
    """Somebody new at a browser, who is not logged in."""
    taken: list[Page] = []

    async def one(width: int = 1100, height: int = 700) -> Agent:
        seat = (
            seats.pop()
            if seats
            else await browser.new_context(
                locale="en-GB", timezone_id="Europe/Berlin", reduced_motion="reduce"
            )
        )
        page = await seat.new_page()
        await page.set_viewport_size({"width": width, "height": height})
        taken.append(page)
        return Agent(page, repository / PICTURES)

    yield one
    for page in taken:
        await page.close()
        await page.context.clear_cookies()
        seats.append(page.context)


@pytest.fixture
def link(house: House) -> Link:
    """The link in the message that the helpdesk got."""

    async def found(asked: Asked) -> str:
        # A ticket's clock was pushed on; the relay sends by the clock on the wall.
        with psycopg.connect(house.database_url) as session:
            session.execute(
                "update notifications set created_at = now()"
                " where template like 'escalation.%' and created_at > now()"
            )

        async def letter() -> list[str]:
            mine = [t for t in house.letters("email") if f"/go/{asked.id}" in t]
            return [t for t in mine if "helpdesk@" in t]

        text = (await house.soon(letter, "the message"))[0]
        return next(word for word in text.split() if "/go/" in word)

    return found
