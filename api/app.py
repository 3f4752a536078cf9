"""The API, put together."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from fastapi import Depends, FastAPI

from api.catalogue import policies
from api.catalogue import routes as reference
from api.escalation import escalations
from api.flag import routes as flags
from api.http import docs, health, problems
from api.http import problem_pages as articles
from api.http.auth import KeySet
from api.http.degraded import unless_it_can_wait
from api.http.dependencies import plain_json
from api.http.middleware import RequestMiddleware
from api.http.policy import admitted_by_address
from api.http.services import Services
from api.intake.noting import keep_noting, note_the_rest
from api.intake.put_off import asking_again
from api.intake.resending import Resending
from api.intake.taking_over import keep_taking_over
from api.knowledge import articles as knowledge
from api.matching import groups, offers, proposals
from api.people import (
    calendars,
    customers,
    days,
    delays,
    errands,
    experts,
    finding,
    positions,
    preferences,
    refused,
    routes,
    standing,
    toolboxes,
)
from api.report import loss, surveys
from api.status import routes as status
from api.status import subscriptions as restored
from api.status.looking import Looking
from api.ticket import brief, history, resolution, tickets
from api.visit import assignments, files, moving, reporting, visits, written
from api.web.link import coming as door_pages
from api.web.link import offers as offer_pages
from api.web.link import other as other_pages
from api.web.link import survey as survey_pages
from api.web.link import times as time_pages

DESCRIPTION = """
Field-service tickets: a customer files one, experts propose themselves, the visit settles by
itself, the work is done, billed and surveyed. Refusals are RFC 9457 problems; every `type` leads to
an article.
"""


EVERYWHERE = [Depends(admitted_by_address), Depends(plain_json), Depends(unless_it_can_wait)]


def create_app(services: Services, keys: KeySet | None) -> FastAPI:
    """The application over its collaborators. Without keys nobody has a token that verifies: it
    takes what was put off, and that only."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services.waiting_room.asks_by(asking_again(services, app))
        await asyncio.gather(
            services.reference.refresh(),
            services.crews.refresh(services.reads, services.clock),
        )
        behind = [
            asyncio.create_task(services.reference.keep_fresh()),
            asyncio.create_task(Resending(services).keep()),
            asyncio.create_task(keep_taking_over(services)),
            asyncio.create_task(keep_noting(services)),
            asyncio.create_task(Looking(services, keys).keep()),
            asyncio.create_task(services.status.keep(services.reads)),
            asyncio.create_task(services.crews.keep(services.reads, services.clock)),
        ]
        async with keys or nullcontext():
            yield
        for task in behind:
            task.cancel()
        await asyncio.gather(*behind, return_exceptions=True)
        await note_the_rest(services)

    app = FastAPI(
        title="Sysops Squad",
        version="1",
        description=DESCRIPTION,
        servers=[{"url": services.public_url.rstrip("/")}],
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.keys = keys
    app.state.limits = services.limits
    rooms = (
        tickets,
        brief,
        resolution,
        history,
        groups,
        offers,
        visits,
        reporting,
        assignments,
        moving,
        files,
        written,
        proposals,
        experts,
        calendars,
        days,
        errands,
        positions,
        preferences,
        refused,
        toolboxes,
        finding,
        delays,
        routes,
        standing,
        reference,
        policies,
        surveys,
        loss,
        escalations,
        customers,
        knowledge,
        flags,
        status,
        restored,
    )
    for room in rooms:
        # One by one: a router of routers asks all of them about every request.
        app.include_router(room.router, prefix="/v1", dependencies=EVERYWHERE)
    for page in (offer_pages, time_pages, door_pages, survey_pages, other_pages):
        app.include_router(page.router)
    app.include_router(health.router)
    app.include_router(articles.router)
    docs.mount(app)
    problems.install(app, services.public_url)
    app.add_middleware(
        RequestMiddleware, patience=services.patience, largest_file=files.largest_body
    )
    return app
