"""Before a closed door."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.errors import Conflict, NotFound
from models.escalation import EscalationReason
from models.field import FactKind
from models.messages.escalation import RescheduleVisit
from models.messages.visit import CancelVisit, CustomerComing, WaitAtDoor
from models.rules.escalation.doubts import doubts_of
from models.rules.ticket.calling_off import called_off
from models.rules.ticket.waiting import caught_up, timers
from models.rules.transitions import status_of
from models.rules.visit import door, fieldwork
from models.rules.visit.attendance import rescheduled
from models.rules.visit.shut_out import is_shut_out, shut_out_since, waits_until
from models.ticket import Ticket, TicketStatus, TimerName
from models.visit import ProposalState, Visit, VisitState
from tests.models.rules.stories import (
    ANNA,
    BY_CUSTOMER,
    DESK,
    HELPDESK,
    HOUR,
    NOW,
    VISIT,
    after,
    fact,
    happenings,
    named,
    refused,
    scheduled,
    written,
)

MINUTE = timedelta(minutes=1)
CLOSED = NOW + 5 * MINUTE
WAIT = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def only(ticket: Ticket) -> Visit:
    [visit] = ticket.visits
    return visit


def shut_out(received: datetime = CLOSED) -> Ticket:
    ticket = after(scheduled(), FactKind.ON_SITE)
    said = fact(FactKind.CANNOT_ENTER, at=CLOSED).model_copy(update={"received_at": received})
    return fieldwork.reported(ticket, said, received)[0]


def asked(ticket: Ticket, now: datetime = CLOSED) -> list[str]:
    return [doubt.reason for doubt in doubts_of(ticket, now)]


def clock(ticket: Ticket) -> datetime | None:
    running = {t.name: t.due_at for t in timers(ticket, NOW)}
    return running.get(TimerName.DOOR_WAIT)


def test_the_customer_is_called_twice_and_a_person_asked() -> None:
    ticket = shut_out()
    assert is_shut_out(only(ticket))
    assert happenings(ticket)[-2:] == ["visit.cannot_enter", "visit.door_closed"]
    for _, _, said in written(ticket)[-2:]:
        assert said["expires_at"] == (CLOSED + WAIT).isoformat()
    assert asked(ticket) == ["CANNOT_ENTER"]
    assert clock(ticket) == CLOSED + WAIT


def test_the_wait_counts_from_when_we_heard_of_the_door_and_from_the_first_time() -> None:
    late = shut_out(CLOSED + 3 * MINUTE)
    assert shut_out_since(only(late)) == CLOSED + 3 * MINUTE
    again, _ = fieldwork.reported(
        late, fact(FactKind.CANNOT_ENTER, at=CLOSED + MINUTE, name="again"), CLOSED + 4 * MINUTE
    )
    assert shut_out_since(only(again)) == CLOSED + 3 * MINUTE
    assert happenings(again).count("visit.door_closed") == 1


def test_an_open_door_is_none() -> None:
    for kind in (FactKind.STARTED, FactKind.ON_SITE):
        ticket, _ = fieldwork.reported(
            shut_out(), fact(kind, at=CLOSED + MINUTE, name="in"), CLOSED + MINUTE
        )
        visit = only(ticket)
        assert (is_shut_out(visit), shut_out_since(visit), waits_until(ticket, visit)) == (
            False,
            None,
            None,
        )
        assert asked(ticket) == []
    assert waits_until(scheduled(), only(scheduled())) is None


@pytest.mark.parametrize(
    ("due", "over"), [(CLOSED + WAIT - SECOND, 0), (CLOSED + WAIT, 1), (CLOSED + 2 * WAIT, 1)]
)
def test_at_the_end_of_the_wait_they_may_leave_and_hear_it_once(due: datetime, over: int) -> None:
    ticket = caught_up(caught_up(shut_out(), due), due)
    assert happenings(ticket).count("visit.door_wait_over") == over


def waited(ticket: Ticket, minutes: int | None, now: datetime = CLOSED) -> Ticket:
    return door.waited(ticket, WaitAtDoor(visit_id=VISIT, by=HELPDESK, minutes=minutes), now)


@pytest.mark.parametrize(("minutes", "until"), [(40, 40), (None, 15)])
def test_they_wait_for_as_long_as_somebody_says(minutes: int | None, until: int) -> None:
    said = CLOSED + MINUTE
    ticket = waited(shut_out(), minutes, said)
    assert clock(ticket) == said + until * MINUTE
    assert asked(ticket, said + until * MINUTE - SECOND) == []
    assert asked(ticket, said + until * MINUTE) == ["CANNOT_ENTER"]
    [(_, who, facts)] = [w for w in written(ticket) if w[0] == "visit.door_wait_extended"]
    assert (who, facts["expert_id"]) == (DESK, ANNA)
    done = caught_up(ticket, said + until * MINUTE)
    assert happenings(done).count("visit.door_wait_over") == 1


def test_who_was_told_that_they_may_leave_may_be_asked_to_wait_once_more() -> None:
    over = caught_up(shut_out(), CLOSED + WAIT)
    ticket = waited(over, 10, CLOSED + WAIT)
    done = caught_up(ticket, CLOSED + WAIT + 10 * MINUTE)
    assert happenings(done).count("visit.door_wait_over") == 2


def test_nobody_waits_at_an_open_door() -> None:
    assert refused(lambda: waited(scheduled(), 5))[1] == "doubt-gone"


def coming(ticket: Ticket, by: Any = BY_CUSTOMER, now: datetime = CLOSED) -> Ticket:
    return door.customer_coming(ticket, CustomerComing(visit_id=VISIT, by=by), now)


def test_a_customer_who_comes_is_waited_for_and_cannot_keep_them_for_ever() -> None:
    said = CLOSED + 10 * MINUTE
    once = coming(shut_out(), now=said)
    assert clock(once) == said + WAIT
    assert asked(once, said) == []
    assert coming(once, now=said + MINUTE) is once
    told = coming(once, HELPDESK, said + MINUTE)
    assert clock(told) == said + MINUTE + WAIT
    assert happenings(told).count("visit.customer_coming") == 2


def test_a_customer_who_comes_is_heard_though_the_expert_was_asked_to_wait_before() -> None:
    said = CLOSED + 5 * MINUTE
    ticket = coming(waited(shut_out(), 30), now=said)
    assert happenings(ticket)[-2:] == ["visit.door_wait_extended", "visit.customer_coming"]
    assert only(ticket).coming_said == said
    assert clock(ticket) == CLOSED + 30 * MINUTE
    assert coming(ticket, now=said + MINUTE) is ticket


def test_what_was_said_of_an_earlier_door_is_nothing_of_this_one() -> None:
    again = shut_out(CLOSED + HOUR)
    before = only(again).but(coming_said=CLOSED)
    assert happenings(coming(again.with_visit(before), now=CLOSED + HOUR))[-1] == (
        "visit.customer_coming"
    )


def test_a_wait_that_somebody_promised_is_not_made_shorter() -> None:
    ticket = coming(waited(shut_out(), 60), HELPDESK)
    assert clock(ticket) == CLOSED + 60 * MINUTE


def test_nobody_comes_to_a_door_that_is_open() -> None:
    assert refused(lambda: coming(scheduled())) == (Conflict, "door-open", None, {})
    other = CustomerComing(visit_id=named("vis", 9), by=BY_CUSTOMER)
    assert refused(lambda: door.customer_coming(shut_out(), other, NOW))[:2] == (
        NotFound,
        "visit-unknown",
    )


ANEW = RescheduleVisit(visit_id=VISIT, reason=EscalationReason.CANNOT_ENTER, by=HELPDESK)
OFF = CancelVisit(visit_id=VISIT, reason=EscalationReason.CANNOT_ENTER, by=HELPDESK)


def test_rescheduled_before_a_closed_door_it_is_the_customers_no_show() -> None:
    ticket = rescheduled(shut_out(), ANEW, CLOSED)
    visit = only(ticket)
    assert (visit.state, visit.no_shows) == (VisitState.OPEN, 1)
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.ACTIVE]
    happened = {kind: facts for kind, _, facts in written(ticket)}
    assert happened["visit.no_show"]["visit_id"] == VISIT
    assert happened["visit.released"]["reason"] == "cannot_enter"


def test_called_off_before_a_closed_door_it_is_one_too() -> None:
    ticket = called_off(shut_out(), OFF, CLOSED)
    assert (only(ticket).no_shows, status_of(ticket)) == (1, TicketStatus.CANCELLED)


def test_what_was_opened_meanwhile_is_no_no_show() -> None:
    inside, _ = fieldwork.reported(
        shut_out(), fact(FactKind.ON_SITE, at=CLOSED + MINUTE, name="in"), CLOSED + MINUTE
    )
    for act in (lambda: rescheduled(inside, ANEW, CLOSED), lambda: called_off(inside, OFF, CLOSED)):
        assert refused(act)[1] == "doubt-gone"
