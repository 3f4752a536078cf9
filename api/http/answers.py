"""What OpenAPI tells of answers, in one place for all routes: the headers they have, the codes they
refuse with, and what a 202 means."""

from collections.abc import Mapping
from typing import Any

from api.http.articles import ARTICLES
from api.http.auth import EVERY_ROLE
from api.http.policy import Policy
from api.http.problems import refused
from api.http.refusals import codes_of
from models.actor import Role

KEPT = (
    "Kept; carried out as soon as the ticket can be reached. Send it again under the same key (a "
    "report: the same `client_event_id`) to learn what became of it."
)
"""What every 202 means."""
TAGGED = frozenset({"list_work_items", "read_day", "read_ticket", "read_flag", "switch_flag"})
"""The operations whose answer has an `ETag`."""
LOCATED = frozenset({"file_ticket"})
"""Those whose answer has a `Location`."""
COPIED = frozenset({"list_categories", "list_models"})
"""Those that answer from a copy, with a `Warning` while its source is away."""
ONCE = frozenset({"accept_offer"})
"""Those that answer a repetition as they did at first, without a key."""

_LIMITS = ("RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining", "RateLimit-Reset")
_ALWAYS = ("X-Request-Id", *_LIMITS)


def _header(description: str, kind: str = "string") -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}}


HEADERS: Mapping[str, dict[str, Any]] = {
    "ETag": _header(
        "Names what was read, quoted. Send it in `If-Match` with a change that rests on it, or, of "
        "the day, in `If-None-Match` to be told 304 while it is still so."
    ),
    "Idempotency-Replayed": _header(
        "`true`, where this is the answer of the first time: the same request was sent before "
        "under its key. Else it is not there."
    ),
    "Location": _header("The path of what was made."),
    "RateLimit-Limit": _header("How many such requests one caller may make a minute.", "integer"),
    "RateLimit-Policy": _header("The limit, its window in seconds, and the burst."),
    "RateLimit-Remaining": _header("How many are left at this moment.", "integer"),
    "RateLimit-Reset": _header("Seconds until all of them are there again.", "integer"),
    "Retry-After": _header("Seconds after which the same request is worth sending.", "integer"),
    "Warning": _header("110, while this is answered as it was before; else it is not there."),
    "X-Request-Id": _header("The request's name: the one that was sent, or one of ours."),
}
"""Every header that an answer may have. `RateLimit-*` is not there while nobody is counted."""
_RETRIED = frozenset({"409", "429", "503", "5XX"})


def with_answers(
    document: dict[str, Any], name: str, operation: dict[str, Any], policy: Policy | None
) -> None:
    """Complete what an operation says of its answers, and for whom it is."""
    document["components"].setdefault("headers", {}).update(HEADERS)
    codes = codes_of(name, operation, policy)
    responses = operation["responses"]
    for status, some in codes.items():
        responses.setdefault(str(status), refused(_told(some)))
    if "202" in responses:
        responses["202"]["description"] = KEPT
    if 428 in codes:
        for parameter in operation["parameters"]:
            if parameter["name"] == "If-Match":
                parameter["required"] = True
    for status, response in responses.items():
        named = {h: {"$ref": f"#/components/headers/{h}"} for h in _headers_of(operation, status)}
        response["headers"] = {**named, **response.get("headers", {})}
    said = (operation.get("description"), for_whom(policy))
    operation["description"] = "\n\n".join(filter(None, said))
    operation["responses"] = dict(sorted(responses.items()))


def for_whom(policy: Policy | None) -> str:
    """Who may call an operation."""
    if policy is None or policy.public:
        return "For: everybody, without a token."
    if policy.roles == EVERY_ROLE:
        return "For: every role."
    return f"For: {', '.join(role for role in Role if role in policy.roles)}."


def _headers_of(operation: Mapping[str, Any], status: str) -> list[str]:
    called, headers = operation["operationId"], list(_ALWAYS)
    is_success = status.startswith("2")
    if called in TAGGED and (is_success or status == "304"):
        headers.append("ETag")
    if called in LOCATED and is_success:
        headers.append("Location")
    if called in COPIED and is_success:
        headers.append("Warning")
    takes_key = any(p["name"] == "Idempotency-Key" for p in operation.get("parameters", []))
    if is_success and (takes_key or called in ONCE):
        headers.append("Idempotency-Replayed")
    if status in _RETRIED:
        headers.append("Retry-After")
    return headers


def _told(codes: list[str]) -> str:
    """The codes of a status, each with its title and a link to its article."""
    return "\n".join(f"- [`{code}`](/problems/{code}): {ARTICLES[code].title}" for code in codes)
