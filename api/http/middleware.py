"""What every request gets: ids, a limit, safe headers, one log line and two metrics.

One plain ASGI callable, because each layer costs every ticket its microseconds.
"""

import re
from collections.abc import Callable, Iterable
from hashlib import blake2b
from time import perf_counter
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.http import asking, limits
from api.http.asking import ORDINARY, Patience
from api.http.problems import HttpRefusal, problem
from models.identity import derived_id

log = structlog.get_logger("api.access")

BODY_LIMIT = 64 * 1024
"""Bytes of a request's body. Temporal takes no payload over 2 MiB: what is accepted must fit."""
_LARGER = {"/v1/visits/events:batch": 1024 * 1024}
"""What is made of many requests may be larger than one."""

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Seconds from the request's first byte to the answer's last.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)

_HUNG_UP = 499
"""As proxies log a client who left before the answer."""
_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_UNLESS_SET = (
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class RequestMiddleware:
    """The outermost layer of our own: add it last.

    Leaves `request_id` and `trace_id` in `request.state`, and in every log line of the request.
    There, and wherever else the id is kept, one that the client chose stands by the name that is
    derived from it, `request_name`: it may say anything.

    Args:
        app: what is served.
        patience: how long anybody is kept waiting.
        largest_file: the most bytes that a body may have, by method and path, where it is a file;
            `request.state` says so with `is_file`.
    """

    def __init__(
        self,
        app: ASGIApp,
        patience: Patience = ORDINARY,
        largest_file: Callable[[str, str], int | None] = lambda method, path: None,
    ) -> None:
        self._app = app
        self._patience = patience
        self._largest_file = largest_file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        sent = _headers(scope)
        given = _request_id(sent)
        request_id = given or uuid4().hex
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["request_name"] = name = derived_id("req", given) if given else request_id
        state["trace_id"] = trace_id = _trace_id(sent, request_id)
        largest_file = self._largest_file(scope["method"], scope["path"])
        state["is_file"] = is_file = largest_file is not None
        most = largest_file or _LARGER.get(scope["path"], BODY_LIMIT)
        status = 0
        put_off = scope.get("put_off")
        asking.begin(
            *(_address(scope), self._patience.of(scope["method"])),
            put_off.asked_at if put_off else None,
        )

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _complete(message["headers"], request_id, limits.stated(state))
            await send(message)

        with bound_contextvars(request_id=name, trace_id=trace_id):
            try:
                length = sent.get(b"content-length", b"")
                if length.isdigit() and int(length) > most:
                    raise _too_large(most, is_file=is_file)
                # With a length the server cuts the body there; without one we have to count.
                await self._app(
                    scope, receive if length else _limited(receive, most, is_file=is_file), answer
                )
            except ClientDisconnect:
                # Nobody is there to be told.
                status = status or _HUNG_UP
            except Exception as error:
                if status:
                    raise
                await problem(Request(scope), error)(scope, receive, answer)
            finally:
                _record(scope, status, perf_counter() - started)


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return f"address {client[0] if client else 'unknown'}"


def _request_id(sent: dict[bytes, bytes]) -> str | None:
    given = sent.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.fullmatch(given) else None


def _trace_id(sent: dict[bytes, bytes], request_id: str) -> str:
    """The caller's trace, or one derived from the request's id: both name the same request."""
    traced = _TRACEPARENT.fullmatch(sent.get(b"traceparent", b"").decode("latin-1"))
    if traced and (traced[0][:2] != "00" or traced[2] is None):
        return str(traced[1])
    return blake2b(request_id.encode(), digest_size=16).hexdigest()


def _limited(receive: Receive, most: int, *, is_file: bool) -> Receive:
    size = 0

    async def count() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most, is_file=is_file)
        return message

    return count


def _too_large(most: int, *, is_file: bool) -> HttpRefusal:
    if is_file:
        detail = f"The file is larger than {most // 1024} KiB."
        return HttpRefusal(413, "file-too-large", detail, evidence={"limit": most})
    return HttpRefusal(
        413,
        "body-too-large",
        f"The body is larger than {most // 1024} KiB.",
        evidence={"limit": most},
    )


def _complete(
    headers: Iterable[tuple[bytes, bytes]], request_id: str, more: Iterable[tuple[bytes, bytes]]
) -> list[tuple[bytes, bytes]]:
    complete = [*headers, *_ALWAYS, (b"x-request-id", request_id.encode()), *more]
    present = {name for name, _ in complete}
    return complete + [header for header in _UNLESS_SET if header[0] not in present]


def _record(scope: Scope, status: int, seconds: float) -> None:
    method = scope["method"] if scope["method"] in _METHODS else "OTHER"
    route = _template(scope)
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)
    log.info(
        "request_answered",
        method=method,
        route=route,
        status=status,
        ms=round(seconds * 1000, 1),
        role=scope["state"].get("role"),
    )


def _template(scope: Scope) -> str:
    """The route as declared, never the path: paths hold ids, and each would be its own series.

    An included router's routes know their prefix only in FastAPI's effective context.
    """
    included = scope.get("fastapi", {}).get("effective_route_context")
    for route in (included, scope.get("route")):
        if path := getattr(route, "path_format", None) or getattr(route, "path", None):
            return str(path)
    return "unmatched"
