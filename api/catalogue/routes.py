"""Reference data."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from api.http.dependencies import With, known_parameters
from api.http.paging import Cursor, Limit, Page, decode_name, page_of
from api.http.policy import public
from api.http.problems import RESPONSES
from api.http.services import Services
from api.http.text import Searched
from models.catalogue.nouns import ApplianceCategory, ApplianceModel, Skill, SupportPlan
from models.db.catalogue.reads import ReferenceReads, ServiceArea
from models.status import PartState

router = APIRouter(
    tags=["reference"], responses=RESPONSES, dependencies=[Depends(known_parameters)]
)

Row = TypeVar("Row", ApplianceCategory, ApplianceModel)
STALE = '110 - "Response is Stale"'


class CataloguePage(Page[Row], Generic[Row]):
    """A page of the catalogue, which is answered from a copy."""

    stale: Annotated[
        bool,
        Field(
            description="Whether its source is away, and this is as it was at `as_of`. What is "
            "missing can be described in `model_text`."
        ),
    ]
    as_of: Annotated[
        datetime | None, Field(description="When the copy was last known to be right, if ever.")
    ]


@router.get("/skills", summary="List the skills")
@public
async def list_skills(services: With, limit: Limit = 50, cursor: Cursor = None) -> Page[Skill]:
    """Every skill, by code."""
    after = decode_name(cursor)
    found = await services.reads.run(lambda s: ReferenceReads(s).skills(after, limit + 1))
    return page_of(found, limit, lambda one: [one.code], lambda one: one)


@router.get("/categories", summary="List the kinds of appliance")
@public
async def list_categories(
    response: Response, services: With, limit: Limit = 50, cursor: Cursor = None
) -> CataloguePage[ApplianceCategory]:
    """Every category, with the length of a visit and the skills it needs."""
    after = decode_name(cursor)
    found = services.reference.listed().some_categories(after, limit + 1)
    return _copied(services, response, found, limit, lambda one: one.code)


@router.get("/plans", summary="List the support plans")
@public
async def list_plans(services: With, limit: Limit = 50, cursor: Cursor = None) -> Page[SupportPlan]:
    """Every plan, amounts in minor units."""
    after = decode_name(cursor)
    found = await services.reads.run(lambda s: ReferenceReads(s).plans(after, limit + 1))
    return page_of(found, limit, lambda one: [one.id], lambda one: one)


@router.get("/zones", summary="List the service areas")
@public
async def list_zones(services: With, limit: Limit = 50, cursor: Cursor = None) -> Page[ServiceArea]:
    """Every zone, with its tariff in minor units of its currency."""
    after = decode_name(cursor)
    found = await services.reads.run(lambda s: ReferenceReads(s).zones(after, limit + 1))
    return page_of(found, limit, lambda one: [one.code], lambda one: one)


@router.get("/models", summary="Find appliance models")
@public
async def list_models(
    response: Response,
    services: With,
    q: Annotated[Searched | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CataloguePage[ApplianceModel]:
    """Models whose brand and designation hold every word of `q`. While their source is away they
    are listed as they were: `stale`, with a `Warning`."""
    after = decode_name(cursor)
    found = services.reference.listed().found(q, after, limit + 1)
    return _copied(services, response, found, limit, lambda one: one.id)


def _copied(
    services: Services,
    response: Response,
    found: Sequence[Row],
    limit: int,
    name: Callable[[Row], str],
) -> CataloguePage[Row]:
    page = page_of(found, limit, lambda one: [name(one)], lambda one: one)
    state, as_of, _ = services.catalogue_seen()
    is_stale = state is not PartState.OK
    if is_stale:
        response.headers["Warning"] = STALE
    return CataloguePage(
        items=page.items, next_cursor=page.next_cursor, stale=is_stale, as_of=as_of
    )
