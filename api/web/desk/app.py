"""The desk, put together."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import JSONResponse
from starlette.staticfiles import StaticFiles

from api.app import create_app
from api.http.services import Services
from api.intake.put_off import asking_again
from api.intake.resending import Resending
from api.web.desk import escalations, gateway, go, login, mending, refusals, session, start
from api.web.desk.door import Door, from_our_page
from api.web.desk.headers import DeskMiddleware
from api.web.desk.pages import STATIC
from api.web.desk.refused import Refused
from api.web.desk.session import current_person

PAGES: tuple[APIRouter, ...] = (start.router, escalations.router, mending.router, go.router)
"""Behind the login. New pages go here."""


def create_desk(services: Services, door: Door, pages: Sequence[APIRouter] = PAGES) -> FastAPI:
    """The application over its collaborators."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Not awaited: neither Postgres nor anybody else has to be there for us to start.
        behind = [
            asyncio.create_task(services.reference.keep_fresh()),
            asyncio.create_task(Resending(services).keep()),
        ]
        async with gateway.connection(door.ui_url) as app.state.temporal_ui:
            yield
        for task in behind:
            task.cancel()
        await asyncio.gather(*behind, return_exceptions=True)

    app = FastAPI(
        title="Sysops Squad helpdesk",
        openapi_url=None,
        redirect_slashes=False,
        telemetry={"logs": False},
        lifespan=lifespan,
        dependencies=[Depends(from_our_page)],
    )
    # What a dead API put off is asked again of the same routes.
    services.waiting_room.asks_by(asking_again(services, create_app(services, None)))
    app.state.services = services
    app.state.door = door
    app.get("/healthz")(_alive)
    app.mount("/desk/static", StaticFiles(directory=STATIC))
    app.include_router(login.router)
    for room in pages:
        app.include_router(room, dependencies=[Depends(current_person)])
    for ours in ("/desk/{_:path}", "/go", "/oidc/{_:path}"):
        app.add_api_route(ours, _nothing, methods=["GET", "POST"])
    app.include_router(gateway.router)
    refusals.install(app)
    app.add_middleware(DeskMiddleware)
    session.install(app, door.keys, secure=door.is_secure)
    return app


async def _alive() -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _nothing() -> None:
    raise Refused(404, "There is nothing here", "The address may be incomplete.")
