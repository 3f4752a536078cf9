"""Reference data."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.http.dependencies import With, known_parameters
from api.http.paging import Cursor, Limit, Page, decode_name, page_of
from api.http.policy import public
from api.http.problems import RESPONSES
from api.http.text import Searched
from models.catalogue.nouns import ApplianceCategory, ApplianceModel, Skill, SupportPlan
from models.db.catalogue.reads import ReferenceReads, ServiceArea

router = APIRouter(
    tags=["reference"], responses=RESPONSES, dependencies=[Depends(known_parameters)]
)


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
    services: With, limit: Limit = 50, cursor: Cursor = None
) -> Page[ApplianceCategory]:
    """Every category, with the length of a visit and the skills it needs."""
    after = decode_name(cursor)
    found = await services.reads.run(lambda s: ReferenceReads(s).categories(after, limit + 1))
    return page_of(found, limit, lambda one: [one.code], lambda one: one)


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
    services: With,
    q: Annotated[Searched | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ApplianceModel]:
    """Models whose brand and designation hold every word of `q`."""
    after = decode_name(cursor)
    found = await services.reads.run(lambda s: ReferenceReads(s).models(q, after, limit + 1))
    return page_of(found, limit, lambda one: [one.id], lambda one: one)
