"""Who could come in the place of somebody who cannot."""

from datetime import datetime, timedelta

from models.calendar import Window, packed
from models.field import FactKind
from models.people.expert import ExpertStatus
from models.people.travel import TravelSource, Trip
from models.rules.escalation.choices import choices
from models.rules.escalation.ranking import MOST, Able
from models.rules.escalation.stand_ins import stand_ins
from models.ticket import Ticket
from models.visit import Position, ProposalState
from tests.models.rules.escalation.test_ranking import PLACE, able
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    NOW,
    after,
    between,
    named,
    scheduled,
    with_filing,
    with_matching,
)

SKILL = Position(idx=0, skill="refrigeration", min_level=2)
MINUTE = timedelta(minutes=1)


def hindered(*experts: str) -> Ticket:
    crew = experts or (ANNA,)
    return after(scheduled(*crew, skills=("a", "b")[: len(crew)]), FactKind.CANNOT_ARRIVE)


def offering(
    ticket: Ticket,
    number: int,
    expert: int,
    *windows: Window,
    state: ProposalState = ProposalState.RELEASED,
) -> Ticket:
    """The ticket for which somebody had offered to come."""
    first = ticket.matching.proposals[0]
    offer = first.but(
        id=named("prp", number),
        seq=number,
        expert_id=named("exp", expert),
        times=packed(windows),
        state=state,
    )
    return with_matching(ticket, proposals=(*ticket.matching.proposals, offer))


def ranked(ticket: Ticket, *pool: Able, at: float = 0) -> list[tuple[int, float]]:
    """Who is named, and so many hours after NOW they would begin."""
    now = NOW + at * HOUR
    found = stand_ins(pool, ticket, ticket.visits[0], SKILL, PLACE, now)
    return [(c.expert_no, (c.start - NOW) / HOUR) for c in found]


def test_whoever_had_offered_to_come_goes_first_then_the_nearest() -> None:
    ticket = offering(hindered(), 7, 9, between(26, 30))
    ticket = offering(ticket, 8, 8, between(24, 30))
    pool = [able(5, north=0.2), able(6), able(9, north=0.5), able(8, north=0.6)]
    assert ranked(ticket, *pool) == [(8, 24), (9, 26), (6, 24), (5, 24)]
    assert ranked(ticket, *reversed(pool)) == ranked(ticket, *pool)


def test_of_two_who_had_offered_the_same_time_the_earlier_place_goes_first() -> None:
    ticket = offering(offering(hindered(), 8, 8, between(24, 30)), 7, 9, between(24, 30))
    assert ranked(ticket, able(8), able(9)) == [(9, 24), (8, 24)]


def test_of_two_offers_of_one_person_the_one_that_fits_counts() -> None:
    ticket = offering(offering(hindered(), 7, 9, between(40, 44)), 8, 9, between(25, 30))
    assert ranked(ticket, able(9), able(6)) == [(9, 25), (6, 24)]


def test_an_offer_that_is_not_let_go_or_fits_no_start_that_is_left_is_none() -> None:
    elsewhere = offering(hindered(), 7, 9, between(40, 44))
    assert ranked(elsewhere, able(9, north=0.2), able(6)) == [(6, 24), (9, 24)]
    state = ProposalState.WITHDRAWN
    taken_back = offering(hindered(), 7, 9, between(24, 30), state=state)
    assert ranked(taken_back, able(9, north=0.2), able(6)) == [(6, 24), (9, 24)]


def test_they_come_at_the_time_that_stands_and_else_as_soon_as_they_can() -> None:
    assert ranked(hindered(), able(6, between(24, 25))) == [(6, 25)]
    assert ranked(hindered(), able(6, between(23, 40))) == []
    assert ranked(hindered(), able(6), at=24.25) == [(6, 24.75)]


def test_nobody_is_expected_before_they_have_travelled() -> None:
    """Half a degree is 55.6 km: 117 minutes."""
    [found] = stand_ins(
        [able(6, north=0.5)], hindered(), hindered().visits[0], SKILL, PLACE, NOW + 24 * HOUR
    )
    assert (found.travel_minutes, found.start) == (117, NOW + 26 * HOUR)
    assert (found.instead_of, found.offered) == (ANNA, False)
    assert found.end == found.start + 90 * MINUTE


def test_who_is_there_when_the_map_says_is_shown_with_it_and_ranked_by_it() -> None:
    trip = Trip(lasts=140 * MINUTE, source=TravelSource.OSRM, server=1)
    ticket, now = hindered(), NOW + 24 * HOUR
    pool = [able(6, north=0.1).but(trip=trip), able(7, north=0.5)]
    second, first = sorted(
        stand_ins(pool, ticket, ticket.visits[0], SKILL, PLACE, now), key=lambda c: c.expert_no or 0
    )
    assert [c.expert_no for c in stand_ins(pool, ticket, ticket.visits[0], SKILL, PLACE, now)] == [
        7,
        6,
    ]
    assert (second.travel_minutes, second.travel_source) == (140, TravelSource.OSRM)
    assert second.start == NOW + 26.5 * HOUR
    assert (first.travel_minutes, first.travel_source) == (117, TravelSource.GREAT_CIRCLE)


def test_the_last_start_is_the_end_of_the_slot_less_the_length() -> None:
    assert ranked(hindered(), able(6), at=34) == [(6, 34.5)]
    assert ranked(hindered(), able(6), at=34.1) == []
    assert ranked(hindered(), able(6), at=40) == []


def test_of_a_crew_they_come_when_the_others_come() -> None:
    crew = hindered(ANNA, BEN)
    assert ranked(crew, able(6)) == [(6, 24)]
    assert ranked(crew, able(6, between(24, 25))) == []


def test_who_may_not_or_is_aboard_is_none() -> None:
    assert ranked(hindered(), able(6, status=ExpertStatus.SUSPENDED), able(1)) == []
    assert ranked(hindered(), able(6, level=1)) == []
    assert ranked(hindered(), able(6, expires=25.25)) == []
    assert ranked(hindered(), able(6, expires=25.5)) == [(6, 24)]
    assert ranked(with_filing(hindered(), zone=None), able(6)) == []


def test_only_the_best_few_are_named_and_whoever_was_before() -> None:
    pool = [able(number) for number in range(3, 20)]
    ticket = hindered()
    visit = ticket.visits[0]
    found = stand_ins(pool, ticket, visit, SKILL, PLACE, NOW)
    assert len(found) == MOST
    everybody = stand_ins(pool, ticket, visit, SKILL, PLACE, NOW, kept={c.id for c in found})
    assert len(everybody) == MOST
    [last] = stand_ins([able(19)], ticket, visit, SKILL, PLACE, NOW)
    kept = stand_ins(pool, ticket, visit, SKILL, PLACE, NOW, kept={last.id})
    assert [c.expert_no for c in kept][-1] == 19


def test_whom_the_ticket_would_not_take_is_none() -> None:
    ticket = hindered()
    found = stand_ins(
        [able(6), able(7)],
        ticket,
        ticket.visits[0],
        SKILL,
        PLACE,
        NOW,
        takes=lambda c: c.expert_no == 7,
    )
    assert [c.expert_no for c in found] == [7]


def test_a_customer_chooses_among_times_that_the_way_of_the_map_allows() -> None:
    ticket, now = after(scheduled(ANNA), FactKind.CANNOT_ARRIVE), NOW + 22 * HOUR
    far = able(6).but(trip=Trip(lasts=140 * MINUTE, source=TravelSource.OSRM, server=1))

    def first(*pool: Able) -> datetime:
        return choices(pool, ticket, ticket.visits[0], PLACE, now)[0].visits[0].window.start

    assert first(able(6)) == NOW + 24 * HOUR
    assert first(far) == NOW + 24.5 * HOUR
