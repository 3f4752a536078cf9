"""A customer hears once, and honestly, that their expert is late."""

from datetime import timedelta

import pytest

from models.field import FactKind
from models.rules.ticket.waiting import caught_up
from models.ticket import Ticket
from tests.models.rules.stories import (
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    after,
    happenings,
    scheduled,
    written,
)

START = NOW + 24 * HOUR
LATE = START + timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def told(ticket: Ticket) -> int:
    return happenings(ticket).count("visit.late_start")


@pytest.mark.parametrize(("due", "times"), [(LATE - SECOND, 0), (LATE, 1), (LATE + HOUR, 1)])
def test_they_hear_it_once_when_it_is_late(due: object, times: int) -> None:
    ticket = caught_up(scheduled(), due)  # type: ignore[arg-type]
    assert told(ticket) == times
    assert told(caught_up(ticket, due)) == times  # type: ignore[arg-type]


def test_what_is_written_down_names_the_visit_and_when_it_should_have_begun() -> None:
    [(_, who, facts)] = [
        w for w in written(caught_up(scheduled(), LATE)) if w[0] == "visit.late_start"
    ]
    assert (who, facts) == (HOUSE, {"visit_id": VISIT, "start": START.isoformat()})


def test_who_is_on_the_way_is_late_too_and_who_is_there_is_not() -> None:
    assert told(caught_up(after(scheduled(), FactKind.EN_ROUTE), LATE)) == 1
    for kind in (FactKind.ON_SITE, FactKind.STARTED, FactKind.COMPLETED):
        assert told(caught_up(after(scheduled(), kind), LATE)) == 0


def test_where_somebody_cannot_come_other_news_follows() -> None:
    assert told(caught_up(after(scheduled(), FactKind.CANNOT_ARRIVE), LATE)) == 0


def test_at_another_start_they_hear_it_again() -> None:
    once = caught_up(scheduled(), LATE)
    [visit] = once.visits
    moved = once.with_visit(visit.but(start=START + 3 * HOUR))
    assert told(caught_up(moved, LATE + HOUR)) == 1
    assert told(caught_up(moved, LATE + 3 * HOUR)) == 2
