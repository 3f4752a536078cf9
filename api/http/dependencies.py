"""What routes ask for."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, get_origin

from fastapi import Depends, Header, Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from api.http.auth import Principal, authenticated
from api.http.policy import only
from api.http.problem import FieldError
from api.http.problems import HttpRefusal
from api.http.services import Services
from models.actor import Role
from models.event import Cause
from models.identity import derived_id

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
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_KEY = "^[\\x21-\\x7e]{1,255}$"
IdempotencyKey = Annotated[
    str, Header(alias="Idempotency-Key", pattern=_KEY, description="Chosen by you, once a request.")
]
OptionalKey = Annotated[str | None, Header(alias="Idempotency-Key", pattern=_KEY)]


async def _seen(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            pattern='^([*]|"[0-9]{1,9}")$',
            description="The ETag of what you read: 412 if it has changed since.",
        ),
    ] = None,
) -> int | None:
    if len(request.headers.getlist("If-Match")) > 1:
        twice = FieldError(parameter="If-Match", code="given-twice", detail="Give one ETag.")
        raise HttpRefusal(400, "invalid-parameter", "A header is given twice.", errors=[twice])
    return None if if_match in (None, "*") else int(str(if_match).strip('"'))


Seen = Annotated[int | None, Depends(_seen)]
"""The last event of a ticket, or flag, that a command rests on, if it says so."""


async def services(request: Request) -> Services:
    """The collaborators of this process."""
    found: Services = request.app.state.services
    return found


With = Annotated[Services, Depends(services)]


def cause(
    request: Request, principal: Principal, command_id: str | None = None, seen: int | None = None
) -> Cause:
    """Who wants something, for the timeline, and what it rests on. What a client chose, an
    Idempotency-Key say, may say anything: what is kept of it is an id derived from it."""
    return Cause(
        actor=principal.actor,
        command_id=derived_id("req", command_id) if command_id else request.state.request_name,
        trace_id=request.state.trace_id,
        seen=seen,
    )


async def plain_json(request: Request) -> None:
    """Refuse a body that two readers may read differently: in another encoding than UTF-8, with a
    field given twice, or NaN.

    Raises:
        HttpRefusal: 400 `malformed-json`, 415 `unsupported-media-type`.
    """
    if request.method not in _WITH_BODY or request.state.is_file:
        return
    if not (octets := await request.body()):
        return
    content_type = request.headers.get("content-type", "").lower()
    if "json" not in content_type:
        return  # refused as such
    if not _said_to_be_utf_8(content_type):
        raise HttpRefusal(415, "unsupported-media-type", "Send the body in UTF-8.")
    if octets.startswith(_BYTE_ORDER_MARK):
        raise HttpRefusal(400, "malformed-json", "The body begins with a byte-order mark.")
    try:
        document = json.loads(octets.decode(), object_pairs_hook=_fields, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise HttpRefusal(400, "malformed-json", "The body is not UTF-8.") from None
    except (ValueError, RecursionError):
        # UTF-16 without its mark, which FastAPI has read; or no JSON, which it has refused.
        if b"\0" in octets:
            raise HttpRefusal(400, "malformed-json", "The body is not UTF-8.") from None
        return
    if (pointer := _given_twice(document)) is not None:
        refused = FieldError(pointer=pointer, code="duplicate-field", detail="Give a field once.")
        raise HttpRefusal(400, "malformed-json", "A field is given twice.", errors=[refused])


def _said_to_be_utf_8(content_type: str) -> bool:
    """Whether a Content-Type names no charset but the one that JSON has."""
    parameters = (part.partition("=") for part in content_type.split(";")[1:])
    named = [said for name, _, said in parameters if name.strip() == "charset"]
    return all(said.strip().strip('"') in ("utf-8", "utf8") for said in named)


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
    """Refuse query parameters that a route does not know: a misspelt filter filters nothing. Each
    but a list has one value: of two, another reader would take the other.

    Raises:
        HttpRefusal: 400 `unknown-parameter`, `invalid-parameter`.
    """
    if not request.scope["query_string"]:
        return
    known = set(_query_parameters(request.scope["route"].dependant))
    given = [name for name, _ in request.query_params.multi_items()]
    unknown = sorted(set(given) - known)
    if unknown:
        raise HttpRefusal(
            400,
            "unknown-parameter",
            "This address does not know one of the query parameters.",
            evidence={"known": sorted(known)},
        )
    many = set(_lists(request.scope["route"].dependant))
    if twice := sorted(name for name in known - many if given.count(name) > 1):
        raise HttpRefusal(
            400,
            "invalid-parameter",
            "A parameter is given twice.",
            errors=[
                FieldError(parameter=name, code="given-twice", detail="Give a parameter once.")
                for name in twice
            ],
        )


def _query_parameters(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _query_parameters(needed)


def _lists(dependant: Dependant) -> Iterator[str]:
    """The query parameters that may be given several times, every value of which counts."""
    fields = (*dependant.query_params, *(f for d in dependant.dependencies for f in d.query_params))
    yield from (f.alias for f in fields if get_origin(f.field_info.annotation) is list)


def fingerprint(body: BaseModel) -> str:
    """What makes two requests the same one."""
    plain = json.dumps(body.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
