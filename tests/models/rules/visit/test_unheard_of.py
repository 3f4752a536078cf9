"""A visit of which nothing is heard at all: who is asked about it, and what they decide."""

from datetime import datetime, timedelta

import pytest

from models import subject
from models.actor import Actor, Role
from models.errors import Conflict
from models.escalation import Action, Choice, EscalationReason
from models.event import Cause
from models.field import FactKind
from models.messages.escalation import RaiseEscalation, RemindExpert, RescheduleVisit
from models.messages.visit import ConcludeVisit
from models.rules.escalation.asking import with_due_questions
from models.rules.escalation.deed import Deed
from models.rules.escalation.escalating import raised
from models.rules.escalation.kind import Picture
from models.rules.escalation.registry import DECISIONS, KINDS
from models.rules.ticket.finishing import work_on
from models.rules.ticket.waiting import caught_up, timers
from models.rules.visit.attendance import reminded, rescheduled
from models.rules.visit.concluding import concluded
from models.rules.visit.fieldwork import reported
from models.ticket import Ticket
from models.visit import VisitState
from tests.models.rules.stories import ANNA, BEN, HELPDESK, fact, named, refused
from tests.models.rules.visit.chains import at, chain, visit

K, S, R = FactKind, VisitState, EscalationReason
VISIT = named("vis", 1)
MINUTE = timedelta(minutes=1)
LATE, OVER = at(13.25), at(15)
"""A quarter of an hour after the start, and an hour after the planned end."""
DESK = Cause(actor=Actor(role=Role.HELPDESK, id="usr_ana"), command_id="req_1")


def booked(*crew: str, kind: FactKind | None = None) -> Ticket:
    """From 13 to 14 o'clock; all that was ever said."""
    ticket = chain(visit(1, 13, 14, *(crew or (ANNA,))))
    ticket = ticket.but(policies=ticket.policies.but(correction_window=timedelta(0)))
    for who in crew or (ANNA,):
        ticket, _ = reported(ticket, fact(kind or K.ACKNOWLEDGED, who, at(12.5)), at(12.5))
    return ticket.but(news=())


def live(ticket: Ticket) -> list[str]:
    return [q.reason for q in ticket.doubts.questions if q.is_live]


def told_again(ticket: Ticket, when: datetime) -> Ticket:
    """The helpdesk reminds the expert who is late, and is not asked for a quarter of an hour."""
    remind = RemindExpert(visit_id=VISIT, reason=R.LATE_START, by=HELPDESK)
    return with_due_questions(reminded(ticket, remind, when), when)


@pytest.mark.parametrize("kind", [K.ACKNOWLEDGED, K.EN_ROUTE])
def test_who_is_late_is_asked_about_once_for_as_long_as_that_is_asked(kind: FactKind) -> None:
    ticket = booked(kind=kind)
    due = [t.due_at for t in timers(ticket, at(13)) if t.name == "overrun"]
    assert due == [OVER]
    late = caught_up(ticket, LATE)
    assert live(late) == [R.LATE_START]
    assert live(caught_up(late, OVER)) == live(caught_up(late, OVER + 600 * MINUTE)) == live(late)


@pytest.mark.parametrize(("minutes", "asked"), [(59.9, []), (60, [R.OVERRUN])])
def test_where_nobody_is_asked_any_more_it_is_asked_an_hour_after_its_end(
    minutes: float, asked: list[str]
) -> None:
    waited = told_again(caught_up(booked(), LATE), at(14.9))
    assert live(waited) == []
    assert live(caught_up(waited, at(14) + minutes * MINUTE)) == asked


def test_from_then_on_it_is_that_question_alone() -> None:
    waited = told_again(caught_up(booked(), LATE), at(14.9))
    over = caught_up(waited, OVER)
    assert live(over) == live(caught_up(over, at(15.15))) == [R.OVERRUN]
    assert live(caught_up(over, OVER + 600 * MINUTE)) == [R.OVERRUN]


def test_before_that_who_is_late_is_asked_about_again() -> None:
    waited = told_again(caught_up(booked(), LATE), at(13.5))
    assert live(caught_up(waited, at(13.75))) == [R.LATE_START]


def test_arrival_ends_it_and_from_there_on_it_runs_as_ever() -> None:
    over = caught_up(booked(), OVER)
    assert live(over) == [R.OVERRUN]
    there, _ = reported(over, fact(K.ON_SITE, ANNA, at(15.1)), at(15.1))
    assert live(with_due_questions(there, at(15.1))) == [R.OVERRUN]
    done, _ = reported(there, fact(K.COMPLETED, ANNA, at(15.2)), at(15.2))
    assert live(with_due_questions(done, at(15.2))) == []


@pytest.mark.parametrize("kind", [K.CANNOT_ARRIVE, K.CANNOT_ENTER])
def test_whoever_says_that_they_do_not_come_in_has_said_something(kind: FactKind) -> None:
    ticket = booked()
    if kind is K.CANNOT_ENTER:
        ticket, _ = reported(ticket, fact(K.ON_SITE, ANNA, at(13)), at(13))
    said, _ = reported(ticket, fact(kind, ANNA, at(13)), at(13))
    assert [t for t in timers(said, at(13)) if t.name == "overrun"] == []
    assert R.OVERRUN not in live(caught_up(said, OVER))


def test_somebody_was_told_that_it_is_done_and_says_so_for_everybody() -> None:
    ticket = booked(ANNA, BEN)
    said = ConcludeVisit(visit_id=VISIT, kind=K.COMPLETED, by=DESK)
    assert refused(lambda: concluded(ticket, said, at(13.9)))[:2] == (Conflict, "doubt-gone")
    done = concluded(ticket, said, OVER)
    assert (done.visits[0].state, done.visits[0].actual_end) == (S.COMPLETED, OVER)
    assert [w.expert_id for w in work_on(done.visits[0])] == [ANNA, BEN]
    assert concluded(done, said, OVER + MINUTE) is done


def test_nobody_says_for_them_that_time_ran_out() -> None:
    said = ConcludeVisit(visit_id=VISIT, kind=K.INCOMPLETE, by=DESK)
    assert refused(lambda: concluded(booked(), said, OVER))[:2] == (Conflict, "doubt-gone")


def decided(name: str, ticket: Ticket) -> object:
    asked = raised(
        RaiseEscalation(
            escalation_id="esc_1",
            concerns=subject.ticket(ticket.id),
            workflow_id="ticket-1.OVERRUN.1",
            subject=VISIT,
            reason=R.OVERRUN,
            visit=1,
            urgency="normal",
            step=timedelta(hours=4),
            opened_at=OVER,
        )
    )
    decision = DECISIONS[name]
    choice = Choice(action=decision.action, by=DESK.actor, at=OVER, command_id="upd_1")
    return decision.asks(Deed(asked, choice, OVER, ticket=ticket))[1]


def test_a_follow_up_of_what_nobody_came_to_is_the_visit_itself_matched_anew() -> None:
    ticket = booked()
    asked = decided("3_follow_up", ticket)
    assert isinstance(asked, RescheduleVisit)
    anew = rescheduled(ticket, asked, OVER)
    assert (anew.visits[0].state, anew.visits[0].crew) == (S.OPEN, ())
    there, _ = reported(ticket, fact(K.ON_SITE, ANNA, at(13)), at(13))
    assert isinstance(decided("3_follow_up", there), ConcludeVisit)


def test_what_may_be_decided_says_whom_it_is_about() -> None:
    ticket, kind = booked(), KINDS[R.OVERRUN]
    silent = Picture(ticket=ticket, now=OVER, visit=ticket.visits[0])
    assert kind.possible(silent) == [Action.IT_IS_DONE, Action.FOLLOW_UP]
    assert "nothing was heard of it" in kind.headline(silent)
    said = kind.says(silent)
    assert "everybody who is booked" in (said[Action.IT_IS_DONE].explains or "")
    assert "matched anew" in (said[Action.FOLLOW_UP].explains or "")
    there, _ = reported(ticket, fact(K.ON_SITE, ANNA, at(13)), at(13))
    seen = Picture(ticket=there, now=OVER, visit=there.visits[0])
    assert kind.says(seen) == {}
    assert "nothing was heard" not in kind.headline(seen)
