"""Somebody of the staff at a browser, without the browser."""

import asyncio
import base64
import http.client
import json
import re
from html import unescape
from typing import Any, Self
from urllib.parse import quote, urlsplit

import httpx2

_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
PAGE = {"accept": "text/html,application/xhtml+xml"}


class Staff:
    """Has cookies, follows redirects when told to, sends what the Temporal UI sends."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.AsyncClient(base_url=url, timeout=40, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def open(self, address: str) -> httpx2.Response:
        """Go to a page."""
        return await self.http.get(address, headers=PAGE)

    async def send(self, address: str, form: dict[str, str] | None = None) -> httpx2.Response:
        """Send a form from one of our pages."""
        return await self.http.post(address, data=form, headers={**PAGE, "origin": self.url})

    async def begin_login(self, wanted: str = "/desk") -> httpx2.Response:
        """Up to the provider's page."""
        redirect = await self.open(f"/login?next={quote(wanted, safe='')}")
        assert redirect.status_code == 302, redirect.text
        return await self.http.get(redirect.headers["location"], headers=PAGE)

    async def pick(self, page: httpx2.Response, person: str) -> str:
        """Say who one is at the provider; the way back to the desk."""
        way = f"{page.url.scheme}://{page.url.host}:{page.url.port}/authorize"
        answer = await self.http.post(way, data={**fields(page), "person": person})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def log_in(self, person: str, wanted: str = "/desk") -> httpx2.Response:
        """The whole way; the answer of the desk to who comes back."""
        return await self.open(await self.pick(await self.begin_login(wanted), person))

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """A write as the Temporal UI makes it: with its own token against forgery."""
        if "_csrf" not in self.http.cookies:
            await self.open("/")
        token = {"x-csrf-token": self.http.cookies["_csrf"], "origin": self.url}
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return await self.http.post(
            path, content=content, headers={"content-type": "application/json", **token, **headers}
        )

    async def decide(
        self, workflow_id: str, name: str, argument: Any = None, **meta: Any
    ) -> httpx2.Response:
        """An update, in the very shape in which the UI sends it."""
        payloads = [] if argument is None else [payload(argument)]
        return await self.post(
            f"{workflow(workflow_id)}/update/{quote(name, safe='')}",
            {
                "workflowExecution": {"runId": ""},
                "request": {
                    "meta": {"updateId": "", **meta},
                    "input": {"args": {"payloads": payloads}},
                },
            },
        )

    async def raw(self, method: str, target: str, **headers: str) -> tuple[int, str]:
        """A request with a target that no browser would write this way."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        address = urlsplit(self.url)

        def ask() -> tuple[int, str]:
            connection = http.client.HTTPConnection(address.netloc, timeout=20)
            sent = {"cookie": cookies, "content-type": "application/json", **headers}
            token = {"x-csrf-token": self.http.cookies.get("_csrf", ""), "origin": self.url}
            connection.request(method, target, b"{}", {**sent, **token})
            answer = connection.getresponse()
            said = answer.read().decode("utf-8", "replace")
            connection.close()
            return answer.status, said

        return await asyncio.to_thread(ask)


def fields(page: httpx2.Response) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return {name: unescape(value) for name, value in _FIELD.findall(page.text)}


def workflow(workflow_id: str) -> str:
    """Where the Temporal UI's server has a workflow."""
    return f"/api/v1/namespaces/default/workflows/{quote(workflow_id, safe='')}"


def payload(value: Any) -> dict[str, Any]:
    """A value as the UI wraps it."""
    encoded = base64.b64encode(json.dumps(value).encode()).decode()
    return {"metadata": {"encoding": base64.b64encode(b"json/plain").decode()}, "data": encoded}
