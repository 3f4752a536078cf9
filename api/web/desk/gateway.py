"""The Temporal UI behind our login: everything may be read, little may be done.

The UI's own settings only hide buttons; here is where it is decided. Every write, sent on or
refused, is one line in the log, with the person and without any query string: there the UI sends
decrypted texts.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import structlog
from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.dependencies import With
from api.web.desk.headers import LOGGED, PASSED_ON
from api.web.desk.refusals import for_ui
from api.web.desk.refused import Refused
from api.web.desk.rewriting import (
    is_answered,
    settings_for,
    signed_command,
    signed_update,
    update_id,
)
from api.web.desk.session import CurrentPerson, Person, cookie_name
from api.web.desk.verdict import Intent, NotAllowed, Passage, judge

_SETTINGS = "/api/v1/settings"
_OVER = b"workflow execution already completed"
"""What Temporal says of an update that comes too late."""
_NEVER_CHANGES = "/_app/immutable/"
"""Parts of the UI's own program, named by their content; it forgets to say that they may be kept,
and a page consists of two hundred of them."""
_READ, _COMMAND, _NEWS = 2.0, 3.0, 30.0
"""Seconds until an answer must begin: of a read, of a command or a query, and of a request that
waits for the next event of a history, for which nobody's page waits: Temporal holds it for 20 s."""
_CONNECT = 1.0
_WAITS_FOR_NEWS = "waitNewEvent=true"
_ASKED = frozenset(
    {
        *("accept", "accept-language", "caller-type", "content-type", "if-modified-since"),
        *("if-none-match", "range", "user-agent", "x-csrf-token", "accept-encoding"),
    }
)
"""What is sent on of a request. Whatever else there is, an override of the method or a claim to be
somebody, is not."""
_NOT_PASSED_ON = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"),
        *("proxy-connection", "trailer", "transfer-encoding", "upgrade"),
        # Our own server dates its answers.
        "date",
    }
)
_PARTIAL = frozenset({"accept-encoding", "if-modified-since", "if-none-match", "range"})
_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

router = APIRouter()
log = structlog.get_logger("api.web.desk")


@asynccontextmanager
async def connection(ui_url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The connections to the Temporal UI, for as long as the desk serves."""
    limits = httpx2.Limits(max_connections=200, max_keepalive_connections=40)
    async with httpx2.AsyncClient(
        base_url=ui_url,
        timeout=_patience(_READ),
        limits=limits,
        trust_env=False,
        follow_redirects=False,
    ) as client:
        yield client


@router.api_route("/{_:path}", methods=_METHODS)
async def pass_on(request: Request, person: CurrentPerson, services: With) -> Response:
    """Send a request on to the Temporal UI, if this person may make it."""
    namespace = services.temporal_namespace
    setattr(request.state, LOGGED, True)
    try:
        passage = judge(request.method, request.scope["raw_path"], person.role, namespace)
        if passage.intent is Intent.READ:
            return await _read(request, passage, person, namespace)
        return await _write(request, passage, person)
    except NotAllowed as refusal:
        log.warning(
            "refused",
            role=person.role,
            actor=person.subject,
            method=request.method,
            route=refusal.template,
            status=refusal.status,
        )
        if request.url.path.startswith("/api/"):
            return for_ui(refusal.status, refusal.words)
        raise Refused(refusal.status, "This is not possible here", refusal.words) from None


async def _read(request: Request, passage: Passage, person: Person, namespace: str) -> Response:
    whole = passage.path == _SETTINGS
    upstream = await _asked(request, _with_query(passage.path, request), whole=whole)
    if not whole or upstream.status_code != httpx2.codes.OK:
        return _PassedOn(request, upstream)
    try:
        body = settings_for(person.role, await _whole(upstream), namespace)
    except ValueError:
        return for_ui(503, "The Temporal UI does not say what it can do.")
    return Response(body, media_type="application/json", headers={"cache-control": "no-store"})


async def _write(request: Request, passage: Passage, person: Person) -> Response:
    body, target, signature = await request.body(), passage.path, None
    match passage.intent:
        case Intent.UPDATE:
            nonce = secrets.token_hex(8)
            signature = update_id(person.actor, nonce)
            body = signed_update(body, passage, person.actor, nonce)
        case Intent.TERMINATE | Intent.CANCEL | Intent.RESET:
            body = signed_command(body, passage, person.actor)
        case Intent.READ | Intent.QUERY:
            target = _with_query(passage.path, request)
    whole, status = passage.intent is Intent.UPDATE, None
    try:
        upstream = await _asked(request, target, body, whole=whole)
        status = upstream.status_code
    except _Late:
        if not whole:
            raise
        return _undecided()
    finally:
        log.info(
            "passed_on",
            role=person.role,
            actor=person.subject,
            method=request.method,
            route=passage.template,
            workflow_id=passage.workflow_id,
            update_id=signature,
            status=status,
        )
    if whole and upstream.status_code == httpx2.codes.OK:
        return await _outcome(upstream)
    if whole and upstream.status_code == httpx2.codes.NOT_FOUND:
        return await _gone(upstream)
    return _PassedOn(request, upstream)


async def _outcome(upstream: httpx2.Response) -> Response:
    """The UI shows every answer without a failure as success, also that nobody answered yet."""
    body = await _whole(upstream)
    if is_answered(body):
        return Response(body, media_type="application/json")
    return _undecided()


def _undecided() -> Response:
    return for_ui(
        503,
        "Nobody has said yet whether this decision counts. Click Cancel, then press R: if the page "
        "does not say DONE in a minute, tell an admin that no worker answers.",
    )


async def _gone(upstream: httpx2.Response) -> Response:
    body = await _whole(upstream)
    if _OVER in body:
        return for_ui(409, "This is resolved already. Click Cancel, then press R to see by whom.")
    return Response(body, upstream.status_code, media_type="application/json")


async def _asked(
    request: Request, target: str, body: bytes | None = None, *, whole: bool
) -> httpx2.Response:
    """The beginning of the UI's answer; `whole`: it will be read here.

    Raises:
        Refused: 503, the UI is away.
    """
    client: httpx2.AsyncClient = request.app.state.temporal_ui
    longest = _longest(request)
    asked = {name: value for name, value in request.headers.items() if name in _ASKED}
    if whole:
        asked = {name: value for name, value in asked.items() if name not in _PARTIAL}
    headers = {"accept-encoding": "identity", **asked, **_foreign_cookies(request)}
    url = client.base_url.copy_with(raw_path=target.encode("ascii", "replace"))
    try:
        upstream = client.build_request(
            request.method, url, headers=headers, content=body, timeout=_patience(longest)
        )
        async with asyncio.timeout(longest):
            return await client.send(upstream, stream=True)
    except (TimeoutError, httpx2.ReadTimeout) as error:
        raise _away(error, _Late) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise _away(error) from error


def _longest(request: Request) -> float:
    """How many seconds somebody waits for an answer to begin."""
    if request.method not in ("GET", "HEAD"):
        return _COMMAND
    waits = _WAITS_FOR_NEWS in request.scope["query_string"].decode("latin-1").split("&")
    return _NEWS if waits else _READ


def _patience(longest: float) -> httpx2.Timeout:
    return httpx2.Timeout(longest, connect=_CONNECT)


def _with_query(path: str, request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _foreign_cookies(request: Request) -> dict[str, str]:
    """The cookies that are the UI's own: who is logged in is none of its business."""
    ours = {cookie_name(secure=True), cookie_name(secure=False)}
    given = [part.strip() for part in request.headers.get("cookie", "").split(";")]
    theirs = [part for part in given if part and part.partition("=")[0] not in ours]
    return {"cookie": "; ".join(theirs)} if theirs else {}


async def _whole(upstream: httpx2.Response) -> bytes:
    try:
        async with asyncio.timeout(_COMMAND):
            return await upstream.aread()
    except (httpx2.HTTPError, TimeoutError) as error:
        raise _away(error) from error
    finally:
        await upstream.aclose()


class _Late(Refused):
    """The UI has the request, and says nothing."""


def _away(error: Exception, kind: type[Refused] = Refused) -> Refused:
    log.warning("temporal_ui_unreachable", error=type(error).__name__)
    return kind(
        503,
        "The Temporal UI does not answer",
        "Look whether it was done before you try again, in a few seconds. The escalations of our "
        "own page need no Temporal UI.",
        retry_after=5,
    )


class _PassedOn(StreamingResponse):
    """The UI's answer as it comes, byte for byte."""

    def __init__(self, request: Request, upstream: httpx2.Response) -> None:
        super().__init__(upstream.aiter_raw(), upstream.status_code)
        setattr(request.state, PASSED_ON, True)
        named = upstream.headers.get("connection", "").lower()
        dropped = _NOT_PASSED_ON | {name.strip() for name in named.split(",")}
        self.raw_headers = [
            (name.lower(), value)
            for name, value in upstream.headers.raw
            if name.lower().decode("latin-1") not in dropped
        ]
        if upstream.url.path.startswith(_NEVER_CHANGES) and upstream.is_success:
            self.headers.setdefault("cache-control", "private, max-age=31536000, immutable")
        self._upstream = upstream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream it; whoever goes away in the middle takes the connection with them."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._upstream.aclose()
