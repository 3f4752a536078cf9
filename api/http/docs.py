"""How the API describes itself: OpenAPI that tells of problems, and Swagger UI without a CDN."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from api.http.answers import with_answers
from api.http.policy import Policy, policies, public
from api.http.problem import Problem
from api.http.problems import RESPONSES

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_POLICY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
}
_KEPT = {"cache-control": "public, max-age=86400"}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""


def mount(app: FastAPI) -> None:
    """Serve `/docs` and complete the OpenAPI document.

    The application must have been made with `docs_url=None, redoc_url=None`.

    Raises:
        ModuleNotFoundError: the package that ships Swagger UI is not installed.
    """
    assets = Path(str(files("fastapi_swagger") / "resources"))
    # A page behind a prefix still finds its parts: every address is relative.
    start = "SwaggerUIBundle({});".format(
        json.dumps(
            {
                "url": (app.openapi_url or "/openapi.json").lstrip("/"),
                "dom_id": "#swagger-ui",
                "deepLinking": True,
                "validatorUrl": None,
            }
        )
    )

    @public
    async def page() -> Response:
        return HTMLResponse(_PAGE.format(title=escape(app.title)), headers=_POLICY)

    @public
    async def starter() -> Response:
        return Response(start, media_type="text/javascript")

    @public
    async def asset(request: Request) -> Response:
        name = Path(request.url.path).name
        return FileResponse(assets / name, media_type=_ASSETS[name], headers=_KEPT)

    app.get("/docs", include_in_schema=False)(page)
    app.get("/docs/start.js", include_in_schema=False)(starter)
    for name in _ASSETS:
        app.get(f"/docs/{name}", include_in_schema=False)(asset)
    for route in app.routes:
        if isinstance(route, Route) and route.path == app.openapi_url:
            public(route.endpoint)
    described = app.openapi
    app.openapi = cache(  # type: ignore[method-assign]
        lambda: _completed(described(), policies(app))
    )


def _completed(document: dict[str, Any], policy_of: Mapping[str, Policy | None]) -> dict[str, Any]:
    """The document with all that FastAPI cannot know."""
    _with_problems(document)
    for name, operation in _operations(document):
        policy = policy_of[name]
        if policy is not None and policy.public:
            operation["security"] = []
        _without_defaults(document, operation)
        with_answers(document, name, operation, policy)
    return document


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _without_defaults(document: dict[str, Any], operation: dict[str, Any]) -> None:
    """What may be left out of a request is described as just that. A field with a `default` is
    taken for one that is always there by some generators, and is sent by others though nobody set
    it; so words say what holds without it."""
    for parameter in operation.get("parameters", []):
        _told(parameter, parameter["schema"])
        # In an address, null would be a word.
        if (choice := parameter["schema"].get("anyOf", []))[1:] == [{"type": "null"}]:
            parameter["schema"] = choice[0]
    waiting, seen = [operation.get("requestBody", {})], set()
    while waiting:
        found = waiting.pop()
        for schema in found.get("properties", {}).values():
            _told(schema, schema)
        name = str(found.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            waiting.append(document["components"]["schemas"][name])
        inner = [v if isinstance(v, list) else [v] for v in found.values()]
        waiting += [v for values in inner for v in values if isinstance(v, dict)]


def _told(described: dict[str, Any], schema: dict[str, Any]) -> None:
    """The default of a field in its description; null, which is nothing, needs no words."""
    default = schema.pop("default", None)
    if default is not None:
        words = f"If left out: `{json.dumps(default)}`."
        described["description"] = f"{described.get('description', '')} {words}".strip()


def _with_problems(document: dict[str, Any]) -> None:
    """Every refusal described as what it is."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    # Whatever it could leave out, we always say.
    problem["required"] = list(problem["properties"])
    for said in problem["properties"].values():
        said.pop("default", None)
    schemas.update(problem.pop("$defs"), Problem=problem)
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            if "HTTPValidationError" in str(responses.get("422")):
                del responses["422"]
            for status, response in RESPONSES.items():
                # Of its own for each operation: what an answer has differs.
                responses.setdefault(status, dict(response))
