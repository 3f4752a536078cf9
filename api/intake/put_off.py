"""Requests that are put off: what a phone or a customer sends while the database, or the engine, is
away, is kept sealed and asked again here, as it was, once there is somebody who can take it.

Whoever sent it had a token that verified then. What else they may is decided when it is asked
again, by the same code as ever.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import structlog
from fastapi import FastAPI, Request
from starlette.types import Message

from api.http import asking
from api.http.auth import Principal
from api.http.reads import database_unavailable
from api.http.services import Services
from api.intake.as_it_came import KEY, Beside, Part, PutOff, unsealed
from api.intake.failing import Failing
from api.intake.files_waiting import STORING, is_of_file, swept
from api.intake.keeping import copied
from api.intake.refused import refused_over_http
from api.intake.sending import put_by
from api.intake.to_come import is_to_come
from api.intake.waiting_room import MOST, MOST_FILES, Again
from models.db.intake.quarantine import Poison, put_aside
from models.errors import Kept, Unavailable
from models.identity import derived_id
from models.intake.command import CommandKind, LoggedCommand
from temporal.ids import ticket_workflow

log = structlog.get_logger("api.intake.put_off")

T = TypeVar("T")

_AWAY = frozenset({"database-unavailable", "engine-unavailable", "answer-late", "too-busy"})
_HEADERS = (b"content-type", b"idempotency-key", b"if-match", b"traceparent", b"x-request-id")
_OF_TICKET = re.compile(r"/v1/tickets/(tkt_[0-9a-f-]{36})(?:/.+)?")
_LANE = 4
"""Steps of a path that name what it is about: of one thing requests are asked again in order."""
_ACCEPTED, _REFUSED, _TOO_MANY = 202, 400, 429
_YET_TO_COME = frozenset({"request-in-progress", "file-not-named"})
"""The codes of what somebody else asks under the same key, who has no answer yet, and of a file
whose report waits at another process, or at the phone."""


async def or_put_off(
    services: Services,
    request: Request,
    principal: Principal,
    act: Callable[[], Awaitable[T]],
    *,
    part: Part | None = None,
    beside: Beside | None = None,
    meanwhile: Callable[[], Awaitable[None]] | None = None,
) -> T | None:
    """What `act` answers; None where it could not be done now and is certain to be tried again.

    Args:
        services: whom it goes through.
        request: what is put off.
        principal: who sent it.
        act: what it asks for.
        part: what of it is put off; all of it, if left out.
        beside: what belongs to it and is kept beside the log.
        meanwhile: what can be done without the records once it is kept, and may be done again.

    Raises:
        Unavailable: it could neither be done nor kept.
    """
    try:
        if services.reads.silence.lasts and not asking.is_put_off():
            raise database_unavailable()
        return await act()
    except Kept:
        return None
    except Unavailable as away:
        if away.code not in _AWAY or asking.is_put_off():
            raise
        if part is None:
            part = await _whole(request)
        came = _as_it_came(services, request, principal, part)
        if beside is not None:
            await beside.check()
        await _keep(services, came, part.name, away, beside)
        if meanwhile is not None:
            await meanwhile()
        return None


async def _whole(request: Request) -> Part:
    """All that a request asks for; its key and its words are its name."""
    body = (await request.body()).decode()
    name = "/".join((request.headers.get(KEY, ""), body))
    return Part(path=request.url.path, body=body, name=name)


def _as_it_came(services: Services, request: Request, principal: Principal, part: Part) -> PutOff:
    given = dict(request.scope["headers"])
    headers = {name: given[name] for name in _HEADERS if name in given}
    return PutOff(
        principal=principal,
        asked_at=asking.asked_at(services.clock),
        method=request.method,
        path=part.path,
        headers=tuple((name.decode("latin-1"), v.decode("latin-1")) for name, v in headers.items()),
        body=part.body,
        content=part.content,
    )


async def _keep(
    services: Services, put_off: PutOff, said: str, away: Unavailable, beside: Beside | None
) -> None:
    """Again after success: the same request of the same person has the same name and is kept
    once."""
    name = name_of_put_off(put_off.principal, put_off.method, put_off.path, said)
    sealed = services.keyring.seal(put_off.model_dump(mode="json"), name, put_off.asked_at)
    command = LoggedCommand(
        kind=CommandKind.HTTP,
        workflow_id=_lane_of(put_off.path),
        name=put_off.method,
        update_id=name,
        argument=json.dumps(sealed),
        logged_at=put_off.asked_at,
    )
    most = MOST if beside is None else MOST_FILES
    services.waiting_room.enter(_whose(put_off), name, most)
    try:
        if beside is None:
            await put_by(services, command)
        else:
            await _put_by_with(services, command, away, beside)
        kept = Kept.of(away) if services.commands.keeps(command.id) else away
        await copied(services, command, kept)
    except BaseException:
        services.waiting_room.leave(name)
        raise


async def _put_by_with(
    services: Services, command: LoggedCommand, away: Unavailable, beside: Beside
) -> None:
    """Log a request with what belongs to it; not while it is asked again, when that is taken away.

    Raises:
        Unavailable: it could not be kept; as `away` where it is the log that does not keep it.
    """

    async def keep() -> None:
        if not services.commands.keeps(command.id):
            # Else it would be asked again for as long as we live, without what belongs to it.
            services.commands.settle(command.id)
            raise away
        await beside.keep(command.update_id)

    lane = services.commands.lane(command.workflow_id)
    try:
        async with asyncio.timeout(asking.rest(STORING)):
            await lane.acquire()
    except TimeoutError:
        raise away from None
    try:
        await put_by(services, command, keep)
    finally:
        lane.release()


def name_of_put_off(who: Principal, method: str, path: str, said: str) -> str:
    """What makes it this request, however often it is sent."""
    return derived_id("put", who.role, who.subject, method, path, said)


def _whose(put_off: PutOff) -> str:
    """Whose place it takes; files have places of their own."""
    kind = "files of" if is_of_file(put_off.path) else "requests of"
    return f"{kind} {put_off.principal.role} {put_off.principal.subject}"


def _lane_of(path: str) -> str:
    """What a request waits in line for. One to a ticket is in one line with all that is sent to its
    workflow: what is newer waits for it. A file waits for the report that names it, and nobody for
    a file."""
    if is_of_file(path):
        return path
    ticket = _OF_TICKET.fullmatch(path)
    return ticket_workflow(ticket[1]) if ticket else "/".join(path.split("/")[:_LANE])


def asking_again(services: Services, app: FastAPI, failing: Failing | None = None) -> Again:
    """How a request that was put off is asked again of an application.

    Raises (the answer):
        Unavailable: it cannot be taken yet.
    """

    failing = failing or Failing()

    async def again(command: LoggedCommand) -> None:
        put_off = unsealed(services, command)
        if put_off is None:
            await _to_quarantine(services, command, Poison.REQUEST_UNREADABLE)
            return
        services.waiting_room.stay(_whose(put_off), command.update_id)
        if KEY not in dict(put_off.headers):
            # Asked again and again it has one effect.
            keyed = (*put_off.headers, (KEY, command.update_id))
            put_off = put_off.model_copy(update={"headers": keyed})
        # Of its own: how long it may take is not how long whoever asks again has.
        asked = asyncio.create_task(_asked(app, put_off), context=asking.for_ourselves())
        status, answer = await asked
        if failing.for_too_long(command.id, status):
            log.error("request_fails", command=command.id)
            await _to_quarantine(services, command, Poison.REQUEST_FAILS)
            return
        if status in (_ACCEPTED, _TOO_MANY) or status >= 500:
            raise _not_yet()
        if status >= _REFUSED:
            problem = json.loads(answer)
            if problem["code"] in _YET_TO_COME or await _is_to_come(services, put_off, problem):
                raise _not_yet()
            await refused_over_http(services, put_off, command.update_id, status, problem)
        await swept(services, command)
        services.commands.settle(command.id)
        tell = log.info if status < 400 else log.warning
        tell("request_asked_again", command=command.id, status=status)

    return again


async def _is_to_come(services: Services, put_off: PutOff, problem: Mapping[str, Any]) -> bool:
    """Whether it is refused only since its ticket does not run yet, as far as anybody can tell."""
    ticket = _OF_TICKET.fullmatch(put_off.path)
    if ticket is None or problem["code"] != "ticket-unknown":
        return False
    return await is_to_come(services, ticket[1], put_off.asked_at)


async def _to_quarantine(services: Services, command: LoggedCommand, why: Poison) -> None:
    """Leave a request to a person, and its line to those behind it."""
    at = services.clock()
    await services.reads.write(lambda s: put_aside(s, command, why, at))
    if why is Poison.REQUEST_UNREADABLE:
        # Nobody can tell any more whose bytes these are. What only fails is asked again with them.
        await swept(services, command)
    services.commands.settle(command.id)


def _not_yet() -> Unavailable:
    return Unavailable("answer-late", "It cannot be taken yet.")


async def _asked(app: FastAPI, put_off: PutOff) -> tuple[int, bytes]:
    """The status and the body of what an application answers."""
    body, status, answer = put_off.body.encode(), 500, b""
    headers = [(name.encode("latin-1"), v.encode("latin-1")) for name, v in put_off.headers]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": put_off.method,
        "scheme": "http",
        "path": put_off.path,
        "raw_path": put_off.path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [*headers, (b"content-length", str(len(body)).encode())],
        "client": None,
        "server": None,
        "put_off": put_off,
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, answer
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            answer += message.get("body", b"")

    await app(scope, receive, send)
    return status, answer
