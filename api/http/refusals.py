"""Which codes each operation can refuse with: those that follow from how it is asked, and those of
its subject, which stand in `api/<subject>/refusals.yaml`, by operation and status.

Every test that asks the house over HTTP compares what it is refused with, with what stands there.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from api.http.articles import ROOM
from api.http.auth import EVERY_ROLE
from api.http.policy import Policy

Codes = Mapping[int, tuple[str, ...]]
"""By status."""


def read(room: Path) -> dict[str, Codes]:
    """The codes of every subject's operations, by the operation's id.

    Raises:
        ValueError: an operation stands in two files.
    """
    found: dict[str, Codes] = {}
    for book in sorted(room.glob("*/refusals.yaml")):
        for name, by_status in yaml.safe_load(book.read_text(encoding="utf-8"))[
            "operations"
        ].items():
            if name in found:
                raise ValueError(f"{name} stands in two files: keep one")
            found[name] = {status: tuple(_flat(codes)) for status, codes in by_status.items()}
    return found


def _flat(codes: Iterable[Any]) -> Iterator[str]:
    """Codes, some of which stand in a list of their own, which several operations have."""
    for one in codes:
        yield from _flat(one) if isinstance(one, list) else (one,)


REFUSALS: Mapping[str, Codes] = read(ROOM)
"""What the subjects say. An operation that is not there has more than what follows from how it is
asked, which nobody has written down yet."""


def codes_of(
    name: str, operation: Mapping[str, Any], policy: Policy | None
) -> dict[int, list[str]]:
    """Every code of an operation by its status, where its subject has said its own; of the others
    those that follow from how they are asked."""
    found: dict[int, list[str]] = {}
    said = REFUSALS.get(operation["operationId"], {})
    for codes in (_of_asking(name, operation, policy), said.items()):
        for status, some in codes:
            found.setdefault(status, []).extend(some)
    return {status: sorted(set(codes)) for status, codes in sorted(found.items())}


def _of_asking(
    name: str, operation: Mapping[str, Any], policy: Policy | None
) -> Iterator[tuple[int, list[str]]]:
    parameters = operation.get("parameters", [])
    yield 429, ["rate-limited"]
    yield 500, ["internal-error"]
    if " /v1" in name:
        yield 400, ["invalid-parameter", "unknown-parameter"]
        yield 503, ["answer-late", "database-unavailable", "too-busy"]
    if policy is not None and not policy.public:
        yield 401, ["unauthenticated"]
        yield 503, ["issuer-unavailable"]
        if policy.roles != EVERY_ROLE:
            yield 403, ["role-not-allowed"]
    if any(p["in"] == "path" for p in parameters):
        yield 404, ["not-found"]
    if any(p["name"] == "cursor" for p in parameters):
        yield 400, ["cursor-invalid"]
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        yield 400, ["malformed-json"]
        yield 413, ["body-too-large"]
        yield 415, ["unsupported-media-type"]
        yield 422, ["validation-failed"]
    yield from _of_headers({p["name"]: p for p in parameters if p["in"] == "header"})


def _of_headers(headers: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[int, list[str]]]:
    key = headers.get("Idempotency-Key")
    if key is not None:
        yield 409, ["request-in-progress"]
        yield 422, ["idempotency-key-reused"]
        if key.get("required"):
            yield 400, ["idempotency-key-missing"]
