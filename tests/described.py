"""What the house answers, whatever it is asked: with no header and no code that its description
does not know."""

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import httpx2
from fastapi import FastAPI

from api.http.answers import HEADERS
from api.http.refusals import REFUSALS

_LINK = re.compile(r"\(/problems/([a-z0-9-]+)\)")
_OF_HTTP = {"method-not-allowed", "body-too-large", "request-refused"}
"""What can be refused wherever somebody strays from HTTP."""
Operation = Mapping[str, Any]


def as_described(app: FastAPI) -> Callable[[httpx2.Response], Awaitable[None]]:
    """What every answer of an application is handed to: it fails where the description lacks
    something."""

    async def compared(answer: httpx2.Response) -> None:
        operation = operation_of(app.openapi(), answer.request.method, answer.request.url.path)
        if operation is None:
            return
        named = f"{operation['operationId']} {answer.status_code}"
        told = _told(operation, answer.status_code)
        untold = {h for h in HEADERS if h in answer.headers} - told.get("headers", {}).keys()
        assert untold == set(), f"{named} has headers that its description does not know"
        if operation["operationId"] in REFUSALS:
            await answer.aread()
            strange = set(_codes(answer)) - codes_told(operation) - _OF_HTTP
            assert strange == set(), f"{named}: add it to api/<subject>/refusals.yaml"

    return compared


def operation_of(document: Mapping[str, Any], method: str, path: str) -> Operation | None:
    """The operation of a path, as the description has it."""
    fitting = [
        template
        for template, methods in document["paths"].items()
        if method.lower() in methods and _pattern(template).fullmatch(path)
    ]
    if not fitting:
        return None
    template = min(fitting, key=lambda t: t.count("{"))
    found: Operation = document["paths"][template][method.lower()]
    return found


def codes_told(operation: Operation) -> set[str]:
    """Every code that an operation says it refuses with."""
    said = (response.get("description", "") for response in operation["responses"].values())
    return {code for text in said for code in _LINK.findall(text)}


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[a-z0-9_]+\\\}", "[^/]+", re.escape(template)))


def _told(operation: Operation, status: int) -> Mapping[str, Any]:
    responses = operation["responses"]
    found: Mapping[str, Any] = responses.get(str(status)) or responses[f"{status // 100}XX"]
    return found


def _codes(answer: httpx2.Response) -> Iterator[str]:
    """The codes of a refusal, or of those in a batch."""
    kind = answer.headers.get("content-type", "")
    if kind == "application/problem+json":
        yield answer.json()["code"]
    elif kind == "application/json" and answer.request.url.path.endswith(":batch"):
        for result in answer.json().get("results", ()):
            if result["problem"]:
                yield result["problem"]["code"]
