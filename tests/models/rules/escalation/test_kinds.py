"""Every reason has its decisions and its words, and each decision asks the ticket for something."""

from dataclasses import replace
from typing import Any

import pytest

from models.brief import Expected
from models.escalation import Action, Choice, EscalationReason
from models.field import FactKind
from models.messages.ticket import Admission
from models.rules.escalation.deed import Deed, Preparation
from models.rules.escalation.kind import (
    CLAIM,
    HINTS,
    REFRESH,
    RELEASE,
    Decision,
    Kind,
    Picture,
    Wants,
)
from models.rules.escalation.registry import DECISIONS, FAMILIES, KINDS
from models.ticket import Coverage, Matching, Ticket
from models.visit import AssignmentState
from tests.models.rules.escalation.briefs import told
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    LENGTH,
    NOW,
    VISIT,
    admitted,
    after,
    named,
    scheduled,
    with_filing,
)

WIRE_NAMES = {
    *("1_assign", "2_offer_slots", "3_extend_wait", "4_cancel"),
    *("1_mark_paid", "2_waive", "3_request_payment"),
    *("1_link_model", "2_create_model", "3_go_on_without"),
    *("1_look_again", "2_go_on_without"),
    *("1_remind", "2_replace", "3_reschedule"),
    *("1_replace", "2_reschedule", "3_ask_customer", "4_cancel_visit"),
    *("1_wait", "2_customer_coming"),
    *("1_bill_as_reported", "2_bill_minutes", "3_bill_nothing"),
    *("1_pay_expert", "2_do_not_pay"),
    *("1_told", "2_send_again"),
    *("1_more_time", "2_it_is_done", "3_follow_up"),
    *("1_plan_visit", "2_close_as_it_is", "3_close_without_rest"),
    *("1_tell_delay", "2_note_delay"),
}
"""What histories and unsent commands are full of: only ever added to."""
REASON = (
    "add a Kind of it to its family in models/rules/escalation; a new family is a module of its "
    "own, named in FAMILIES of registry.py; docs/extending-escalations.md shows how"
)


# The registry.


def test_no_reason_is_without_a_kind_and_none_has_two() -> None:
    reasons = [kind.reason for family in FAMILIES for kind in family.KINDS]
    assert set(reasons) == set(EscalationReason), REASON
    assert len(reasons) == len(set(reasons)), "a reason has one Kind"


def test_every_action_is_a_decision_somewhere() -> None:
    offered = {decision.action for decision in DECISIONS.values()}
    assert offered == set(Action), "an Action is the wire's word for a Decision: add that, too"


def test_the_name_of_a_decision_is_sent_over_temporal_and_never_changes() -> None:
    assert set(DECISIONS) >= WIRE_NAMES, "open pages and commands under way send that name"
    assert set(DECISIONS) == WIRE_NAMES, "add the new name to WIRE_NAMES"


def test_a_decision_is_the_same_wherever_it_is_offered() -> None:
    for kind in KINDS.values():
        for decision in kind.decisions:
            assert DECISIONS[decision.name] is decision
    named = {(d.action, d.number) for d in DECISIONS.values()}
    assert len(named) == len(DECISIONS), "one action under one number, one name"


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.reason)
def test_buttons_stand_in_the_order_of_their_numbers_below_those_of_everybody(kind: Kind) -> None:
    names = [d.name for d in kind.decisions] + [REFRESH, CLAIM, RELEASE]
    assert names == sorted(names)
    assert len({name[0] for name in names}) == len(names)


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=lambda decision: decision.name)
def test_a_button_says_its_number_what_it_does_and_what_to_type(decision: Decision) -> None:
    hint = HINTS[decision.wants]
    assert decision.button.startswith(f"{decision.number} {decision.label}")
    assert ("Data" in decision.button) is (decision.wants is not Wants.NOTHING)
    assert decision.description.startswith(f"{decision.label}. {decision.explains}")
    assert hint in decision.description


# What it asks of the ticket.


AGAIN = Admission(
    zone="berlin",
    category="refrigerator",
    plan_id=None,
    coverage=Coverage.COVERED,
    duration=LENGTH,
    positions=(),
)


def deed(action: Action, parameter: str | int | None = None) -> Deed:
    """A decision about a visit of Anna's, who is there, for which everything was prepared."""
    choice = Choice(action=action, parameter=parameter, by=HELPDESK.actor, at=NOW, command_id="c")
    escalation = told().but(choice=choice, subject=VISIT, about=named("ntf", 1))
    there = after(scheduled(), FactKind.ON_SITE)
    return Deed(escalation, choice, NOW, ticket=there, admission=AGAIN)


ASKED = {
    "1_assign": "assign_expert",
    "2_offer_slots": "offer_slots",
    "3_extend_wait": "extend_wait",
    "4_cancel": "cancel",
    "1_mark_paid": "decide_coverage",
    "2_waive": "decide_coverage",
    "3_request_payment": "request_payment",
    "1_link_model": "readmit",
    "2_create_model": "readmit",
    "3_go_on_without": "leave_model_open",
    "1_look_again": "readmit",
    "2_go_on_without": "enrich",
    "1_remind": "remind_expert",
    "2_replace": "assign_expert",
    "3_reschedule": "reschedule",
    "1_replace": "assign_expert",
    "2_reschedule": "reschedule",
    "3_ask_customer": "ask_customer",
    "4_cancel_visit": "cancel_visit",
    "1_wait": "wait_at_door",
    "2_customer_coming": "customer_coming",
    "1_bill_as_reported": "settle_work",
    "2_bill_minutes": "settle_work",
    "3_bill_nothing": "settle_work",
    "1_pay_expert": "settle_work",
    "2_do_not_pay": "settle_work",
    "1_told": "settle_notification",
    "2_send_again": "settle_notification",
    "1_more_time": "report_visit",
    "2_it_is_done": "conclude_visit",
    "3_follow_up": "conclude_visit",
    "1_plan_visit": "plan_follow_up",
    "2_close_as_it_is": "close_as_it_is",
    "3_close_without_rest": "close_as_it_is",
    "1_tell_delay": "note_delay",
    "2_note_delay": "note_delay",
}


@pytest.mark.parametrize("decision", DECISIONS.values(), ids=lambda decision: decision.name)
def test_each_decision_asks_the_ticket_in_the_name_of_who_decided(decision: Decision) -> None:
    parameter = {Wants.CANDIDATE: 2, Wants.MINUTES: 30}.get(decision.wants)
    update, message = decision.asks(deed(decision.action, parameter))
    assert update == ASKED[decision.name]
    assert message.model_dump()["by"]["actor"]["id"] == HELPDESK.actor.id


def test_a_replaced_expert_is_who_holds_the_position_of_the_candidate() -> None:
    _, message = DECISIONS["2_replace"].asks(deed(Action.REPLACE, 2))
    sent = message.model_dump()
    assert (sent["expert_id"], sent["instead_of"]) == (BEN, ANNA)


def test_the_same_decision_about_two_questions_asks_the_ticket_twice() -> None:
    one, other = deed(Action.REMIND), deed(Action.REMIND)
    other = replace(other, escalation=other.escalation.but(id=named("esc", 9)))
    assert one.request_id == deed(Action.REMIND).request_id
    assert one.request_id != other.request_id


def test_whatever_has_to_be_prepared_is_prepared_for_some_decision() -> None:
    assert {d.before for d in DECISIONS.values()} == set(Preparation)


# Its words.


def picture(ticket: Ticket, **more: Any) -> Picture:
    return Picture(ticket=ticket, now=NOW, number=7, tz="Asia/Kathmandu", **more)


@pytest.mark.parametrize("reason", EscalationReason)
def test_every_reason_speaks_of_a_ticket_of_which_nothing_is_known(
    reason: EscalationReason,
) -> None:
    nothing = picture(
        with_filing(admitted(), category=None, zone=None).but(visits=(), matching=Matching())
    )
    kind = KINDS[reason]
    assert kind.headline(nothing)
    assert isinstance(list(kind.facts(nothing)), list)
    assert set(kind.possible(nothing)) <= {d.action for d in kind.decisions}
    assert kind.possible(nothing)


def test_times_are_told_by_the_clock_on_the_customers_wall() -> None:
    assert picture(admitted()).local(NOW) == "Mon 02 Mar 13:45 (Asia/Kathmandu)"


def test_an_expert_is_spoken_of_by_number_and_no_customer_by_name() -> None:
    ticket = scheduled()
    silent = Expected(
        expert_id=ANNA, expert_no=17, skill="gas-fitting", state=AssignmentState.RESERVED
    )
    seen = picture(ticket, visit=ticket.visits[0], crew=(silent,))
    facts = KINDS[EscalationReason.NO_ACK].facts(seen)
    assert "Expert no. 17 (gas fitting) has not answered" in facts
    assert all("@" not in fact and ANNA not in fact for fact in facts)
