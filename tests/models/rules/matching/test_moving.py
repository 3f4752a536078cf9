"""A visit that somebody wants at another time."""

from datetime import datetime, timedelta

import pytest

from models.calendar import Window
from models.errors import Conflict, Invalid, NotFound
from models.event import Cause
from models.field import FactKind
from models.messages.visit import MoveVisit
from models.rules.matching.moving import moved
from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus
from models.visit import AssignmentState, Dependency, ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    CUSTOMER,
    DESK,
    GROUP,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    after,
    between,
    completed,
    named,
    proposed,
    refused,
    scheduled,
    with_filing,
    written,
)

SECOND = named("vis", 2)
START, END = NOW + 24 * HOUR, NOW + 25.5 * HOUR
MORNING = "2026-03-03T08:00:00+00:00"


def change(
    ticket: Ticket,
    *slots: Window,
    by: Cause = BY_CUSTOMER,
    note: str | None = None,
    now: datetime = NOW,
    visit: str = VISIT,
) -> Ticket:
    wanted = MoveVisit(visit_id=visit, slots=slots or None, by=by, note_id=note)
    return moved(ticket, wanted, now)


def by_desk(ticket: Ticket, *slots: Window, now: datetime = NOW) -> Ticket:
    return change(ticket, *slots, by=HELPDESK, note="not_1", now=now)


def test_a_moved_visit_is_open_at_its_new_times_and_everybody_is_back_at_their_place() -> None:
    before = scheduled(ANNA, BEN, skills=("plumbing", "electrical"))
    ticket = change(before, between(48, 52), between(50, 60))
    [visit] = ticket.visits
    assert (visit.state, visit.start, visit.crew) == (VisitState.OPEN, None, ())
    assert (visit.slots, visit.agreed) == ((between(48, 60),), False)
    assert {a.state for a in visit.assignments} == {AssignmentState.RELEASED}
    assert [(p.seq, p.state) for p in ticket.matching.proposals] == [
        (1, ProposalState.ACTIVE),
        (2, ProposalState.ACTIVE),
    ]
    [group] = ticket.matching.groups
    assert (group.round, group.needs_matching, ticket.matching.since) == (2, True, NOW)
    assert status_of(ticket) is TicketStatus.MATCHING
    assert ticket.filing == before.filing
    asked, released, *_ = written(ticket, before)
    asks = {"visit_id": VISIT, "slots": 2, "note_id": None}
    assert asked == ("visit.move_asked", CUSTOMER, asks)
    assert released == ("visit.released", CUSTOMER, {"visit_id": VISIT, "start": MORNING})
    assert [who for _, who, _ in written(ticket, before)[-3:]] == [HOUSE] * 3


def test_without_times_it_may_be_at_any_other_that_stands() -> None:
    ticket = change(scheduled())
    [visit] = ticket.visits
    assert (visit.slots, visit.agreed) == ((Window(start=END, end=NOW + 36 * HOUR),), True)
    later = scheduled().visits[0].but(start=NOW + 30 * HOUR)
    [visit] = change(scheduled().with_visit(later)).visits
    assert visit.slots == (between(24, 30), between(31.5, 36))


def test_times_beside_its_hour_stay_whole() -> None:
    two = with_filing(scheduled(), slots=(between(20, 24), between(24, 25.5), between(25.5, 30)))
    assert change(two).visits[0].slots == (between(20, 24), between(25.5, 30))


def test_its_own_times_stay_its_own() -> None:
    own = scheduled().visits[0].but(slots=(between(24, 30),))
    [visit] = change(scheduled().with_visit(own)).visits
    assert (visit.slots, visit.agreed) == ((between(25.5, 30),), False)


@pytest.mark.parametrize(
    ("last", "stays"), [(27, False), (26.75, True), (25.5, True), (27.25, False)]
)
def test_where_no_other_time_holds_it_new_ones_have_to_be_named(last: float, stays: bool) -> None:
    ticket = with_filing(scheduled(), slots=(between(24, last),))
    if stays:
        assert refused(lambda: change(ticket))[:3] == (Invalid, "slots-missing", "/slots")
        assert refused(lambda: by_desk(ticket))[1] == "slots-missing"
    else:
        assert change(ticket).visits[0].start is None


def test_what_is_over_is_no_time_that_stands() -> None:
    ticket = with_filing(scheduled(), slots=(between(1, 3), between(24, 25.5)))
    assert change(ticket).visits[0].start is None
    late = NOW + 2 * HOUR
    assert refused(lambda: change(ticket, now=late))[1] == "slots-missing"


def test_a_visit_that_waits_takes_new_times_and_keeps_its_offers() -> None:
    before = proposed(admitted())
    before = before.with_group(before.matching.groups[0].but(needs_matching=False))
    near = NOW + 23 * HOUR
    ticket = change(before, between(24, 26), now=near)
    assert ticket.visits[0].slots == (between(24, 26),)
    assert ticket.matching.groups[0] == before.matching.groups[0].but(needs_matching=True)
    assert ticket.matching.proposals == before.matching.proposals
    asks = {"visit_id": VISIT, "slots": 1, "note_id": None}
    assert written(ticket, before) == [("visit.move_asked", CUSTOMER, asks)]
    assert refused(lambda: change(before))[1] == "illegal-transition"


def test_times_hold_the_visit_and_lie_ahead() -> None:
    assert refused(lambda: change(scheduled(), between(48, 49)))[1] == "slot-too-short"
    assert refused(lambda: change(scheduled(), between(-1, 9)))[1] == "slot-in-the-past"


@pytest.mark.parametrize(
    ("by", "note", "before", "code"),
    [
        (BY_CUSTOMER, None, timedelta(hours=2), ""),
        (BY_CUSTOMER, "not_1", timedelta(hours=2, seconds=-1), "reschedule-cutoff"),
        (HELPDESK, "not_1", timedelta(seconds=1), ""),
        (HELPDESK, None, timedelta(hours=9), "reason-missing"),
    ],
)
def test_what_is_near_the_helpdesk_moves_with_a_reason(
    by: Cause, note: str | None, before: timedelta, code: str
) -> None:
    def act() -> Ticket:
        return change(scheduled(), between(48, 60), by=by, note=note, now=START - before)

    if code:
        assert refused(act)[1] == code
    else:
        assert act().visits[0].start is None


@pytest.mark.parametrize(
    ("kinds", "moves"),
    [
        ([FactKind.EN_ROUTE], True),
        ([FactKind.EN_ROUTE, FactKind.CANNOT_ARRIVE], True),
        ([FactKind.ON_SITE], True),
        ([FactKind.ON_SITE, FactKind.CANNOT_ENTER], True),
        ([FactKind.STARTED], False),
        ([FactKind.ON_SITE, FactKind.INCOMPLETE], False),
    ],
)
def test_once_somebody_is_under_way_only_the_helpdesk_moves_it_until_work_begins(
    kinds: list[FactKind], moves: bool
) -> None:
    ticket = scheduled()
    for number, kind in enumerate(kinds):
        ticket = after(ticket, kind, at=NOW + number * timedelta(minutes=1))
    kind, code, _, evidence = refused(lambda: change(ticket, between(48, 60)))
    assert (kind, code, evidence["state"]) == (
        Conflict,
        "illegal-transition",
        ticket.visits[0].state,
    )
    if moves:
        became = by_desk(ticket, between(48, 60))
        assert became.visits[0].state is VisitState.OPEN
        assert status_of(became) is TicketStatus.MATCHING
        assert written(became, ticket)[0][1] == DESK
    else:
        assert refused(lambda: by_desk(ticket, between(48, 60)))[1] == "illegal-transition"


def test_what_follows_it_is_released_with_it_and_nothing_of_another_group() -> None:
    ticket = scheduled(ANNA)
    [first] = ticket.visits
    then = first.but(id=SECOND, seq=2, start=NOW + 26 * HOUR, assignments=())
    other = first.but(id=named("vis", 3), seq=3, start=NOW + 30 * HOUR, assignments=())
    rule = Dependency(predecessor=VISIT, successor=SECOND)
    [group] = ticket.matching.groups
    chained = group.but(visit_ids=(VISIT, SECOND), dependencies=(rule,))
    alone = group.but(id=named("grp", 2), visit_ids=(other.id,))
    ticket = ticket.but(
        visits=(first, then, other), matching=ticket.matching.but(groups=(chained, alone))
    )
    became = change(ticket, between(28, 36))
    assert [v.state for v in became.visits] == [
        VisitState.OPEN,
        VisitState.OPEN,
        VisitState.SCHEDULED,
    ]
    assert [g.round for g in became.matching.groups] == [2, 1]
    assert became.group_of(VISIT) is not None
    assert became.matching.groups[0].id == GROUP
    later = change(ticket, between(34, 36), visit=SECOND)
    assert [v.state for v in later.visits[:2]] == [VisitState.OPEN, VisitState.OPEN]


def test_a_visit_that_would_move_along_may_be_too_near() -> None:
    ticket = scheduled(ANNA)
    [first] = ticket.visits
    then = first.but(id=SECOND, seq=2, start=NOW + 26 * HOUR, assignments=())
    rule = Dependency(predecessor=VISIT, successor=SECOND)
    [group] = ticket.matching.groups
    chained = group.but(visit_ids=(VISIT, SECOND), dependencies=(rule,))
    ticket = ticket.but(visits=(first, then), matching=ticket.matching.but(groups=(chained,)))
    near = START - HOUR
    kind, code, _, evidence = refused(
        lambda: change(ticket, between(30, 36), visit=SECOND, now=near)
    )
    assert (kind, code, evidence) == (
        Conflict,
        "reschedule-cutoff",
        {"visit_id": VISIT, "start": MORNING},
    )


def test_a_visit_of_nobodys_and_one_of_a_ticket_that_ended_are_not_moved() -> None:
    nobodys = refused(lambda: change(scheduled(), between(48, 60), visit=SECOND))
    assert nobodys[:2] == (NotFound, "visit-unknown")
    done = completed()
    assert refused(lambda: by_desk(done, between(48, 60)))[1] == "illegal-transition"
    assert refused(lambda: by_desk(done.but(cancelled=True), between(48, 60)))[1] == (
        "illegal-transition"
    )
