"""Whether there is room for more time, and what moves for it."""

from datetime import datetime, timedelta

import pytest

from models.rules.visit.overrun import (
    concerned,
    latest_end,
    moving,
    needed_from,
    room_for,
)
from models.rules.visit.shifting import Calendars
from models.ticket import Ticket
from models.visit import AssignmentState, VisitState
from tests.models.rules.stories import ANNA, BEN, named
from tests.models.rules.visit.chains import after, at, calendars, chain, span, visit

V1, V2, V3 = (named("vis", n) for n in (1, 2, 3))
MINUTE = timedelta(minutes=1)
AT_WORK = VisitState.IN_PROGRESS


def room(ticket: Ticket, end: float, where: Calendars | None = None) -> dict[str, datetime] | None:
    return room_for(ticket, ticket.visits[0], at(end), where or calendars(ticket))


def alone(*crew: str) -> Ticket:
    """One visit, from 13 to 14 o'clock."""
    return chain(visit(1, 13, 14, *crew, state=AT_WORK))


# The example of the text.


def of_the_text() -> Ticket:
    """V1 13:00-14:00, V2 16:00-17:00, gap 30..120 min, V2's slot and window end 18:00."""
    return chain(
        visit(1, 13, 14, state=AT_WORK),
        visit(2, 16, 17, slots=[span(8, 18)]),
        rules=[after(1, 2, 30, 120)],
        windows={2: (span(8, 18),)},
    )


@pytest.mark.parametrize(
    ("minutes", "moved"),
    [(30, {}), (105, {V2: at(16.25)}), (180, None)],
    ids=["stays", "moves", "refused"],
)
def test_the_example_of_the_text(minutes: int, moved: dict[str, datetime] | None) -> None:
    ticket = of_the_text()
    end = at(14) + minutes * MINUTE
    assert room_for(ticket, ticket.visits[0], end, calendars(ticket)) == moved


def test_what_is_refused_names_the_latest_end() -> None:
    ticket = of_the_text()
    assert latest_end(ticket, ticket.visits[0], at(17), calendars(ticket)) == at(16.5)
    assert room(ticket, 16.5) == {V2: at(17)}
    assert room(ticket, 16.75) is None
    assert needed_from(ticket, ticket.visits[0], at(17), calendars(ticket)) == at(16)


# The experts' own calendars.


@pytest.mark.parametrize(("end", "fits"), [(15.75, True), (16, False)])
def test_the_way_to_the_next_visit_is_kept_free(end: float, fits: bool) -> None:
    ticket = alone()
    where = calendars(ticket, {ANNA: (span(16, 17),)})
    assert (room(ticket, end, where) is not None) is fits
    asked = latest_end(ticket, ticket.visits[0], at(18), where)
    assert (asked, needed_from(ticket, ticket.visits[0], at(18), where)) == (at(15.75), at(15.75))


@pytest.mark.parametrize(("end", "fits"), [(15, True), (15.25, False)])
def test_time_off_is_kept_free(end: float, fits: bool) -> None:
    ticket = alone()
    where = calendars(ticket, off={ANNA: (span(15, 20),)})
    assert (room(ticket, end, where) is not None) is fits


def test_everybody_on_it_has_to_have_time() -> None:
    ticket = alone(ANNA, BEN)
    assert concerned(ticket, ticket.visits[0]) == {ANNA, BEN}
    where = calendars(ticket, {BEN: (span(14.5, 16),)})
    assert room(ticket, 14.25, where) == {}
    assert room(ticket, 14.5, where) is None


def test_who_is_done_has_left_and_need_not_have_time() -> None:
    ticket = alone(ANNA, BEN)
    [one] = ticket.visits
    first, second = one.assignments
    done = one.but(assignments=(first, second.but(state=AssignmentState.DONE)))
    ticket = ticket.with_visit(done)
    assert room(ticket, 16, calendars(ticket, {BEN: (span(14, 16),)})) == {}


def test_without_room_before_the_planned_end_that_stands() -> None:
    ticket = alone()
    where = calendars(ticket, {ANNA: (span(14.25, 16),)})
    assert room(ticket, 14.25, where) is None
    assert latest_end(ticket, ticket.visits[0], at(14.25), where) == at(14)


def test_an_end_that_has_passed_is_no_offer() -> None:
    ticket = alone()
    where = calendars(ticket, {ANNA: (span(16, 17),)}, now=at(15.75))
    assert latest_end(ticket, ticket.visits[0], at(17), where) == at(14)


def test_another_visit_of_the_ticket_that_does_not_follow_is_in_the_way() -> None:
    ticket = chain(visit(1, 13, 14, state=AT_WORK), visit(2, 15, 16))
    assert room(ticket, 15) == {}, "the same address"
    assert room(ticket, 15.25) is None


# What follows.


@pytest.mark.parametrize(
    ("slots_end", "window_end", "moved"),
    [(17.25, 18, True), (17, 18, False), (18, 17.25, True), (18, 17, False)],
)
def test_what_follows_moves_within_slots_and_windows(
    slots_end: float, window_end: float, moved: bool
) -> None:
    ticket = chain(
        visit(1, 13, 14, state=AT_WORK),
        visit(2, 16, 17, slots=[span(8, slots_end)]),
        rules=[after(1, 2, 0, None)],
        windows={2: (span(8, window_end),)},
    )
    assert (room(ticket, 16.25) == {V2: at(16.25)}) is moved


def test_what_follows_moves_past_what_is_in_the_way() -> None:
    ticket = chain(
        visit(1, 13, 14, state=AT_WORK),
        visit(2, 14.5, 15.5, BEN),
        rules=[after(1, 2, 0, None)],
    )
    where = calendars(ticket, {BEN: (span(16, 17),)})
    assert room(ticket, 14.75, where) == {V2: at(14.75)}
    assert room(ticket, 15, where) == {V2: at(17.25)}, "behind the other visit and the way back"


@pytest.mark.parametrize(("most", "moved"), [(135, True), (134, False)])
def test_the_longest_gap_is_kept_too(most: int, moved: bool) -> None:
    ticket = chain(
        visit(1, 13, 14, state=AT_WORK),
        visit(2, 14.5, 15.5, BEN),
        rules=[after(1, 2, 0, most)],
    )
    where = calendars(ticket, {BEN: (span(16, 17),)})
    assert (room(ticket, 15, where) is not None) is moved


def test_a_chain_moves_as_a_whole_and_no_more_of_it_than_must() -> None:
    ticket = chain(
        visit(1, 13, 14, state=AT_WORK),
        visit(2, 14, 15, BEN),
        visit(3, 15.5, 16.5, ANNA),
        rules=[after(1, 2), after(2, 3)],
    )
    assert moving(ticket, ticket.visits[0]) == {V2, V3}
    assert room(ticket, 14.5) == {V2: at(14.5)}
    assert room(ticket, 14.75) == {V2: at(14.75), V3: at(15.75)}


def test_what_comes_first_waits_where_what_follows_it_could_not_otherwise() -> None:
    ticket = chain(
        visit(1, 13, 14, state=AT_WORK),
        visit(2, 14, 15, BEN),
        visit(3, 15, 16, ANNA),
        rules=[after(1, 2, 0, None), after(2, 3, 0, 0)],
        windows={3: (span(15, 16), span(18, 19))},
    )
    assert room(ticket, 14.25) == {V2: at(17), V3: at(18)}


@pytest.mark.parametrize("state", [VisitState.EN_ROUTE, VisitState.ON_SITE])
def test_what_has_begun_is_not_moved(state: VisitState) -> None:
    ticket = chain(
        visit(1, 13, 14, state=AT_WORK),
        visit(2, 14.5, 15.5, BEN, state=state),
        rules=[after(1, 2)],
    )
    assert moving(ticket, ticket.visits[0]) == set()
    assert room(ticket, 14.5) == {}
    assert room(ticket, 14.75) is None


def test_what_was_given_up_is_in_nobodys_way() -> None:
    gone = visit(2, 14, 15, BEN, state=VisitState.CANCELLED)
    ticket = chain(visit(1, 13, 14, state=AT_WORK), gone, rules=[after(1, 2)])
    assert room(ticket, 16) == {}


def test_who_was_sent_by_hand_comes_whenever_their_calendar_allows_it() -> None:
    ticket = chain(
        visit(1, 13, 14, state=AT_WORK),
        visit(2, 14, 15, BEN, by_hand=True, slots=[span(8, 20)]),
        rules=[after(1, 2, 0, None)],
    )
    where = calendars(ticket, {BEN: (span(16, 17),)})
    assert room(ticket, 15, where) == {V2: at(17.25)}


def test_nothing_moves_to_before_the_time_of_asking() -> None:
    ticket = chain(
        visit(1, 13, 14, state=AT_WORK), visit(2, 14, 15, BEN), rules=[after(1, 2, 0, None)]
    )
    late = calendars(ticket, now=at(14.5) + MINUTE)
    assert room(ticket, 14.25, late) == {V2: at(14.75)}
    assert room(ticket, 14.25, calendars(ticket, now=at(14.5))) == {V2: at(14.5)}
