"""Times at which a group could be staffed if its customer were at home."""

from datetime import timedelta

from models.matching.offer import OfferedTimes, OfferedVisit
from models.matching.problem import MatchingProblem
from models.rules.ticket.offering import is_possible, suggestions
from tests.models.rules.matching.groups import (
    ANNA,
    BEN,
    GAS,
    MONDAY,
    after,
    at,
    expert,
    group,
    hours,
    offer,
    visit,
    visit_id,
)


def alone(*spans: str, day: int = 0) -> MatchingProblem:
    """One visit of an hour, Anna's times for it, and a customer who is never at home then."""
    return group(
        [visit(1, "gas")], [offer(1, ANNA, 1, *spans, day=day)], GAS, slots=hours("0:00-0:15")
    )


def firsts(problem: MatchingProblem, **more: int) -> list[str]:
    found = suggestions(problem, MONDAY, **more)
    return [f"{times.visits[0].window.start:%H:%M}".removeprefix("0") for times in found]


def test_times_of_experts_are_suggested_an_hour_apart_whatever_times_the_customer_named() -> None:
    assert firsts(alone("8:00-11:00")) == ["8:00", "9:00", "10:00"]
    assert firsts(alone("8:00-9:00", "9:30-11:30")) == ["8:00", "9:30", "10:30"]
    assert firsts(alone("8:00-8:45")) == []


def test_nothing_is_suggested_before_the_parts_of_a_visit_are_there() -> None:
    problem = alone("8:00-11:00")
    [waits] = problem.visits
    problem = problem.but(visits=(waits.but(not_before=at("9:30")),))
    assert firsts(problem) == ["9:30"]


def test_ten_suggestions_are_made_and_fewer_where_fewer_are_wanted() -> None:
    assert len(firsts(alone("8:00-22:00"))) == 10
    assert firsts(alone("8:00-22:00"), most=2) == ["8:00", "9:00"]


def test_a_suggestion_says_when_every_visit_of_the_group_would_be_and_no_names() -> None:
    chain = group(
        [visit(1, "gas", minutes=90), visit(2, "electrical")],
        [offer(1, ANNA, 1, "8:00-12:00"), offer(2, BEN, 2, "10:00-12:00")],
        [expert(ANNA, "gas"), expert(BEN, "electrical")],
        after(1, 2),
        slots=(),
    )
    first = suggestions(chain, MONDAY)[0]
    assert [(v.visit_id, v.window) for v in first.visits] == [
        (visit_id(1), *hours("8:00-9:30")),
        (visit_id(2), *hours("10:00-11:00")),
    ]


def test_nothing_is_suggested_before_now_or_later_than_sixty_days_ahead() -> None:
    assert firsts(alone("8:00-11:00").but(earliest=at("9:15"))) == ["9:15"]
    ends = MONDAY + timedelta(days=60)
    last = alone("22:00-23:45", day=59)
    assert suggestions(last, ends - timedelta(days=60))
    assert suggestions(last, ends - timedelta(days=60, hours=1, minutes=30)) == []
    assert suggestions(alone("8:00-11:00"), at("9:30"))[0].visits[0].window.start == at("9:30")


def test_whether_the_group_can_come_at_these_very_times_is_known() -> None:
    def possible(span: str) -> bool:
        [window] = hours(span)
        times = OfferedTimes(visits=(OfferedVisit(visit_id=visit_id(1), window=window),))
        return is_possible(alone("8:00-11:00"), times)

    assert possible("8:00-9:00")
    assert possible("10:00-11:00")
    assert not possible("11:00-12:00")
    assert not possible("8:00-8:45")


def test_the_other_visits_of_a_group_keep_the_customers_times() -> None:
    pair = group(
        [visit(1, "gas"), visit(2, "gas")],
        [offer(1, ANNA, 1, "8:00-11:00"), offer(2, BEN, 2, "8:00-11:00")],
        GAS,
        slots=hours("9:00-10:00"),
    )
    [window] = hours("8:00-9:00")
    times = OfferedTimes(visits=(OfferedVisit(visit_id=visit_id(1), window=window),))
    assert is_possible(pair, times)
    assert not is_possible(pair.but(slots={**pair.slots, visit_id(2): ()}), times)
