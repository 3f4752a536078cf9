"""Our own pages: templates with autoescape, and what every one of them is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.templating import Jinja2Templates

from api.web.desk.session import person_of

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_TEMPLATES = Jinja2Templates(
    env=Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
)


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **words: Any,
) -> Response:
    """A page of ours. Besides `words` its template knows `request`, `person` (None before the
    login) and the `namespace` of the Temporal UI."""
    told = {
        "person": person_of(request),
        "namespace": request.app.state.services.temporal_namespace,
        **words,
    }
    return _TEMPLATES.TemplateResponse(request, template, told, status, dict(headers or {}))
