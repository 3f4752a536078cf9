"""What else there is below `/link`: how the pages look, and a page for an address that is none."""

from fastapi import APIRouter, Request, Response
from starlette.responses import FileResponse

from api.http.dependencies import With
from api.http.policy import public
from api.web.link.friendly import friendly, unknown_link
from api.web.link.showing import STYLE

router = APIRouter(prefix="/link", include_in_schema=False)


@router.get("/static/link.css")
@public
async def style() -> Response:
    """How the pages look."""
    return FileResponse(STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@router.get("/{_:path}")
@friendly
async def nothing(request: Request, services: With) -> Response:
    """A link that was cut off."""
    raise unknown_link()
