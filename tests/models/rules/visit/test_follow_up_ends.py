"""How a follow-up ends that is not needed, and what is billed of one that is."""

from datetime import timedelta
from typing import Any

from models.field import FactKind
from models.messages.ticket import CancelTicket
from models.rules.escalation.doubts import doubts_of
from models.rules.ticket.closing import cancelled
from models.rules.ticket.finishing import bill_due
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import reported
from models.ticket import Attention, Ticket, TicketStatus
from models.visit import AssignmentState, MatchState, VisitState
from tests.models.rules.stories import (
    ANNA,
    HELPDESK,
    HOUR,
    VISIT,
    fact,
    happenings,
    named,
    with_filing,
    written,
)
from tests.models.rules.visit.chains import MINUTE, WHEN, at, chain, ended, new, visit, working

K, S = FactKind, VisitState
V2 = named("vis", 2)


# Taken back.


def taken_back(ticket: Ticket, **more: Any) -> Ticket:
    said = fact(K.EN_ROUTE, ANNA, WHEN, name="sorry").model_copy(
        update={"kind": None, "corrects": "undone", **more}
    )
    return reported(ticket, said, WHEN + MINUTE)[0]


def test_taken_back_there_is_no_follow_up_and_the_rest_is_matched_behind_the_visit() -> None:
    ticket = taken_back(ended())
    assert [v.state for v in ticket.visits] == [S.IN_PROGRESS, S.OPEN, S.CANCELLED]
    [group] = ticket.matching.groups
    assert (group.is_live, group.needs_matching) == (True, True)
    assert [(d.predecessor, d.successor) for d in group.dependencies] == [(VISIT, V2)]
    assert "visit.cancelled" in happenings(ticket)
    assert status_of(ticket) is TicketStatus.IN_PROGRESS


def test_alone_its_group_is_settled_again() -> None:
    ticket = chain(visit(1, 13, 14, ANNA))
    ticket, _ = reported(ticket, fact(K.STARTED, ANNA, at(13)), at(13))
    ticket = taken_back(ended(ticket))
    [group] = ticket.matching.groups
    assert group.match_state is MatchState.FINALISED
    assert ticket.matching.since is None


def test_whoever_was_to_come_again_is_let_go_and_told() -> None:
    ticket = ended()
    [seat] = ticket.visits[0].crew
    booked = seat.but(id=named("asg", 99), visit_id=new(ticket).id, state=AssignmentState.RESERVED)
    ticket = ticket.with_visit(
        new(ticket).but(state=S.SCHEDULED, start=at(33), assignments=(booked,))
    )
    before = ticket
    ticket = taken_back(ticket)
    assert new(ticket).state is S.CANCELLED
    assert [kind for kind, _, _ in written(ticket, before)] == [
        "visit.report_withdrawn",
        "visit.released",
        "visit.cancelled",
        "assignment.released",
    ]


def test_nobody_is_asked_for_times_any_more() -> None:
    ticket = taken_back(ended(parts_eta=at(45)))
    assert Attention.SLOTS_MISSING not in ticket.filing.attention
    without = with_filing(working(), slots=(), attention=(Attention.SLOTS_MISSING,))
    assert Attention.SLOTS_MISSING in taken_back(ended(without)).filing.attention


def test_a_follow_up_that_has_begun_goes_on() -> None:
    ticket = ended()
    ticket = ticket.with_visit(new(ticket).but(state=S.ON_SITE, start=at(14)))
    assert new(taken_back(ticket)).state is S.ON_SITE


def test_undone_a_second_time_it_goes_on_a_second_time() -> None:
    ticket = taken_back(ended())
    ticket, _ = reported(ticket, fact(K.INCOMPLETE, ANNA, WHEN, name="really"), WHEN + MINUTE)
    assert [v.follows for v in ticket.visits] == [None, None, VISIT, VISIT]
    assert new(ticket).state is S.OPEN


# Its money.


def test_all_of_a_round_is_billed_once_and_when_the_follow_up_is_done() -> None:
    ticket = ended(working(correction_window=timedelta(0)))
    assert bill_due(ticket, WHEN) is None
    follow_up = new(ticket)
    [seat] = ticket.visits[0].crew
    booked = seat.but(id=named("asg", 99), visit_id=follow_up.id, state=AssignmentState.RESERVED)
    ticket = ticket.with_visit(
        follow_up.but(state=S.SCHEDULED, start=at(33), assignments=(booked,), first_until=None)
    )
    [group] = ticket.matching.groups
    ticket = ticket.with_group(group.but(match_state=MatchState.FINALISED, needs_matching=False))
    ticket = ticket.with_visit(ticket.visits[1].but(state=S.CANCELLED))
    for kind, hour in ((K.STARTED, 33), (K.COMPLETED, 34)):
        said = fact(kind, ANNA, at(hour), name=f"again-{kind}")
        said = said.model_copy(update={"visit_id": follow_up.id})
        ticket, _ = reported(ticket, said, at(hour))
    assert status_of(ticket) is TicketStatus.COMPLETED
    bill = bill_due(ticket, at(34))
    assert bill is not None
    assert [(w.visit_id, w.worked) for w in bill.work] == [(VISIT, HOUR), (follow_up.id, HOUR)]


def test_of_a_ticket_that_is_given_up_what_was_done_is_billed() -> None:
    ticket = cancelled(ended(), CancelTicket(by=HELPDESK), WHEN + MINUTE)
    assert new(ticket).state is S.CANCELLED
    bill = bill_due(ticket, WHEN + MINUTE)
    assert bill is not None
    assert [w.visit_id for w in bill.work] == [VISIT]
    assert doubts_of(ticket, WHEN + MINUTE) == []
