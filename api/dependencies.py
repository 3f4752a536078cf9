"""What routes ask for."""

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Header, Query, Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from api.auth import Principal, authenticated, only
from api.problems import HttpRefusal
from api.services import Services
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

_KEY = "^[\\x21-\\x7e]{1,255}$"
IdempotencyKey = Annotated[
    str, Header(alias="Idempotency-Key", pattern=_KEY, description="Chosen by you, once a request.")
]
OptionalKey = Annotated[str | None, Header(alias="Idempotency-Key", pattern=_KEY)]


def services(request: Request) -> Services:
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


def known_parameters(request: Request) -> None:
    """Refuse query parameters that a route does not know: a misspelt filter filters nothing.

    Raises:
        HttpRefusal: 400 `unknown-parameter`.
    """
    if not request.query_params:
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
        position: Any = json.loads(base64.urlsafe_b64decode(padded))
    except ValueError:
        position = None
    if (
        not isinstance(position, list)
        or len(position) != parts
        or not all(isinstance(p, str) and "\x00" not in p for p in position)
    ):
        raise HttpRefusal(400, "cursor-invalid", "Use the next_cursor of a page as it is.")
    return [str(p) for p in position]
