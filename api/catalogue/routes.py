"""Reference data and policies."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Discriminator, Field, Tag

from api.http.dependencies import Admin, Staff, With, known_parameters
from api.http.paging import Cursor, Limit, Page, decode_name, page_of
from api.http.policy import public
from api.http.problems import RESPONSES
from api.http.text import AS_ISO_8601, Body, Searched, Truth, shown
from models.catalogue.nouns import ApplianceCategory, ApplianceModel, Skill, SupportPlan
from models.db.catalogue.reads import ReferenceReads, ServiceArea
from models.db.catalogue.writes import ReferenceRepository
from models.errors import Invalid
from models.promise.policy import Policies, least_of
from models.promise.sla import SlaAsks
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
    "replacement_min_lead",
    "door_wait",
    "overrun_after",
    "first_refusal",
    "payment_wait",
    "correction_window",
    "report_lead",
    "early_completion",
    "longest_work",
    "sla_schedule",
    "sla_onsite",
    "sla_resolve",
    "auto_offer_slots",
    "evidence_grace",
    "sla_asks",
    "no_show_fee",
    "start_code",
]
SWITCHES: Mapping[str, tuple[type[object], str]] = {
    "auto_offer_slots": (bool, "true or false"),
    "start_code": (bool, "true or false"),
    "sla_asks": (SlaAsks, "nobody, breach or risk"),
    "no_show_fee": (int, "a whole number of minor units"),
}
"""Those that are no durations: what they are, and how one says so."""
DEAREST = 10_000_000
"""Minor units that a policy may name."""


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "switch"
    if isinstance(value, int):
        return "amount"
    is_word = isinstance(value, str) and value in set(SlaAsks)
    return "word" if is_word else "duration"


class PolicyChange(Body):
    """A duration, ISO 8601, from a second to a year, or none where that makes sense: `match_hold`,
    `min_lead`, `reschedule_cutoff`, `correction_window`; for a switch, true or false, or one of its
    words; for a fee, minor units."""

    model_config = shown(value="P1D")

    value: Annotated[
        Annotated[Truth, Tag("switch")]
        | Annotated[SlaAsks, Tag("word")]
        | Annotated[int, Field(strict=True, ge=0, le=DEAREST), Tag("amount")]
        | Annotated[
            timedelta,
            Field(ge=timedelta(0), le=timedelta(days=366)),
            *AS_ISO_8601,
            Tag("duration"),
        ],
        Discriminator(_kind_of),
    ]


class PoliciesView(BaseModel):
    """The durations for tickets that are opened from now on."""

    normal: Policies
    urgent: Policies


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


@router.get("/policies", summary="Read the policies")
async def read_policies(principal: Staff, services: With) -> PoliciesView:
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
    kind, wanted = SWITCHES.get(name, (timedelta, "an ISO 8601 duration"))
    is_wrong_kind = isinstance(change.value, bool) and kind is not bool
    if is_wrong_kind or not isinstance(change.value, kind):
        raise Invalid("policy-value-wrong", f"{name} is {wanted}.", field="/value")
    if isinstance(change.value, timedelta) and change.value < least_of(name):
        raise Invalid("policy-value-wrong", f"{name} lasts a second at least.", field="/value")
    await services.reads.write(
        lambda s: ReferenceRepository(s).set_policy(name, urgency, change.value)
    )
    return await read_policies(principal, services)
