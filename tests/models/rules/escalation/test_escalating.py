"""The life of an escalation, rung by rung."""

from datetime import timedelta

import pytest

from models import subject
from models.actor import SYSTEM, Actor, Role
from models.errors import Conflict, Forbidden
from models.escalation import Action, Choice, Escalation, EscalationReason, EscalationState
from models.messages.escalation import RaiseEscalation
from models.rules.escalation.escalating import (
    carried_out,
    chosen,
    claimed,
    due_at,
    healed,
    raised,
    raised_again,
    stepped,
    unclaimed,
)
from tests.models.rules.stories import GROUP, HOUR, NOW, TICKET, named

ANA = Actor(role=Role.HELPDESK, id="usr_ana")
BOB = Actor(role=Role.HELPDESK, id="usr_bob")
MIA = Actor(role=Role.MANAGER, id="usr_mia")
JIM = Actor(role=Role.EXPERT, id="exp_jim")


def asked(step: timedelta = 4 * HOUR) -> Escalation:
    """An escalation that was opened now."""
    return raised(
        RaiseEscalation(
            escalation_id=named("esc", 1),
            concerns=subject.ticket(TICKET),
            workflow_id="ticket-1.PARTIAL",
            subject=GROUP,
            reason=EscalationReason.PARTIAL,
            urgency="normal",
            step=step,
            opened_at=NOW,
        )
    )


def choice(by: Actor = ANA, action: Action = Action.CANCEL) -> Choice:
    return Choice(action=action, by=by, at=NOW, command_id=f"{by.id}/1")


def kinds(escalation: Escalation) -> list[str]:
    return [event.type.removeprefix("escalation.") for event in escalation.news]


def code(refusal: pytest.ExceptionInfo[Conflict]) -> str:
    return refusal.value.code


# Its ladder.


def test_helpdesk_is_asked_then_a_manager_then_an_admin_who_stays_asked() -> None:
    escalation, seen = asked(), []
    for hours in (0, 3, 4, 7, 8, 100):
        escalation = stepped(escalation, NOW + hours * HOUR)
        seen.append((escalation.asks, escalation.level))
    assert seen == [
        (Role.HELPDESK, 1),
        (Role.HELPDESK, 1),
        (Role.MANAGER, 2),
        (Role.MANAGER, 2),
        (Role.ADMIN, 3),
        (Role.ADMIN, 3),
    ]
    assert kinds(escalation) == ["opened", "stepped", "stepped"]
    assert escalation.step_at is None
    assert escalation.state.is_live


def test_nobody_was_there_all_day_and_each_level_is_still_told() -> None:
    escalation = asked()
    for _ in range(5):
        escalation = stepped(escalation, NOW + 100 * HOUR)
    assert (escalation.level, kinds(escalation)) == (3, ["opened", "stepped", "stepped"])
    assert [e.data["level"] for e in escalation.news] == [1, 2, 3]


def test_a_step_of_no_time_at_all_reaches_the_top_and_stops() -> None:
    escalation = asked(timedelta(0))
    for _ in range(5):
        escalation = stepped(escalation, NOW)
    assert (escalation.level, escalation.step_at) == (3, None)


def test_when_the_last_level_is_asked_is_known_from_the_start() -> None:
    escalation = asked()
    assert due_at(escalation) == NOW + 8 * HOUR
    assert due_at(stepped(escalation, NOW + 4 * HOUR)) == NOW + 8 * HOUR


# Who may.


@pytest.mark.parametrize("command", [claimed, unclaimed])
def test_only_staff_works_on_it(command: object) -> None:
    with pytest.raises(Forbidden) as refusal:
        command(asked(), JIM, NOW)  # type: ignore[operator]
    assert refusal.value.code == "staff-only"
    with pytest.raises(Forbidden):
        chosen(asked(), choice(JIM))


def test_who_claims_it_twice_has_claimed_it_once() -> None:
    mine = claimed(asked(), ANA, NOW)
    assert (mine.state, mine.claimed_by) == (EscalationState.CLAIMED, ANA)
    assert claimed(mine, ANA, NOW) is mine
    free = unclaimed(mine, ANA, NOW)
    assert (free.state, free.claimed_by) == (EscalationState.OPEN, None)
    assert unclaimed(free, ANA, NOW) is free
    assert kinds(free) == ["opened", "claimed", "released"]


def test_a_colleague_waits_for_who_claimed_it_and_a_manager_does_not() -> None:
    mine = claimed(asked(), ANA, NOW)
    for command in (claimed, unclaimed):
        with pytest.raises(Conflict) as refusal:
            command(mine, BOB, NOW)
        assert code(refusal) == "escalation-claimed"
        assert command(mine, MIA, NOW).claimed_by != ANA
    with pytest.raises(Conflict):
        chosen(mine, choice(BOB))
    assert chosen(mine, choice(MIA)).choice is not None


def test_what_is_over_is_over_for_everybody() -> None:
    over = healed(asked(), NOW)
    for who in (ANA, MIA):
        for attempt in (
            lambda who=who: claimed(over, who, NOW),
            lambda who=who: unclaimed(over, who, NOW),
            lambda who=who: chosen(over, choice(who)),
        ):
            with pytest.raises(Conflict) as refusal:
                attempt()
            assert code(refusal) == "escalation-over"


# Its answer.


def test_of_two_decisions_the_first_is_carried_out() -> None:
    decided = chosen(asked(), choice(ANA))
    with pytest.raises(Conflict) as refusal:
        chosen(decided, choice(BOB))
    assert code(refusal) == "escalation-decided"
    done = carried_out(decided, None, NOW)
    assert (done.state, done.choice) == (EscalationState.RESOLVED, None)
    assert done.decided == decided.choice
    assert done.news[-1].actor == ANA
    assert done.news[-1].data["action"] is Action.CANCEL


def test_what_was_refused_can_be_decided_again_and_the_word_of_it_goes() -> None:
    refused = carried_out(chosen(asked(), choice()), "They are busy.", NOW)
    assert (refused.state, refused.refusal) == (EscalationState.OPEN, "They are busy.")
    again = chosen(refused, choice(BOB, Action.EXTEND_WAIT))
    assert again.refusal is None
    assert kinds(again) == ["opened", "decided", "decision_refused", "decided"]


def test_a_world_that_heals_by_the_decision_leaves_the_person_their_name() -> None:
    decided = chosen(asked(), choice())
    assert healed(decided, NOW) is decided
    assert carried_out(healed(decided, NOW), None, NOW).state is EscalationState.RESOLVED


def test_a_world_that_healed_before_a_refused_decision_ends_it_afterwards() -> None:
    refused = carried_out(healed(chosen(asked(), choice()), NOW), "Gone.", NOW)
    over = healed(refused, NOW)
    assert (over.state, over.decided) == (EscalationState.AUTO_RESOLVED, None)
    assert healed(over, NOW) is over
    assert over.news[-1].actor == SYSTEM


# Ended from outside.


def test_one_that_was_lost_stands_where_it_stood_and_forgets_what_was_being_done() -> None:
    known = chosen(claimed(stepped(asked(), NOW + 4 * HOUR), ANA, NOW), choice()).but(news=())
    again = raised_again(known, NOW + 5 * HOUR)
    assert (again.level, again.claimed_by, again.choice) == (2, ANA, None)
    assert kinds(again) == ["raised_again"]
    assert again.seq == known.seq + 1


def test_its_events_are_numbered_without_a_gap_and_name_themselves_alike() -> None:
    escalation = claimed(stepped(asked(), NOW + 4 * HOUR), ANA, NOW)
    assert [e.seq for e in escalation.news] == [1, 2, 3]
    same = claimed(stepped(asked(), NOW + 4 * HOUR), ANA, NOW)
    assert [e.id for e in same.news] == [e.id for e in escalation.news]


def test_since_when_somebody_sees_to_it_is_known_until_they_let_it_go() -> None:
    later = NOW + HOUR
    mine = claimed(asked(), ANA, later)
    assert mine.claimed_at == later
    assert unclaimed(mine, ANA, later).claimed_at is None
