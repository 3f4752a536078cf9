"""The API, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from api import docs, problems
from api.auth import KeySet
from api.dependencies import plain_json
from api.middleware import RequestMiddleware
from api.resending import Resending
from api.routes import (
    assignments,
    calendars,
    customers,
    escalations,
    experts,
    groups,
    health,
    history,
    offers,
    proposals,
    reference,
    surveys,
    tickets,
    visits,
)
from api.routes import problems as articles
from api.services import Services

DESCRIPTION = """
Field-service tickets: a customer files one, experts propose themselves, the visit settles by
itself, the work is done, billed and surveyed. Refusals are RFC 9457 problems; every `type` leads to
an article.
"""


def create_app(services: Services, keys: KeySet) -> FastAPI:
    """The application over its collaborators."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await services.reference.refresh()
        behind = [
            asyncio.create_task(services.reference.keep_fresh()),
            asyncio.create_task(Resending(services).keep()),
        ]
        async with keys:
            yield
        for task in behind:
            task.cancel()
        await asyncio.gather(*behind, return_exceptions=True)

    app = FastAPI(
        title="Sysops Squad",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.keys = keys
    rooms = (
        tickets,
        history,
        groups,
        offers,
        visits,
        assignments,
        proposals,
        experts,
        calendars,
        reference,
        surveys,
        escalations,
        customers,
    )
    for room in rooms:
        # One by one: a router of routers asks all of them about every request.
        app.include_router(room.router, prefix="/v1", dependencies=[Depends(plain_json)])
    app.include_router(health.router)
    app.include_router(articles.router)
    docs.mount(app)
    problems.install(app, services.public_url)
    app.add_middleware(RequestMiddleware)
    return app
