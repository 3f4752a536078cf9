"""Somebody at a page of ours in front of a whole house, without a browser."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape

import httpx2
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.web.desk.app import create_desk
from api.web.desk.door import Door
from api.web.desk.provider import Endpoints, Provider
from api.web.desk.session import Person, enter
from models.actor import Role
from tests.house import House

URL = "http://desk.example"
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')


class Agent:
    """Somebody at their browser: what they see, and which forms they send."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def sees(self, escalation_id: str) -> str:
        """The page of an escalation."""
        found = await self._http.get(f"/desk/escalations/{escalation_id}")
        assert found.status_code == 200, found.text
        return found.text

    async def lists(self, zone: str) -> str:
        """The list of what waits in a zone."""
        found = await self._http.get("/desk/escalations", params={"zone": zone})
        assert found.status_code == 200, found.text
        return found.text

    async def sends(self, escalation_id: str, form: str, **fields: str) -> httpx2.Response:
        """Send a form of that page; what it hides goes along."""
        if form not in ("claim", "release", "refresh"):
            fields = {"form_id": hidden(await self.sees(escalation_id))["form_id"], **fields}
        return await self.posts(escalation_id, form, **fields)

    async def posts(self, escalation_id: str, form: str, **fields: str) -> httpx2.Response:
        """Send these very fields."""
        return await self._http.post(f"/desk/escalations/{escalation_id}/{form}", data=fields)

    def forgets(self) -> None:
        """Their login is over."""
        self._http.cookies.clear()


@asynccontextmanager
async def at_the_desk(
    house: House, subject: str = "usr_ana", role: Role = Role.HELPDESK, ui: str = ""
) -> AsyncIterator[Agent]:
    """Somebody of the staff, logged in at the desk of a house."""
    nobody = Endpoints(issuer="http://127.0.0.1:9", jwks_url="http://127.0.0.1:9")
    door = Door(URL, ("secret",), Provider(nobody, "desk", None), ui or "http://127.0.0.1:9")
    app = create_desk(house.services, door)

    async def in_(request: Request) -> Response:
        enter(request, Person(role=role, subject=subject, name="Ana"))
        return PlainTextResponse("in")

    app.router.routes.insert(0, Route("/test-login", in_))
    transport = httpx2.ASGITransport(app)
    headers = {"origin": URL, "accept": "text/html"}
    async with httpx2.AsyncClient(transport=transport, base_url=URL, headers=headers) as http:
        await http.get("/test-login")
        yield Agent(http)


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a page."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page)}
