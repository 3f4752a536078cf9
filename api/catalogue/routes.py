"""Reference data and policies."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from api.http.dependencies import (
    Admin,
    Cursor,
    Limit,
    Page,
    Staff,
    With,
    decode_cursor,
    encode_cursor,
    known_parameters,
)
from api.http.policy import public
from api.http.problems import RESPONSES
from api.http.text import Body, shown
from models.db.catalogue.reads import ReferenceReads
from models.db.catalogue.writes import ReferenceRepository
from models.errors import Invalid
from models.promise.policy import Policies
from models.ticket import Urgency

router = APIRouter(
    tags=["reference"], responses=RESPONSES, dependencies=[Depends(known_parameters)]
)
PolicyName = Literal[
    "pending_timeout",
    "match_hold",
    "min_lead",
    "reschedule_cutoff",
    "accept_link_ttl",
    "auto_close_after",
    "survey_ttl",
    "escalation_step",
    "ack_timeout",
    "late_start_after",
    "payment_wait",
    "sla_schedule",
    "sla_onsite",
    "sla_resolve",
    "auto_offer_slots",
]
SWITCHES = ("auto_offer_slots",)
Reference = dict[str, Any]


def _as_written(value: Any) -> Any:
    """Pydantic would also take a number of seconds, and "1 day, 02:00"."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str) or not value.startswith("P"):
        raise PydanticCustomError("not-a-duration", "give an ISO 8601 duration as text")
    return value


class PolicyChange(Body):
    """A duration, ISO 8601, from nothing to a year; for a switch, true or false."""

    model_config = shown(value="PT24H")

    value: Annotated[
        bool | Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=366))],
        BeforeValidator(_as_written),
    ]


class PoliciesView(BaseModel):
    """The durations for tickets that are opened from now on."""

    normal: Policies
    urgent: Policies


@router.get("/skills", summary="List the skills")
@public
async def skills(services: With) -> Page[Reference]:
    """Every skill, by code."""
    found = await services.reads.run(lambda s: ReferenceReads(s).skills())
    return Page(items=[skill.model_dump(mode="json") for skill in found])


@router.get("/categories", summary="List the kinds of appliance")
@public
async def categories(services: With) -> Page[Reference]:
    """Every category, with the length of a visit and the skills it needs."""
    found = await services.reads.run(lambda s: ReferenceReads(s).categories())
    return Page(items=[category.model_dump(mode="json") for category in found])


@router.get("/plans", summary="List the support plans")
@public
async def plans(services: With) -> Page[Reference]:
    """Every plan, amounts in minor units."""
    found = await services.reads.run(lambda s: ReferenceReads(s).plans())
    return Page(items=[plan.model_dump(mode="json") for plan in found])


@router.get("/zones", summary="List the service areas")
@public
async def zones(services: With) -> Page[Reference]:
    """Every zone, with its tariff in minor units of its currency."""
    found = await services.reads.run(lambda s: ReferenceReads(s).zones())
    return Page(items=[zone.model_dump(mode="json") for zone in found])


@router.get("/models", summary="Find appliance models")
@public
async def models(
    services: With,
    q: Annotated[str | None, Query(max_length=100, pattern="^[^\\x00-\\x1f]*$")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Reference]:
    """Models whose brand and designation hold every word of `q`."""
    position = decode_cursor(cursor, 1)
    after = position[0] if position else None
    found = await services.reads.run(lambda s: ReferenceReads(s).models(q, after, limit + 1))
    page = found[:limit]
    last = encode_cursor(page[-1].id) if len(found) > limit else None
    return Page(items=[model.model_dump() for model in page], next_cursor=last)


@router.get("/policies", summary="Read the policies")
async def policies(principal: Staff, services: With) -> PoliciesView:
    """The durations in force."""
    return await services.reads.run(
        lambda s: PoliciesView(
            normal=ReferenceReads(s).policies(Urgency.NORMAL),
            urgent=ReferenceReads(s).policies(Urgency.URGENT),
        )
    )


@router.put("/policies/{urgency}/{name}", summary="Change a policy")
async def change_policy(
    urgency: Urgency, name: PolicyName, change: PolicyChange, principal: Admin, services: With
) -> PoliciesView:
    """For tickets that are opened from now on."""
    if isinstance(change.value, bool) is not (name in SWITCHES):
        wanted = "true or false" if name in SWITCHES else "an ISO 8601 duration"
        raise Invalid("policy-value-wrong", f"{name} is {wanted}.", field="/value")
    await services.reads.write(
        lambda s: ReferenceRepository(s).set_policy(name, urgency, change.value)
    )
    return await policies(principal, services)
