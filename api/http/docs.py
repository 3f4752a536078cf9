"""How the API describes itself: OpenAPI that tells of problems, and Swagger UI without a CDN."""

import json
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.routing import Route

from api.http.policy import public
from api.http.problems import RESPONSES, Problem

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
    app.openapi = lambda: _with_problems(described())  # type: ignore[method-assign]


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """The document with every refusal described as what it is."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"), Problem=problem)
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            if "HTTPValidationError" in str(responses.get("422")):
                del responses["422"]
            for status, response in RESPONSES.items():
                responses.setdefault(status, response)
    return document
