"""A ticket whose workflow is gone begins again only where nothing is undone by it."""

from datetime import timedelta

import pytest

from models.rules.ticket.lost import may_begin_again

FILED = ("ticket.received", "ticket.admitted", "visit.opened", "visit.offered")
AN_HOUR = timedelta(hours=1)


def test_what_nobody_has_touched_begins_again() -> None:
    assert may_begin_again((), AN_HOUR)
    assert may_begin_again(FILED, AN_HOUR)
    assert may_begin_again(FILED, timedelta(hours=72))


@pytest.mark.parametrize("kind", ["proposal.posted", "ticket.cancelled", "slots.changed"])
def test_what_somebody_did_anything_with_is_left_to_a_person(kind: str) -> None:
    assert not may_begin_again((*FILED, kind), AN_HOUR)


def test_whoever_filed_it_days_ago_is_asked_first() -> None:
    assert not may_begin_again((), timedelta(hours=72, seconds=1))
