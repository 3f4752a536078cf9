"""Where a visit stands by what was reported, in whatever order that came."""

from contextlib import suppress
from datetime import timedelta
from itertools import permutations
from random import Random

import pytest

from models.errors import Invalid
from models.field import FactKind, ReportedFact, Shortfall
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import reported
from models.rules.visit.standing import standing_of
from models.ticket import Ticket, TicketStatus
from models.visit import AssignmentState, Visit, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    NOW,
    UNHURRIED,
    after,
    fact,
    happenings,
    scheduled,
)

K = FactKind
PAIR = ("plumbing", "electrical")
MINUTE = timedelta(minutes=1)
PATIENT = UNHURRIED.but(correction_window=10 * MINUTE)


def told(*kinds: FactKind, expert: str = ANNA, ticket: Ticket | None = None) -> Ticket:
    """A ticket after an expert reported these, a minute after each other."""
    ticket = ticket or scheduled()
    for number, kind in enumerate(kinds):
        at = NOW + number * MINUTE
        ticket, _ = reported(ticket, fact(kind, expert, at, name=f"{expert}-{number}"), at)
    return ticket


def visit(*kinds: FactKind) -> Visit:
    return told(*kinds).visits[0]


def of(*kinds: FactKind) -> list[ReportedFact]:
    """Facts that occurred a minute after each other."""
    return [
        ReportedFact(
            client_event_id=str(number),
            kind=kind,
            expert_id=ANNA,
            occurred_at=NOW + number * MINUTE,
        )
        for number, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("kinds", "assignment", "state"),
    [
        ([K.CANNOT_ARRIVE], AssignmentState.CANNOT_ARRIVE, VisitState.SCHEDULED),
        ([K.EN_ROUTE, K.CANNOT_ARRIVE], AssignmentState.CANNOT_ARRIVE, VisitState.BLOCKED),
        ([K.CANNOT_ARRIVE, K.EN_ROUTE], AssignmentState.EN_ROUTE, VisitState.EN_ROUTE),
        ([K.CANNOT_ARRIVE, K.ACKNOWLEDGED], AssignmentState.CANNOT_ARRIVE, VisitState.SCHEDULED),
        ([K.CANNOT_ARRIVE, K.ON_SITE], AssignmentState.ON_SITE, VisitState.ON_SITE),
        ([K.ON_SITE, K.CANNOT_ENTER], AssignmentState.ON_SITE, VisitState.BLOCKED),
        ([K.ON_SITE, K.CANNOT_ENTER, K.STARTED], AssignmentState.WORKING, VisitState.IN_PROGRESS),
        ([K.ON_SITE, K.CANNOT_ENTER, K.ON_SITE], AssignmentState.ON_SITE, VisitState.ON_SITE),
        ([K.STARTED, K.NEED_MORE_TIME], AssignmentState.WORKING, VisitState.IN_PROGRESS),
        ([K.STARTED, K.INCOMPLETE], AssignmentState.DONE, VisitState.INCOMPLETE),
        ([K.START_PARTIAL], AssignmentState.WORKING, VisitState.IN_PROGRESS),
    ],
)
def test_every_report_leads_to_a_state(
    kinds: list[FactKind], assignment: AssignmentState, state: VisitState
) -> None:
    stands = visit(*kinds)
    assert ([a.state for a in stands.crew], stands.state) == ([assignment], state)


@pytest.mark.parametrize(
    "kinds",
    [
        (K.EN_ROUTE, K.CANNOT_ARRIVE, K.ON_SITE, K.STARTED),
        (K.ON_SITE, K.CANNOT_ENTER, K.STARTED, K.COMPLETED),
        (K.EN_ROUTE, K.ON_SITE, K.CANNOT_ENTER, K.ON_SITE),
    ],
)
def test_the_order_of_arrival_never_matters(kinds: tuple[FactKind, ...]) -> None:
    facts = of(*kinds)
    assert len({standing_of(order) for order in permutations(facts)}) == 1


def test_somebody_on_the_way_who_cannot_come_leaves_the_ticket_in_progress() -> None:
    assert status_of(told(K.CANNOT_ARRIVE)) is TicketStatus.SCHEDULED
    assert status_of(told(K.EN_ROUTE, K.CANNOT_ARRIVE)) is TicketStatus.IN_PROGRESS


def test_who_cannot_come_holds_their_place_until_they_are_let_go() -> None:
    [assignment] = visit(K.CANNOT_ARRIVE).assignments
    assert assignment.is_live
    assert not assignment.but(state=AssignmentState.RELEASED).is_live


def joint(annas: list[FactKind], bens: list[FactKind]) -> Visit:
    ticket = told(*annas, ticket=scheduled(ANNA, BEN, skills=PAIR))
    return told(*bens, expert=BEN, ticket=ticket).visits[0]


@pytest.mark.parametrize(
    ("annas", "bens", "state"),
    [
        ([K.START_PARTIAL], [], VisitState.IN_PROGRESS),
        ([K.START_PARTIAL], [K.EN_ROUTE], VisitState.IN_PROGRESS),
        ([K.START_PARTIAL, K.COMPLETED], [], VisitState.IN_PROGRESS),
        ([K.START_PARTIAL, K.COMPLETED], [K.CANNOT_ARRIVE], VisitState.COMPLETED),
        ([K.STARTED, K.COMPLETED], [K.CANNOT_ARRIVE], VisitState.ON_SITE),
        ([K.ON_SITE], [K.EN_ROUTE, K.CANNOT_ARRIVE], VisitState.ON_SITE),
        ([K.EN_ROUTE], [K.EN_ROUTE, K.CANNOT_ARRIVE], VisitState.BLOCKED),
        ([K.EN_ROUTE], [K.CANNOT_ARRIVE], VisitState.EN_ROUTE),
        ([K.ON_SITE, K.CANNOT_ENTER], [K.ON_SITE], VisitState.BLOCKED),
        ([K.ON_SITE, K.CANNOT_ENTER], [K.STARTED], VisitState.IN_PROGRESS),
        ([K.STARTED, K.INCOMPLETE], [K.STARTED], VisitState.INCOMPLETE),
    ],
)
def test_a_joint_visit_stands_where_its_people_do(
    annas: list[FactKind], bens: list[FactKind], state: VisitState
) -> None:
    assert joint(annas, bens).state is state


def test_who_begins_without_the_others_leaves_them_assigned() -> None:
    assert [a.state for a in joint([K.START_PARTIAL], []).crew] == [
        AssignmentState.WORKING,
        AssignmentState.RESERVED,
    ]


def test_work_that_ends_undone_has_its_reason_and_its_times() -> None:
    stands = visit(K.STARTED, K.INCOMPLETE)
    assert stands.shortfall is Shortfall.NEEDS_PARTS
    assert (stands.actual_start, stands.actual_end) == (NOW, NOW + MINUTE)


def test_the_work_of_a_ticket_goes_on_until_somebody_made_up_for_what_was_left() -> None:
    ticket = told(K.STARTED)
    ticket, _ = reported(ticket, fact(K.INCOMPLETE, at=NOW + MINUTE, follow_up=False), NOW)
    assert status_of(ticket) is TicketStatus.IN_PROGRESS
    assert "ticket.completed" not in happenings(ticket)
    [left] = ticket.visits
    assert status_of(ticket.with_visit(left.but(closed_as_it_is=True))) is TicketStatus.COMPLETED
    next_one = left.but(id="vis_2", seq=2, follows=left.id, facts=(), shortfall=None)
    for state, status in (
        (VisitState.CANCELLED, TicketStatus.IN_PROGRESS),
        (VisitState.COMPLETED, TicketStatus.COMPLETED),
        (VisitState.INCOMPLETE, TicketStatus.IN_PROGRESS),
    ):
        both = ticket.but(visits=(left, next_one.but(state=state)))
        assert status_of(both) is status
    closed = next_one.but(state=VisitState.INCOMPLETE, closed_as_it_is=True)
    assert status_of(ticket.but(visits=(left, closed))) is TicketStatus.COMPLETED


def test_nobody_is_under_way_at_the_time_of_another_day() -> None:
    """A visit that was given to others forgets how far its people of before had come."""
    ticket = told(K.EN_ROUTE, K.ON_SITE)
    [gone] = ticket.visits[0].assignments
    again = gone.but(id="asg_9", state=AssignmentState.RESERVED)
    let_go = gone.but(state=AssignmentState.RELEASED)
    ticket = ticket.with_visit(ticket.visits[0].but(assignments=(let_go, again)))
    ticket = after(ticket, K.ACKNOWLEDGED, at=NOW + HOUR)
    assert ticket.visits[0].state is VisitState.SCHEDULED


@pytest.mark.parametrize(
    ("hindered", "ends"), [(K.CANNOT_ENTER, K.ON_SITE), (K.CANNOT_ARRIVE, K.EN_ROUTE)]
)
def test_what_ends_a_hindrance_may_come_before_it(hindered: FactKind, ends: FactKind) -> None:
    first, second, third = (
        fact(kind, at=NOW + n * MINUTE, name=f"phone-{n}")
        for n, kind in enumerate((ends, hindered, ends), start=1)
    )
    ticket = scheduled()
    for report, repeated in ((first, False), (third, True), (second, False)):
        ticket, answer = reported(ticket, report, NOW + HOUR)
        assert answer.repeated is repeated
    in_order = scheduled()
    for report in (first, second, third):
        in_order, _ = reported(in_order, report, NOW + HOUR)
    assert ticket.visits[0].state is in_order.visits[0].state
    assert ticket.visits[0].state in (VisitState.ON_SITE, VisitState.EN_ROUTE)


def test_a_day_offline_ends_the_same_in_whatever_order_it_comes_and_however_often() -> None:
    """Three hundred shuffles of one bad day, some reports of it twice."""
    day = (K.ACKNOWLEDGED, K.EN_ROUTE, K.ON_SITE, K.CANNOT_ENTER, K.ON_SITE, K.STARTED, K.COMPLETED)
    said = [
        fact(kind, at=NOW + n * MINUTE, name=f"phone-{n}") for n, kind in enumerate(day, start=1)
    ]
    chance, ends = Random(7), set()
    for _ in range(300):
        ticket = scheduled()
        first = said[:3]
        rest = said[3:] + chance.sample(said, 3)
        chance.shuffle(first)
        chance.shuffle(rest)
        for report in (*first, *rest):
            ticket, _ = reported(ticket, report, NOW + HOUR)
        [visit] = ticket.visits
        assert len(visit.facts) == len({f.client_event_id for f in visit.facts})
        ends.add((visit.state, visit.actual_start, visit.actual_end))
    assert ends == {(VisitState.COMPLETED, NOW + 6 * MINUTE, NOW + 7 * MINUTE)}


A_BAD_DAY = (K.ON_SITE, K.STARTED, K.INCOMPLETE)
ENDS_TWICE = (K.EN_ROUTE, K.ON_SITE, K.STARTED, K.COMPLETED, K.INCOMPLETE)
CAME_AFTER_ALL = (K.CANNOT_ARRIVE, K.EN_ROUTE, K.CANNOT_ARRIVE, K.ON_SITE, K.INCOMPLETE)
STAYED_AWAY = (K.ACKNOWLEDGED, K.CANNOT_ARRIVE, K.EN_ROUTE, K.CANNOT_ARRIVE)


@pytest.mark.parametrize(
    ("annas", "bens"),
    [
        (A_BAD_DAY, ()),
        (ENDS_TWICE, ()),
        (CAME_AFTER_ALL, ()),
        (STAYED_AWAY, ()),
        (A_BAD_DAY, (K.ON_SITE, K.STARTED, K.COMPLETED)),
        (A_BAD_DAY, A_BAD_DAY),
        (ENDS_TWICE, (K.EN_ROUTE, K.STARTED, K.INCOMPLETE)),
        ((K.START_PARTIAL, K.COMPLETED), CAME_AFTER_ALL),
        (STAYED_AWAY, A_BAD_DAY),
    ],
)
def test_days_of_which_something_is_left_end_the_same_however_they_come(
    annas: tuple[FactKind, ...], bens: tuple[FactKind, ...]
) -> None:
    """Two hundred shuffles of each day, all of it once more under other ids a little later."""
    said = [
        fact(kind, expert, NOW + (n + late) * MINUTE, name=f"{expert}-{n}-{late}")
        for expert, day in ((ANNA, annas), (BEN, bens))
        for n, kind in enumerate(day, start=1)
        for late in (0, 0.5)
    ]
    crew = (ANNA, BEN) if bens else (ANNA,)
    chance, ends = Random(11), set()
    for _ in range(200):
        chance.shuffle(said)
        ticket = scheduled(*crew, skills=PAIR[: len(crew)], policies=PATIENT)
        for report in (*said, *chance.sample(said, 3)):
            with suppress(Invalid):
                ticket, _ = reported(ticket, report, NOW + HOUR)
        visit = ticket.visits[0]
        people = tuple((a.state, visit.done_at(a)) for a in visit.crew)
        left = [v for v in ticket.visits if v.follows and v.state is not VisitState.CANCELLED]
        ends.add((visit.state, people, visit.actual_start, visit.actual_end, len(left)))
    assert len(ends) == 1
