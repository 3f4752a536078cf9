"""What a ticket is admitted with, from what was found."""

from datetime import timedelta

import pytest

from models.messages.ticket import OpenTicket
from models.promise.sla import BusinessHours, Targets
from models.rules.promise.coverage import HeldPlan, SubscriptionStatus
from models.rules.ticket.admission import Found, admission_of
from models.ticket import Attention, Channel, Coverage, Urgency
from tests.models.rules.stories import BY_CUSTOMER, CUSTOMER, HOUR, NOW, TICKET, between

PLAN = HeldPlan(
    plan_id="plan_home",
    status=SubscriptionStatus.ACTIVE,
    categories=None,
    included_visits=4,
    price=1000,
)


def opened(*, slots: bool = True, urgency: Urgency = Urgency.NORMAL) -> OpenTicket:
    return OpenTicket(
        ticket_id=TICKET,
        customer_id=CUSTOMER,
        by=BY_CUSTOMER,
        channel=Channel.WEB,
        urgency=urgency,
        opened_at=NOW,
        slots=(between(24, 36),) if slots else (),
        model_id=None,
        category="refrigerator",
        model_text_given=False,
        sealed="",
        fingerprint="",
    )


FOUND = Found(
    zone="berlin",
    hours=None,
    model="mod_1",
    category="refrigerator",
    minutes=90,
    skills=({"skill": "refrigeration", "min_level": 2}, {"skill": "electrics", "min_level": 1}),
    plans=(PLAN,),
    policies={},
)


def test_a_ticket_is_admitted_with_its_people_its_length_and_who_pays() -> None:
    admission = admission_of(opened(), FOUND)
    assert (admission.zone, admission.category) == ("berlin", "refrigerator")
    assert admission.duration == timedelta(minutes=90)
    assert [(p.idx, p.skill, p.min_level) for p in admission.positions] == [
        (0, "refrigeration", 2),
        (1, "electrics", 1),
    ]
    assert (admission.coverage, admission.plan_id) == (Coverage.COVERED, "plan_home")
    assert admission.attention == ()


@pytest.mark.parametrize(
    ("found", "slots", "attention"),
    [
        (FOUND.but(zone=None), True, Attention.CUSTOMER_UNKNOWN),
        (FOUND.but(model=None), True, Attention.MODEL_UNRESOLVED),
        (FOUND, False, Attention.SLOTS_MISSING),
    ],
)
def test_what_a_person_should_look_at_is_noted(
    found: Found, slots: bool, attention: Attention
) -> None:
    assert admission_of(opened(slots=slots), found).attention == (attention,)


def test_whether_a_plan_covers_a_customer_whom_nobody_knows_is_not_known() -> None:
    admission = admission_of(opened(), FOUND.but(zone=None, plans=()))
    assert admission.coverage is Coverage.UNKNOWN
    known = admission_of(opened(), FOUND.but(plans=()))
    assert known.coverage is Coverage.NOT_COVERED


def test_a_policy_that_was_changed_governs_and_all_others_are_those_of_the_urgency() -> None:
    found = FOUND.but(policies={"pending_timeout": "PT5M"})
    normal = admission_of(opened(), found).policies
    urgent = admission_of(opened(urgency=Urgency.URGENT), found).policies
    assert normal.pending_timeout == urgent.pending_timeout == timedelta(minutes=5)
    assert (normal.escalation_step, urgent.escalation_step) == (
        timedelta(hours=4),
        timedelta(minutes=30),
    )


HOURS = BusinessHours(tz="Europe/Berlin", week=())
RULED = FOUND.but(
    hours=HOURS,
    plans=(
        PLAN.but(
            plan_id="plan_other", included_visits=1, sla={Urgency.NORMAL: Targets(onsite=HOUR)}
        ),
        PLAN.but(sla={Urgency.NORMAL: Targets(schedule=3 * HOUR)}),
    ),
)


@pytest.mark.parametrize(
    ("urgency", "promised"),
    [
        (Urgency.NORMAL, (3 * HOUR, 18 * HOUR, 45 * HOUR, HOURS)),
        (Urgency.URGENT, (2 * HOUR, 8 * HOUR, 24 * HOUR, None)),
    ],
)
def test_a_ticket_is_promised_what_the_plan_that_pays_says_of_its_urgency_and_else_the_policies(
    urgency: Urgency, promised: tuple[object, ...]
) -> None:
    admission = admission_of(opened(urgency=urgency), RULED)
    assert admission.plan_id == "plan_home"
    service = admission.service
    assert service is not None
    assert (service.schedule, service.onsite, service.resolve, service.hours) == promised


def test_a_plan_pays_for_the_categories_that_it_names_and_for_no_others() -> None:
    plans = (PLAN.but(categories=("refrigerator",)),)
    covered = admission_of(opened(), FOUND.but(plans=plans))
    assert (covered.coverage, covered.plan_id) == (Coverage.COVERED, "plan_home")
    other = admission_of(opened(), FOUND.but(plans=plans, category="oven"))
    assert (other.coverage, other.plan_id) == (Coverage.NOT_COVERED, None)


@pytest.mark.parametrize("changed", [{}, {"auto_offer_slots": "false"}])
def test_the_flag_counts_as_the_policy_and_leaves_the_others_as_they_are(
    changed: dict[str, str],
) -> None:
    found = FOUND.but(policies=changed)
    off, on = admission_of(opened(), found), admission_of(opened(), found, ["auto_offer_slots"])
    assert not off.policies.auto_offer_slots
    assert on.policies == off.policies.but(auto_offer_slots=True)


def test_where_the_policy_is_on_no_flag_is_needed() -> None:
    found = FOUND.but(policies={"auto_offer_slots": "true"})
    assert admission_of(opened(), found).policies.auto_offer_slots
