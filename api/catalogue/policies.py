"""Policies: how they stand, for whom, and changing them."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Discriminator, Field, StringConstraints, Tag

from api.http.dependencies import Admin, Staff, With, known_parameters
from api.http.problems import RESPONSES
from api.http.text import AS_ISO_8601, Body, Truth, shown
from models.db.catalogue.policies import PolicyReads, PolicyRepository
from models.db.catalogue.reads import ReferenceReads
from models.db.engine import Session
from models.errors import Invalid
from models.promise.policy import Policies, PolicyRule, least_of
from models.promise.sla import SlaAsks
from models.rules.promise.policies import policies_of, winning
from models.ticket import Urgency

router = APIRouter(
    prefix="/policies",
    tags=["reference"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
Named = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9_-]{1,80}$")]
Zone = Annotated[
    Named | None, Query(description="Of the tickets of this zone only; a code of `/v1/zones`.")
]
Plan = Annotated[
    Named | None,
    Query(description="Of the tickets that this plan pays for only; an id of `/v1/plans`."),
]
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
    """The policies in force."""

    normal: Policies
    urgent: Policies


class SaidFor(StrEnum):
    """For whom what holds was said; what stands later is more particular, and holds before it."""

    DEFAULT = "default"
    URGENCY = "urgency"
    ZONE = "zone"
    PLAN = "plan"
    PLAN_AND_ZONE = "plan_and_zone"


class PolicyInForce(BaseModel):
    """What a policy is, and for whom that was said."""

    name: PolicyName
    value: str | bool | int
    said_for: SaidFor


class PoliciesInForce(BaseModel):
    """What governs tickets of an urgency, in a zone, under a plan; and everything that was said for
    zones and plans of that urgency, whether it holds here or not."""

    urgency: Urgency
    zone: str | None
    plan: str | None
    policies: list[PolicyInForce]
    particular: list[PolicyRule]


@router.get("", summary="Read the policies")
async def read_policies(
    principal: Staff, services: With, zone: Zone = None, plan: Plan = None
) -> PoliciesView:
    """The policies in force for everybody, or in a zone, under a plan."""

    def read(session: Session) -> PoliciesView:
        _require_known(session, zone, plan)
        policies = PolicyReads(session)
        return PoliciesView(
            normal=policies.policies(Urgency.NORMAL, zone, plan),
            urgent=policies.policies(Urgency.URGENT, zone, plan),
        )

    return await services.reads.run(read)


@router.get("/{urgency}", summary="See which policies hold for whom")
async def read_policies_in_force(
    urgency: Urgency, principal: Staff, services: With, zone: Zone = None, plan: Plan = None
) -> PoliciesInForce:
    """What governs tickets of an urgency in a zone under a plan, and for whom each was said: what
    was said for both counts before what was said for the plan, that before what was said for the
    zone, and that before what was said for everybody."""

    def read(session: Session) -> PoliciesInForce:
        _require_known(session, zone, plan)
        rules = PolicyReads(session).rules(urgency)
        return _in_force(urgency, rules, zone, plan)

    return await services.reads.run(read)


@router.put("/{urgency}/{name}", summary="Change a policy")
async def change_policy(
    urgency: Urgency,
    name: PolicyName,
    change: PolicyChange,
    principal: Admin,
    services: With,
    zone: Zone = None,
    plan: Plan = None,
) -> PoliciesView:
    """For everybody of an urgency; or for those of a zone, a plan, or both, and then the answer
    says what holds there. Running tickets go by it within seconds: what runs follows, and what has
    happened stays."""
    kind, wanted = SWITCHES.get(name, (timedelta, "an ISO 8601 duration"))
    is_wrong_kind = isinstance(change.value, bool) and kind is not bool
    if is_wrong_kind or not isinstance(change.value, kind):
        raise Invalid("policy-value-wrong", f"{name} is {wanted}.", field="/value")
    if isinstance(change.value, timedelta) and change.value < least_of(name):
        raise Invalid("policy-value-wrong", f"{name} lasts a second at least.", field="/value")

    def write(session: Session) -> None:
        _require_known(session, zone, plan)
        PolicyRepository(session).set_policy(name, urgency, change.value, zone, plan)

    await services.reads.write(write)
    return await read_policies(principal, services, zone, plan)


@router.delete("/{urgency}/{name}", summary="Take back what was said of a policy")
async def drop_policy(
    urgency: Urgency,
    name: PolicyName,
    principal: Admin,
    services: With,
    zone: Zone = None,
    plan: Plan = None,
) -> PoliciesView:
    """What was said for this very zone and plan is no more, and what is said less particularly
    holds again, in the end the default. What was never said may be taken back, too. Running tickets
    go by it within seconds."""

    def write(session: Session) -> None:
        _require_known(session, zone, plan)
        PolicyRepository(session).drop_policy(name, urgency, zone, plan)

    await services.reads.write(write)
    return await read_policies(principal, services, zone, plan)


def _require_known(session: Session, zone: str | None, plan: str | None) -> None:
    """Refuse places and plans that are not there.

    Raises:
        Invalid: `zone-unknown`, `plan-unknown`.
    """
    reference = ReferenceReads(session)
    if zone is not None and reference.zone(zone) is None:
        raise Invalid("zone-unknown", "There is no such zone.", field="zone")
    if plan is not None and not reference.has_plan(plan):
        raise Invalid("plan-unknown", "There is no such plan.", field="plan")


def _in_force(
    urgency: Urgency, rules: list[PolicyRule], zone: str | None, plan: str | None
) -> PoliciesInForce:
    won = winning(rules, zone, plan)
    values = policies_of(urgency, rules, zone, plan).model_dump(mode="json")
    return PoliciesInForce(
        urgency=urgency,
        zone=zone,
        plan=plan,
        policies=[
            PolicyInForce.model_validate(
                {"name": name, "value": value, "said_for": _said_for(won.get(name))}
            )
            for name, value in values.items()
        ],
        particular=sorted(
            (rule for rule in rules if rule.zone or rule.plan),
            key=lambda rule: (rule.name, rule.plan or "", rule.zone or ""),
        ),
    )


def _said_for(rule: PolicyRule | None) -> SaidFor:
    if rule is None:
        return SaidFor.DEFAULT
    if rule.plan:
        return SaidFor.PLAN_AND_ZONE if rule.zone else SaidFor.PLAN
    return SaidFor.ZONE if rule.zone else SaidFor.URGENCY
