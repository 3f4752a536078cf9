"""What is written down of an escalation, and how a decision that comes too late is refused."""

from datetime import datetime

import pytest

from models.actor import SYSTEM, Actor, Role
from models.errors import Conflict, Forbidden
from models.escalation import Action, Brief, Choice, Escalation, EscalationReason, EscalationState
from models.messages.escalation import RaiseEscalation
from models.rules.escalation.escalating import (
    briefed,
    carried_out,
    chosen,
    claimed,
    healed,
    raised,
    raised_again,
    require_may_decide,
    stepped,
    unclaimed,
)
from tests.models.rules.stories import GROUP, HOUR, NOW, TICKET, named, refused

ANA = Actor(role=Role.HELPDESK, id="usr_ana")
BOB = Actor(role=Role.HELPDESK, id="usr_bob")
MIA = Actor(role=Role.MANAGER, id="usr_mia")
JIM = Actor(role=Role.EXPERT, id="exp_jim")
LATER = NOW + HOUR
ASK = RaiseEscalation(
    escalation_id=named("esc", 1),
    ticket_id=TICKET,
    workflow_id="ticket-1.PARTIAL",
    subject=GROUP,
    reason=EscalationReason.PARTIAL,
    visit=2,
    about="ntf_1",
    zone="berlin",
    urgency="urgent",
    step=4 * HOUR,
    opened_at=NOW,
)
Fact = tuple[str, datetime, str, str | None, dict[str, object]]


def choice(by: Actor = ANA, action: Action = Action.EXTEND_WAIT) -> Choice:
    return Choice(action=action, parameter=3, note_id="not_1", by=by, at=LATER, command_id="cmd_1")


def last(escalation: Escalation) -> Fact:
    """The newest event: what, when, by whom, by which command, with which facts but those that
    every event of an escalation has."""
    event = escalation.news[-1]
    common = {"escalation_id", "reason", "level"}
    assert common <= set(event.data)
    facts = {name: value for name, value in event.data.items() if name not in common}
    return event.type, event.recorded_at, event.actor.id, event.cause, facts


def test_an_escalation_begins_as_it_was_asked_for() -> None:
    escalation = raised(ASK)
    assert escalation.but(news=()) == Escalation(
        id=named("esc", 1),
        ticket_id=TICKET,
        workflow_id="ticket-1.PARTIAL",
        subject=GROUP,
        reason=EscalationReason.PARTIAL,
        visit=2,
        about="ntf_1",
        zone="berlin",
        urgency="urgent",
        step=4 * HOUR,
        opened_at=NOW,
        step_at=NOW + 4 * HOUR,
        seq=1,
    )
    opened = {"escalation_id": named("esc", 1), "reason": "PARTIAL", "level": 1, "subject": GROUP}
    assert escalation.news[0].data == opened
    assert last(escalation)[:3] == ("escalation.opened", NOW, SYSTEM.id)


def test_fresh_facts_change_nothing_else() -> None:
    brief = Brief(headline="Nobody offers.")
    assert briefed(raised(ASK), brief) == raised(ASK).but(brief=brief)


def test_each_step_and_each_claim_is_written_down() -> None:
    second = stepped(raised(ASK), NOW + 4 * HOUR)
    assert last(second) == ("escalation.stepped", NOW + 4 * HOUR, SYSTEM.id, None, {})
    assert (second.level, second.step_at) == (2, NOW + 8 * HOUR)
    assert stepped(second, NOW + 8 * HOUR).step_at is None
    mine = claimed(raised(ASK), ANA, LATER)
    assert last(mine) == ("escalation.claimed", LATER, ANA.id, None, {})
    free = unclaimed(mine, MIA, LATER)
    assert last(free) == ("escalation.released", LATER, MIA.id, None, {})


def test_one_that_stepped_to_its_end_is_not_stepped_again() -> None:
    top = stepped(stepped(raised(ASK), NOW + 4 * HOUR), NOW + 8 * HOUR)
    assert stepped(top, NOW + 99 * HOUR) is top
    overdue = top.but(step_at=NOW)
    assert stepped(overdue, NOW) == overdue.but(step_at=None)


def test_a_decision_is_written_down_with_its_words_named_and_by_its_command() -> None:
    refused_once = raised(ASK).but(refusal="They are busy.")
    decided = chosen(refused_once, choice())
    facts = {"action": "extend_wait", "parameter": 3, "note_id": "not_1"}
    assert last(decided) == ("escalation.decided", LATER, ANA.id, "cmd_1", facts)
    assert (decided.choice, decided.refusal) == (choice(), None)


def test_a_decision_that_was_carried_out_closes_it_in_the_name_of_who_decided() -> None:
    done = carried_out(chosen(raised(ASK), choice()), None, LATER)
    assert (done.state, done.closed_at, done.step_at) == (EscalationState.RESOLVED, LATER, None)
    facts = {"subject": GROUP, "action": "extend_wait"}
    assert last(done) == ("escalation.resolved", LATER, ANA.id, None, facts)


def test_a_decision_that_was_not_possible_is_counted_and_says_why() -> None:
    again = carried_out(chosen(raised(ASK), choice()), "Busy.", LATER)
    assert (again.refusals, again.refusal, again.choice) == (1, "Busy.", None)
    facts = {"action": "extend_wait"}
    assert last(again) == ("escalation.decision_refused", LATER, SYSTEM.id, None, facts)
    twice = carried_out(chosen(again, choice()), "Busy.", LATER)
    assert twice.refusals == 2


def test_what_healed_by_itself_is_nobodys_decision() -> None:
    over = healed(raised(ASK), LATER)
    assert (over.closed_at, over.step_at, over.decided) == (LATER, None, None)
    facts = {"subject": GROUP, "action": None}
    assert last(over) == ("escalation.auto_resolved", LATER, SYSTEM.id, None, facts)


def test_a_decision_about_what_is_over_changes_nothing_but_its_own_end() -> None:
    over = healed(raised(ASK), LATER).but(choice=choice())
    assert carried_out(over, "Gone.", LATER) == over.but(choice=None)
    assert carried_out(over, None, LATER) == over.but(choice=None, decided=choice())
    assert healed(over, LATER) is over


def test_one_that_is_raised_again_says_so_and_forgets_its_news() -> None:
    known = chosen(raised(ASK), choice())
    again = raised_again(known, LATER)
    assert [e.type for e in again.news] == ["escalation.raised_again"]
    assert last(again) == ("escalation.raised_again", LATER, SYSTEM.id, None, {})


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.EXPERT, Role.INTEGRATION, Role.SYSTEM])
def test_only_staff_decides(role: Role) -> None:
    somebody = Actor(role=role, id="x")
    staff_only = (Forbidden, "staff-only", None, {})
    assert refused(lambda: require_may_decide(raised(ASK), somebody)) == staff_only
    assert refused(lambda: claimed(raised(ASK), JIM, NOW)) == staff_only


def test_who_comes_too_late_hears_who_was_first() -> None:
    mine = claimed(raised(ASK), ANA, NOW)
    taken = (Conflict, "escalation-claimed", None, {"by": ANA.id})
    assert refused(lambda: require_may_decide(mine, BOB)) == taken
    for who in (ANA, MIA, Actor(role=Role.ADMIN, id="usr_adm")):
        require_may_decide(mine, who)
    decided = chosen(raised(ASK), choice())
    first = (Conflict, "escalation-decided", None, {"by": ANA.id})
    assert refused(lambda: chosen(decided, choice(BOB))) == first
    with pytest.raises(Conflict, match=r"^usr_ana has just decided to extend wait; press R"):
        chosen(decided, choice(BOB))
    over = (Conflict, "escalation-over", None, {"state": "AUTO_RESOLVED"})
    assert refused(lambda: claimed(healed(raised(ASK), NOW), ANA, NOW)) == over
