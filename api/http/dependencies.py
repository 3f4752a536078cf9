"""What routes ask for."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Query, Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from api.http.auth import Principal, authenticated
from api.http.policy import only
from api.http.problems import FieldError, HttpRefusal
from api.http.services import Services
from models.actor import Role
from models.event import Cause

Caller = Annotated[Principal, Depends(authenticated)]
Customer = Annotated[Principal, Depends(only(Role.CUSTOMER))]
Expert = Annotated[Principal, Depends(only(Role.EXPERT))]
Staff = Annotated[Principal, Depends(only(Role.HELPDESK, Role.MANAGER, Role.ADMIN))]
Admin = Annotated[Principal, Depends(only(Role.ADMIN))]
CustomerOrStaff = Annotated[
    Principal, Depends(only(Role.CUSTOMER, Role.HELPDESK, Role.MANAGER, Role.ADMIN))
]
ExpertOrStaff = Annotated[
    Principal, Depends(only(Role.EXPERT, Role.HELPDESK, Role.MANAGER, Role.ADMIN))
]

_WITH_BODY = ("POST", "PUT", "PATCH")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_KEY = "^[\\x21-\\x7e]{1,255}$"
IdempotencyKey = Annotated[
    str, Header(alias="Idempotency-Key", pattern=_KEY, description="Chosen by you, once a request.")
]
OptionalKey = Annotated[str | None, Header(alias="Idempotency-Key", pattern=_KEY)]


async def services(request: Request) -> Services:
    """The collaborators of this process."""
    found: Services = request.app.state.services
    return found


With = Annotated[Services, Depends(services)]


def cause(request: Request, principal: Principal, command_id: str | None = None) -> Cause:
    """Who wants something, for the timeline."""
    return Cause(
        actor=principal.actor,
        command_id=command_id or request.state.request_id,
        trace_id=request.state.trace_id,
    )


async def plain_json(request: Request) -> None:
    """Refuse a body that two readers may read differently: a field given twice, or NaN.

    Raises:
        HttpRefusal: 400 `malformed-json`.
    """
    if request.method not in _WITH_BODY or not (octets := await request.body()):
        return
    try:
        document = json.loads(octets, object_pairs_hook=_fields, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return  # another content type, and refused as such
    if (pointer := _given_twice(document)) is not None:
        refused = FieldError(pointer=pointer, code="duplicate-field", detail="Give a field once.")
        raise HttpRefusal(400, "malformed-json", "A field is given twice.", errors=[refused])


class _Twice(str):
    """The name of a field that an object has more than once."""


def _fields(pairs: list[tuple[str, Any]]) -> Any:
    fields = dict(pairs)
    if len(fields) == len(pairs):
        return fields
    names = [name for name, _ in pairs]
    return _Twice(next(name for name in names if names.count(name) > 1))


def _no_number(_: str) -> Any:
    raise HttpRefusal(400, "malformed-json", "NaN and Infinity are not JSON.")


def _given_twice(value: Any) -> str | None:
    """The JSON pointer of a field that is given twice, if there is one."""
    if isinstance(value, _Twice):
        return f"/{value}" if _PLAIN_NAME.fullmatch(value) else ""
    steps = value.items() if isinstance(value, dict) else []
    for step, inner in enumerate(value) if isinstance(value, list) else steps:
        if (found := _given_twice(inner)) is not None:
            return f"/{step}{found}" if _PLAIN_NAME.fullmatch(str(step)) else ""
    return None


async def known_parameters(request: Request) -> None:
    """Refuse query parameters that a route does not know: a misspelt filter filters nothing.

    Raises:
        HttpRefusal: 400 `unknown-parameter`.
    """
    if not request.scope["query_string"]:
        return
    known = set(_query_parameters(request.scope["route"].dependant))
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        raise HttpRefusal(
            400,
            "unknown-parameter",
            "This address does not know one of the query parameters.",
            evidence={"known": sorted(known)},
        )


def _query_parameters(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _query_parameters(needed)


def fingerprint(body: BaseModel) -> str:
    """What makes two requests the same one."""
    plain = json.dumps(body.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


MOST_ROWS = 100
_EARLIEST, _LATEST = 2000, 2200
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Rows in a page.")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next_cursor` of a page.")]

Row = TypeVar("Row")


class Page(BaseModel, Generic[Row]):
    """A page of rows; `next_cursor` leads to the next one, and is null on the last."""

    items: list[Row]
    next_cursor: str | None = None


def encode_cursor(*position: str) -> str:
    """Where a page ended, opaque to the reader."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, parts: int) -> Sequence[str] | None:
    """Where to go on, or None at the beginning.

    Raises:
        HttpRefusal: 400 `cursor-invalid`.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position: Any = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:
        position = None
    if not isinstance(position, list) or len(position) != parts:
        raise cursor_invalid()
    if not all(isinstance(p, str) and p.isascii() and p.isprintable() for p in position):
        raise cursor_invalid()
    return [str(p) for p in position]


def decode_moment(cursor: str | None) -> tuple[datetime, str] | None:
    """Where to go on in a list in order of time, or None at the beginning.

    Raises:
        HttpRefusal: 400 `cursor-invalid`.
    """
    position = decode_cursor(cursor, 2)
    if position is None:
        return None
    try:
        moment = datetime.fromisoformat(position[0])
    except ValueError:
        raise cursor_invalid() from None
    if moment.tzinfo is None or not _EARLIEST <= moment.year <= _LATEST:
        raise cursor_invalid()
    return moment, position[1]


def cursor_invalid() -> HttpRefusal:
    """The refusal of a cursor that no page ever ended with."""
    return HttpRefusal(400, "cursor-invalid", "Use the next_cursor of a page as it is.")
