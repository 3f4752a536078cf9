"""What every request gets: ids, a limit, safe headers, one log line and two metrics.

One plain ASGI callable, because each layer costs every ticket its microseconds.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b
from time import perf_counter
from uuid import uuid4

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.http.problems import HttpRefusal, problem

log = structlog.get_logger("api.access")

BODY_LIMIT = 64 * 1024
"""Bytes of a request's body. Temporal takes no payload over 2 MiB: what is accepted must fit."""

REQUESTS = Counter("http_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "http_request_seconds",
    "Seconds from the request's first byte to the answer's last.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)

_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?"
)
_ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
_UNLESS_SET = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class RequestMiddleware:
    """The outermost layer of our own: add it last.

    Leaves `request_id` and `trace_id` in `request.state` and in every log line of the request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        sent = _headers(scope)
        request_id = _request_id(sent)
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        state["trace_id"] = trace_id = _trace_id(sent, request_id)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = _complete(message["headers"], request_id)
            await send(message)

        with bound_contextvars(request_id=request_id, trace_id=trace_id):
            try:
                length = sent.get(b"content-length", b"")
                if length.isdigit() and int(length) > BODY_LIMIT:
                    raise _too_large()
                # With a length the server cuts the body there; without one we have to count.
                await self._app(scope, receive if length else _limited(receive), answer)
            except Exception as error:
                if status:
                    raise
                await problem(Request(scope), error)(scope, receive, answer)
            finally:
                _record(scope, status, perf_counter() - started)


def render_metrics() -> Response:
    """What `GET /metrics` answers, in Prometheus's text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _headers(scope: Scope) -> dict[bytes, bytes]:
    return dict(scope["headers"])


def _request_id(sent: dict[bytes, bytes]) -> str:
    given = sent.get(b"x-request-id", b"").decode("latin-1")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


def _trace_id(sent: dict[bytes, bytes], request_id: str) -> str:
    """The caller's trace, or one derived from the request's id: both name the same request."""
    traced = _TRACEPARENT.fullmatch(sent.get(b"traceparent", b"").decode("latin-1"))
    if traced and (traced[0][:2] != "00" or traced[2] is None):
        return str(traced[1])
    return blake2b(request_id.encode(), digest_size=16).hexdigest()


def _limited(receive: Receive) -> Receive:
    size = 0

    async def count() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > BODY_LIMIT:
            raise _too_large()
        return message

    return count


def _too_large() -> HttpRefusal:
    return HttpRefusal(
        413, "body-too-large", "The body is larger than 64 KiB.", evidence={"limit": BODY_LIMIT}
    )


def _complete(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    complete = [*headers, *_ALWAYS, (b"x-request-id", request_id.encode())]
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
