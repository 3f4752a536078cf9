"""What every answer of our own gets: safe headers, a limit on what is sent, and one log line.

What the gateway passes on is left as it is: the Temporal UI has its own policy.
"""

from time import perf_counter
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.web.desk.refusals import refuse
from api.web.desk.refused import Refused

log = structlog.get_logger("api.web.desk")

BODY_LIMIT = 256 * 1024
"""Bytes of a request's body: no form and no update of ours comes near."""
PASSED_ON = "passed_on"
"""Set in a request's state by the gateway: the answer is the Temporal UI's own."""
LOGGED = "logged"
"""Set in a request's state by the gateway: it has lines of its own, for what matters."""
_OURS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class DeskMiddleware:
    """The outermost layer of our own but the session, which the refusal's page needs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = perf_counter(), 0
        state = scope.setdefault("state", {})

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                if not state.get(PASSED_ON):
                    headers = MutableHeaders(scope=message)
                    for name, value in _OURS.items():
                        headers.setdefault(name, value)
            await send(message)

        with bound_contextvars(request_id=uuid4().hex):
            try:
                await self._app(scope, _limited(receive), answer)
            except Exception as error:
                if status:
                    raise
                await refuse(Request(scope), error)(scope, receive, answer)
            if not state.get(LOGGED):
                log.info(
                    "page_answered",
                    method=scope["method"],
                    route=getattr(scope.get("route"), "path", "unmatched"),
                    status=status,
                    ms=round((perf_counter() - started) * 1000, 1),
                )


def _limited(receive: Receive) -> Receive:
    size = 0

    async def count() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > BODY_LIMIT:
            raise Refused(413, "This is too much at once", "At most 256 KiB can be sent.")
        return message

    return count
