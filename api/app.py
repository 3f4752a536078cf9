"""The API, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI

from api.catalogue import routes as reference
from api.escalation import escalations
from api.http import docs, health, problems
from api.http import problem_pages as articles
from api.http.auth import KeySet
from api.http.dependencies import plain_json
from api.http.middleware import RequestMiddleware
from api.http.services import Services
from api.intake.resending import Resending
from api.matching import groups, offers, proposals
from api.people import calendars, customers, experts
from api.report import surveys
from api.ticket import history, tickets
from api.visit import assignments, visits

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
