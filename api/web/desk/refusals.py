"""What the desk says when it does not do what was asked: a page for a person, JSON for the UI."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.responses import JSONResponse, RedirectResponse

from api.http.problems import HttpRefusal, refusal_of
from api.web.desk.pages import page
from api.web.desk.paths import login_path
from api.web.desk.refused import LoginNeeded, NotOurPage, Refused
from models.errors import DomainError

log = structlog.get_logger("api.web.desk")

_FORM = "application/x-www-form-urlencoded"
_GRPC = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 413: 3, 503: 14}
"""The codes that the Temporal UI knows from its own server."""
_TITLES = {
    400: "This cannot be understood",
    403: "This is not for you",
    404: "There is nothing here",
    409: "This is not possible now",
    413: "This is too much at once",
    422: "This is not accepted",
    503: "Not now",
}


def for_ui(status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as the Temporal UI shows it: it reads `message`."""
    body = {"code": _GRPC.get(status, 2), "message": words, "details": []}
    return JSONResponse(body, status, headers=dict(headers or {}))


def refuse(request: Request, error: Exception, note: str = "") -> Response:
    """The answer to a request that failed; with the note that somebody had written in a form, so
    that they need not write it again."""
    refused = _in_words(error)
    if request.url.path.startswith("/api/"):
        return for_ui(refused.status, refused.words, refused.headers)
    if isinstance(refused, LoginNeeded) and _is_navigation(request):
        return RedirectResponse(login_path(request), HTTPStatus.SEE_OTHER)
    return page(
        request,
        "refused.html",
        status=refused.status,
        headers=refused.headers,
        title=refused.title,
        words=refused.words,
        note=note,
    )


def _is_navigation(request: Request) -> bool:
    """Whether a person goes to a page. A part of a page must not begin a login: it would undo the
    one that is under way. Nor a form: the policy of our pages lets none end at the provider."""
    wants_page = "text/html" in request.headers.get("accept", "")
    mode = request.headers.get("sec-fetch-mode", "navigate" if wants_page else "")
    return request.method in ("GET", "HEAD") and mode == "navigate"


def _in_words(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    refusal = refusal_of(error)
    retry = (refusal.headers or {}).get("Retry-After")
    return Refused(
        refusal.status_code,
        _TITLES.get(refusal.status_code, "Something went wrong"),
        refusal.detail,
        retry_after=int(retry) if retry else None,
    )


async def _answer(request: Request, error: Exception) -> Response:
    return refuse(request, error, "" if isinstance(error, NotOurPage) else await _note(request))


async def _note(request: Request) -> str:
    """What stood in the note of a form, if that was sent and can be read."""
    if not request.headers.get("content-type", "").startswith(_FORM):
        return ""
    try:
        note = (await request.form()).get("note", "")
    except (HttpRefusal, RuntimeError, Refused):
        return ""
    return note if isinstance(note, str) else ""


def install(app: FastAPI) -> None:
    """Have every refusal of `app` answered in words."""
    for kind in (Refused, DomainError, HttpRefusal, RequestValidationError, 404, 405):
        app.add_exception_handler(kind, _answer)
