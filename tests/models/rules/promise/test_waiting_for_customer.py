"""When a clock waits for the customer, until when, and what it did before."""

from datetime import datetime, timedelta

import pytest

from models.calendar import Stretch
from models.matching.offer import OfferedTimes, OfferedVisit, SlotOffer
from models.promise.sla import (
    BusinessHours,
    Clock,
    ClockName,
    ClockState,
    Segment,
    ServiceLevel,
)
from models.rules.promise.counting import state_at
from models.rules.promise.sla import clocked
from models.ticket import Ticket
from models.visit import MatchState, VisitState
from tests.models.rules.stories import (
    HOUR,
    NOW,
    VISIT,
    admitted,
    between,
    named,
    with_filing,
    with_matching,
    with_promise,
)

SERVICE = ServiceLevel(schedule=8 * HOUR, onsite=40 * HOUR, resolve=60 * HOUR)
SECOND = timedelta(seconds=1)
C, S = ClockName, ClockState


def promised(ticket: Ticket, now: datetime = NOW) -> Ticket:
    return clocked(with_promise(ticket, service=SERVICE), now)


def clock(ticket: Ticket, name: ClockName) -> Clock:
    return next(c for c in ticket.promise.clocks if (c.name, c.round) == (name, ticket.round))


def runs(start: datetime, end: datetime | None = None) -> Segment:
    return Segment(start=start, end=end, running=True)


def waits(start: datetime, end: datetime | None = None) -> Segment:
    return Segment(start=start, end=end, running=False)


def offer(
    *hours: float, name: str = "off_1", until: float = 5, taken: int | None = None
) -> SlotOffer:
    """Times offered for the first visit, an hour and a half each."""
    return SlotOffer(
        id=name,
        options=tuple(
            OfferedTimes(visits=(OfferedVisit(visit_id=VISIT, window=between(hour, hour + 1.5)),))
            for hour in hours
        ),
        expires_at=NOW + until * HOUR,
        accepted=taken,
    )


def asked(*offers: SlotOffer, **group: object) -> Ticket:
    ticket = admitted()
    found = {"offered_round": 1, "match_state": MatchState.NO_COMMON_TIME, **group}
    ticket = ticket.with_group(ticket.matching.groups[0].but(**found))
    return with_matching(ticket, offers=offers)


def test_a_clock_has_a_name_a_round_a_target_and_a_life() -> None:
    ticket = promised(admitted().but(round=2), NOW + HOUR)
    home = NOW + 24 * HOUR
    start = NOW + HOUR
    assert ticket.promise.clocks == (
        Clock(
            name=C.SCHEDULE,
            round=2,
            target=8 * HOUR,
            segments=(runs(start),),
            due_at=NOW + 9 * HOUR,
            risk_at=NOW + 7 * HOUR,
        ),
        Clock(
            name=C.ONSITE,
            round=2,
            target=40 * HOUR,
            segments=(waits(start, home), runs(home)),
            due_at=home + 40 * HOUR,
            risk_at=home + 30 * HOUR,
        ),
        Clock(
            name=C.RESOLVE,
            round=2,
            target=60 * HOUR,
            segments=(waits(start, home), runs(home)),
            due_at=home + 60 * HOUR,
            risk_at=home + 45 * HOUR,
        ),
    )


def test_the_first_round_runs_from_when_the_ticket_was_opened() -> None:
    ticket = promised(admitted(), NOW + 3 * HOUR)
    assert clock(ticket, C.SCHEDULE).segments == (runs(NOW),)
    home = NOW + 24 * HOUR
    assert clock(ticket, C.ONSITE).segments == (waits(NOW, home), runs(home))


def test_clocks_run_in_the_hours_of_the_zone_before_and_after_they_waited() -> None:
    week = tuple(Stretch(weekday=day, from_minute=9 * 60, to_minute=17 * 60) for day in range(7))
    hours = BusinessHours(tz="UTC", week=week)
    ticket = clocked(with_promise(admitted(), service=SERVICE.but(hours=hours)), NOW)
    # NOW is eight in the morning.
    assert clock(ticket, C.SCHEDULE).due_at == NOW + 9 * HOUR
    assert clock(ticket, C.ONSITE).due_at == NOW + 24 * HOUR + 4 * 24 * HOUR + 9 * HOUR
    offered = asked(offer(30, until=6)).but(promise=ticket.promise)
    waited = clock(clocked(offered, NOW + 2 * HOUR), C.SCHEDULE)
    # An hour was worked, three are left of the day, and four come on the next one.
    assert waited.due_at == NOW + 24 * HOUR + 5 * HOUR


def test_a_clock_that_begins_to_wait_as_it_begins_never_ran() -> None:
    ticket = promised(admitted())
    offered = asked(offer(30)).but(promise=ticket.promise)
    over = NOW + 5 * HOUR
    assert clock(clocked(offered, NOW), C.SCHEDULE).segments == (waits(NOW, over), runs(over))


def test_what_the_customer_owed_until_now_is_owed_no_more() -> None:
    ticket, home = promised(admitted()), NOW + 24 * HOUR
    kept = clock(clocked(ticket, home), C.ONSITE)
    assert kept.segments == clock(ticket, C.ONSITE).segments


def test_where_nobody_is_expected_yet_an_answer_is_waited_for_on_site_too() -> None:
    assert clock(promised(asked(offer(30, until=30))), C.ONSITE).segments[0].end == NOW + 30 * HOUR


# What it waits for.


def test_where_one_visit_has_no_times_everything_waits_for_the_customer() -> None:
    ticket = admitted()
    [visit] = ticket.visits
    timeless = visit.but(id=named("vis", 2), slots=())
    both = promised(ticket.but(visits=(visit, timeless)))
    assert [c.segments for c in both.promise.clocks] == [(waits(NOW),)] * 3
    assert [c.due_at for c in both.promise.clocks] == [None] * 3
    over = timeless.but(state=VisitState.CANCELLED)
    assert clock(promised(ticket.but(visits=(visit, over))), C.SCHEDULE).due_at is not None


def test_the_first_time_of_any_visit_ends_the_waiting_for_the_customer_to_be_home() -> None:
    ticket = with_filing(admitted(), slots=(between(48, 60), between(24, 36)))
    assert clock(promised(ticket), C.ONSITE).segments[1] == runs(NOW + 24 * HOUR)
    sooner = ticket.visits[0].but(id=named("vis", 2), slots=(between(10, 12),))
    ticket = ticket.but(visits=(*ticket.visits, sooner))
    assert clock(promised(ticket), C.ONSITE).segments[1] == runs(NOW + 10 * HOUR)
    at_home = with_filing(admitted(), slots=(between(-1, 5),))
    assert clock(promised(at_home), C.ONSITE).segments == (runs(NOW),)


@pytest.mark.parametrize(
    ("offers", "group", "until"),
    [
        ((offer(30),), {}, 5),
        ((offer(30, until=5), offer(40, name="off_2", until=7)), {}, 7),
        ((offer(30, until=9), offer(40, name="off_2", until=7)), {}, 7),
        ((offer(30, taken=0),), {}, None),
        ((offer(30),), {"offered_round": 0}, None),
        ((offer(30),), {"round": 2}, None),
        ((offer(30),), {"match_state": MatchState.FINALISED}, None),
        ((offer(30),), {"visit_ids": ()}, None),
    ],
)
def test_a_group_waits_for_an_answer_to_its_last_offer(
    offers: tuple[SlotOffer, ...], group: dict[str, object], until: float | None
) -> None:
    ticket = with_promise(asked(*offers, **group), service=SERVICE)
    found = clock(clocked(ticket, NOW), C.SCHEDULE)
    if until is None:
        assert found.segments == (runs(NOW),)
    else:
        over = NOW + until * HOUR
        assert found.segments == (waits(NOW, over), runs(over))


def test_nobody_waits_on_site_for_an_answer_while_somebody_is_expected_there() -> None:
    ticket = asked(offer(30, until=30))
    [visit] = ticket.visits
    expected = visit.but(id=named("vis", 2), state=VisitState.SCHEDULED, start=NOW + 24 * HOUR)
    ticket = promised(ticket.but(visits=(visit, expected)))
    assert clock(ticket, C.ONSITE).segments[0].end == NOW + 24 * HOUR
    assert clock(ticket, C.RESOLVE).segments[0].end == NOW + 30 * HOUR
    assert clock(ticket, C.SCHEDULE).segments[0].end == NOW + 30 * HOUR


def test_a_time_taken_from_an_offer_counts_for_its_own_visit_and_the_last_one_taken() -> None:
    taken = (offer(30, 50, taken=1), offer(70, name="off_2", taken=0))
    assert clock(promised(asked(*taken)), C.ONSITE).segments[1] == runs(NOW + 70 * HOUR)
    assert clock(promised(asked(taken[0])), C.ONSITE).segments[1] == runs(NOW + 50 * HOUR)
    other = named("vis", 2)
    elsewhere = offer(50, taken=0)
    times = OfferedTimes(visits=(OfferedVisit(visit_id=other, window=between(50, 52)),))
    elsewhere = elsewhere.but(options=(times,))
    assert clock(promised(asked(elsewhere)), C.ONSITE).segments[1] == runs(NOW + 24 * HOUR)


def test_a_clock_that_begins_to_wait_keeps_what_it_ran_and_goes_on_afterwards() -> None:
    ticket = promised(admitted())
    later = NOW + 2 * HOUR
    waiting = asked(offer(30, until=6)).but(promise=ticket.promise)
    kept = clock(clocked(waiting, later), C.SCHEDULE)
    over = NOW + 6 * HOUR
    assert kept.segments == (runs(NOW, later), waits(later, over), runs(over))
    assert kept.due_at == over + 6 * HOUR
    assert [state_at(kept, at) for at in (later, over - SECOND, over)] == [
        S.PAUSED,
        S.PAUSED,
        S.RUNNING,
    ]
    again = clocked(waiting, later)
    answered = clock(clocked(with_matching(again, offers=()), NOW + 3 * HOUR), C.SCHEDULE)
    three = NOW + 3 * HOUR
    assert answered.segments == (runs(NOW, later), waits(later, three), runs(three))
    assert answered.due_at == NOW + 9 * HOUR


def test_what_waited_until_a_moment_that_is_over_stays_as_it_was() -> None:
    ticket = promised(asked(offer(30, until=2)))
    moved = clocked(with_filing(ticket, slots=(between(12, 20),)), NOW + 4 * HOUR)
    home = NOW + 12 * HOUR
    four = NOW + 4 * HOUR
    assert clock(moved, C.SCHEDULE).segments == (waits(NOW, NOW + 2 * HOUR), runs(NOW + 2 * HOUR))
    assert clock(moved, C.ONSITE).segments == (waits(NOW, four), waits(four, home), runs(home))
