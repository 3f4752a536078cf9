"""What a refusal looks like over HTTP: a problem document (RFC 9457).

Whatever was refused, and wherever, becomes an HttpRefusal and that becomes the document. Values the
client sent are never repeated, in the answer or in our logs: they may be personal.
"""

import math
import re
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import to_jsonable_python
from starlette.exceptions import HTTPException

from api.http.articles import ARTICLES
from api.http.problem import FieldError, Problem
from models.errors import Category, DomainError

log = structlog.get_logger("api.http.problems")

STATUS: Mapping[Category, int] = {
    Category.INVALID: 422,
    Category.FORBIDDEN: 403,
    Category.NOT_FOUND: 404,
    Category.CONFLICT: 409,
    Category.RATE_LIMITED: 429,
    Category.UNAVAILABLE: 503,
}
RETRY_AFTER = 2
"""Seconds to wait after a 429 or 503 whose rule names no time of its own."""
_MOST_ERRORS = 50
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+\+00:00", re.ASCII)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class HttpRefusal(HTTPException):
    """A refusal that belongs to HTTP only; the rules speak in DomainErrors.

    Args:
        status: the HTTP status.
        code: stable and public, with an article.
        detail: one sentence for a person.
        field: where one field is to blame, JSON pointer into the body, or another name.
        headers: to send along, e.g. `WWW-Authenticate`.
        errors: all places to blame, where there may be several.
        evidence: public facts that help to mend the request.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
        evidence: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code
        self.errors = list(errors)
        if field is not None:
            is_pointer = field == "" or field.startswith("/")
            place = {"pointer" if is_pointer else "parameter": field}
            self.errors.append(FieldError(**place, code=code, detail=detail))
        self.evidence = dict(evidence or {})


_PRECONDITIONS = {"ticket-changed": 412, "flag-changed": 412}
"""What HTTP has a status of its own for, because it has a header that asks for it."""
_BY_STATUS = {
    400: HttpRefusal(400, "malformed-json", "The body cannot be read as JSON."),
    404: HttpRefusal(404, "not-found", "There is nothing at this address."),
    405: HttpRefusal(405, "method-not-allowed", "This address does not know the method."),
    413: HttpRefusal(413, "body-too-large", "The body is larger than 64 KiB."),
}


def refusal_of(error: Exception) -> HttpRefusal:
    """The refusal an exception amounts to; what nobody foresaw is logged as an incident."""
    match error:
        case HttpRefusal():
            return error
        case DomainError():
            return _spoken_by_a_rule(error)
        case RequestValidationError():
            return _malformed(error)
        case HTTPException() if known := _BY_STATUS.get(error.status_code):
            return HttpRefusal(known.status_code, known.code, known.detail, headers=error.headers)
        case HTTPException():
            return HttpRefusal(
                error.status_code,
                "request-refused",
                "The request cannot be served as it was made.",
                headers=error.headers,
            )
    incident = token_hex(8)
    log.error("incident", incident=incident, exc_info=error)
    return HttpRefusal(
        500,
        "internal-error",
        f"Something broke on our side. It is recorded as incident {incident}.",
        evidence={"incident": incident},
    )


def _spoken_by_a_rule(error: DomainError) -> HttpRefusal:
    headers = {}
    if error.category in (Category.RATE_LIMITED, Category.UNAVAILABLE):
        wait = error.evidence.get("retry_after", RETRY_AFTER)
        headers["Retry-After"] = str(max(1, math.ceil(float(wait))))
    return HttpRefusal(
        _PRECONDITIONS.get(error.code, STATUS[error.category]),
        error.code,
        error.detail,
        field=error.field,
        headers=headers,
        evidence=error.evidence,
    )


def _malformed(error: RequestValidationError) -> HttpRefusal:
    """A path that names nothing comes first, then parameters, then the body."""
    faults: dict[str, list[dict[str, Any]]] = {}
    for fault in error.errors():
        faults.setdefault(str(fault["loc"][0]), []).append(fault)
    if "path" in faults:
        return HttpRefusal(404, "not-found", "Nothing has an id like this.")
    for place in ("header", "query", "cookie"):
        if place in faults:
            return _bad_parameter(faults[place])
    body = faults["body"]
    if body[0]["type"] == "json_invalid":
        where = body[0]["loc"][-1]
        return HttpRefusal(400, "malformed-json", f"The body stops being JSON at offset {where}.")
    if isinstance(error.body, bytes):
        return HttpRefusal(415, "unsupported-media-type", "Send the body as application/json.")
    return HttpRefusal(
        422,
        "validation-failed",
        "Some fields of the body are missing, unknown or not what they must be.",
        errors=[
            FieldError(pointer=_pointer(f["loc"][1:], error.body), code=_kebab(f), detail=_say(f))
            for f in body[:_MOST_ERRORS]
        ],
    )


def _bad_parameter(faults: list[dict[str, Any]]) -> HttpRefusal:
    # Of a list, the place of what is wrong in it follows its name.
    names = [str(fault["loc"][1]) for fault in faults]
    if "idempotency-key" in [n.lower() for n, f in zip(names, faults, strict=True) if _absent(f)]:
        return HttpRefusal(400, "idempotency-key-missing", "Send an Idempotency-Key header.")
    errors = [
        FieldError(parameter=_plain(name), code=_kebab(fault), detail=_say(fault))
        for name, fault in zip(names, faults[:_MOST_ERRORS], strict=False)
    ]
    if any(fault["type"] == "extra_forbidden" for fault in faults):
        return HttpRefusal(
            400, "unknown-parameter", "A parameter is not known here.", errors=errors
        )
    return HttpRefusal(400, "invalid-parameter", "A parameter cannot be used.", errors=errors)


def _absent(fault: Mapping[str, Any]) -> bool:
    return bool(fault["type"] == "missing")


def _plain(name: str) -> str | None:
    return name if _PLAIN_NAME.fullmatch(name) else None


def _kebab(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return "unknown-field" if fault["loc"][0] == "body" else "unknown-parameter"
    return str(fault["type"]).replace("_", "-")


def _say(fault: Mapping[str, Any]) -> str:
    """Pydantic's sentence, unless it quotes what was sent."""
    said = str(fault["msg"])
    sent = (fault.get("input"), fault.get("ctx", {}).get("tag"))
    if any(isinstance(value, str) and len(value) > 3 and value in said for value in sent):
        return "This value is not accepted here."
    return said


def _pointer(steps: Sequence[str | int], body: object) -> str:
    """Where in the body; the schema's own steps (tags of unions) are not in it and are left out."""
    pointer = ""
    for number, step in enumerate(steps, start=1):
        if isinstance(body, list) and isinstance(step, int):
            body = body[step] if step < len(body) else None
        elif isinstance(body, dict) and (step in body or number == len(steps)):
            body = body.get(step)
        else:
            continue
        if not _PLAIN_NAME.fullmatch(str(step)):
            break
        pointer += f"/{step}"
    return pointer


def problem(request: Request, error: Exception) -> Response:
    """The answer to an exception."""
    refusal = refusal_of(error)
    return Response(
        _document(request, refusal).model_dump_json(exclude_none=True),
        refusal.status_code,
        refusal.headers,
        media_type="application/problem+json",
    )


def document_of(request: Request, error: Exception) -> Problem:
    """The problem document of an exception, of one of several things that were asked at once."""
    return _document(request, refusal_of(error))


def _document(request: Request, refusal: HttpRefusal) -> Problem:
    article = ARTICLES.get(refusal.code)
    return Problem(
        type=f"{request.app.state.public_url}/problems/{refusal.code}",
        title=article.title if article else refusal.code.replace("-", " ").capitalize(),
        status=refusal.status_code,
        code=refusal.code,
        detail=refusal.detail,
        instance=quote(request.scope["path"], safe="/:@")[:512],
        errors=refusal.errors,
        trace_id=getattr(request.state, "trace_id", ""),
        evidence=_in_utc(to_jsonable_python(refusal.evidence, fallback=str)),
    )


def _in_utc(stated: Any) -> Any:
    """Evidence whose moments are written as those of every answer are: rules write them by their
    offset, which is that of UTC."""
    match stated:
        case str() if _MOMENT.fullmatch(stated):
            return stated.removesuffix("+00:00") + "Z"
        case dict():
            return {name: _in_utc(value) for name, value in stated.items()}
        case list():
            return [_in_utc(value) for value in stated]
    return stated


async def _answer(request: Request, error: Exception) -> Response:
    return problem(request, error)


def install(app: FastAPI, public_url: str) -> None:
    """Have every refusal of `app` answered with a problem document.

    Args:
        app: the application.
        public_url: where clients reach it, without a slash at the end; prefix of every `type`.
    """
    app.state.public_url = public_url.rstrip("/")
    for kind in (DomainError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _answer)


def refused(description: str) -> dict[str, Any]:
    """How OpenAPI describes a refusal."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": schema}},
    }


RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": refused("Refused: `code` names the rule."),
    "5XX": refused("Not now: try again if `Retry-After` says so."),
}
"""How OpenAPI describes refusals. Attach to a router; `api.http.docs` adds it where it was
forgotten."""
