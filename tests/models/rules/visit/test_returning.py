"""How far a visit ends earlier again, and what moves back."""

from datetime import datetime

import pytest

from models.calendar import Window
from models.field import ShiftedVisit
from models.rules.visit.returning import way_back
from models.rules.visit.shifting import Calendars
from models.ticket import Ticket
from models.visit import Visit, VisitState
from tests.models.rules.stories import ANNA, BEN, named
from tests.models.rules.visit.chains import MINUTE, after, at, calendars, chain, span, visit

V2, V3 = named("vis", 2), named("vis", 3)
CARLA = named("exp", 3)
AT_WORK = VisitState.IN_PROGRESS
Back = tuple[datetime, dict[str, datetime]]


def longer(
    minutes: int = 105,
    *others: Visit,
    start: float = 16.25,
    slots: tuple[Window, ...] = (span(8, 18),),
    offered: tuple[Window, ...] = (span(8, 18),),
    state: VisitState = VisitState.SCHEDULED,
) -> Ticket:
    """The example of the text with so many minutes granted: V1 from 13:00, V2 begins later for it;
    gap 30 to 120 minutes."""
    first = visit(1, 13, 14, ANNA, state=AT_WORK).but(extra=minutes * MINUTE)
    second = visit(2, start, start + 1, BEN, slots=slots, state=state)
    rules = [after(1, 2, 30, 120), *(after(2, v.seq, 0, 30) for v in others)]
    return chain(first, second, *others, rules=rules, windows={2: offered})


def back(ticket: Ticket, where: Calendars | None = None, end: float = 14, **was: float) -> Back:
    """V1 is to end at an hour again, and V2 at 16:00 if nothing else is said."""
    starts = {v.id: v.start for v in ticket.visits}
    moved = [
        ShiftedVisit(visit_id=v, was=at(hour), start=start)
        for v, hour in {V2: 16.0, **was}.items()
        if (start := starts.get(v)) is not None
    ]
    return way_back(ticket, ticket.visits[0], at(end), moved, where or calendars(ticket))


def test_what_moved_for_nothing_is_back_where_it_was() -> None:
    assert back(longer()) == (at(14), {V2: at(16)})


def test_where_nothing_moved_only_the_end_does() -> None:
    ticket = longer(30, start=16)
    assert way_back(ticket, ticket.visits[0], at(14), [], calendars(ticket)) == (at(14), {})


def test_who_has_something_else_by_then_comes_as_late_and_the_end_keeps_the_gap() -> None:
    ticket = longer()
    where = calendars(ticket, {BEN: (span(15, 15.75),)})
    assert back(ticket, where) == (at(14), {V2: at(16)}), "the way is a quarter of an hour"
    assert back(ticket, calendars(ticket, {BEN: (span(15, 16),)})) == (at(14.25), {})
    assert back(ticket, calendars(ticket, off={BEN: (span(15, 16.25),)})) == (at(14.25), {})


def test_it_goes_back_as_far_as_it_can() -> None:
    ticket = longer(165, start=17.25)
    where = calendars(ticket, {BEN: (span(15, 16),)})
    assert back(ticket, where) == (at(14.25), {V2: at(16.25)})


@pytest.mark.parametrize(
    ("slots", "offered"),
    [((span(8, 10), span(16.25, 18)), (span(8, 18),)), ((span(8, 18),), (span(16.25, 18),))],
    ids=["slot", "window"],
)
def test_it_goes_back_only_where_customer_and_expert_still_have_time(
    slots: tuple[Window, ...], offered: tuple[Window, ...]
) -> None:
    assert back(longer(slots=slots, offered=offered)) == (at(14.25), {})


def test_nobody_is_sent_sooner_than_they_can_set_out() -> None:
    ticket = longer()
    assert back(ticket, calendars(ticket, now=at(15.5))) == (at(14), {V2: at(16)})
    assert back(ticket, calendars(ticket, now=at(15.51))) == (at(14.25), {})


@pytest.mark.parametrize("state", [VisitState.EN_ROUTE, VisitState.IN_PROGRESS])
def test_what_has_begun_stays(state: VisitState) -> None:
    assert back(longer(state=state)) == (at(14.25), {})


def test_what_was_moved_again_since_stays() -> None:
    ticket = longer()
    moved = [ShiftedVisit(visit_id=V2, was=at(16), start=at(16.5))]
    found = way_back(ticket, ticket.visits[0], at(14), moved, calendars(ticket))
    assert found == (at(14.25), {})


def test_what_comes_after_goes_back_with_it() -> None:
    ticket = longer(105, visit(3, 17.25, 18.25, CARLA))
    assert back(ticket, **{V3: 17}) == (at(14), {V2: at(16), V3: at(17)})
    busy = calendars(ticket, {CARLA: (span(16, 17),)})
    assert back(ticket, busy, **{V3: 17}) == (at(14), {V2: at(16)}), "the gap is wide enough"


def test_where_nothing_can_go_back_all_stays() -> None:
    ticket = longer(105, start=17.75, slots=(span(17.75, 18.75),))
    assert back(ticket, end=14) == (at(15.75), {})
