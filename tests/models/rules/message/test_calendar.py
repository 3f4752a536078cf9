"""What is to be struck out of a customer's calendar, judged without a server."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from models.message.news import Earlier, TicketNow, VisitNow
from models.rules.message.calendar import to_strike_out
from models.ticket import Coverage, TicketStatus
from models.visit import VisitState

NOW = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
FIRST, LATER = NOW + timedelta(hours=24), NOW + timedelta(hours=27)
BOTH = {
    "visit_id": "v1",
    "start": FIRST.isoformat(),
    "also": "v2",
    "also_start": LATER.isoformat(),
}
ONE = {"visit_id": "v1", "start": FIRST.isoformat()}


def told(template: str, facts: Mapping[str, str], seq: int, *, by_mail: bool = True) -> Earlier:
    return Earlier(template, facts, NOW, seq, by_mail)


def struck(*earlier: Earlier, **visits: VisitState) -> dict[str, tuple[datetime, int]]:
    """The entries that are to go: when they were to be, and by which event they were told."""
    now = {name: VisitNow(state, None, {}) for name, state in visits.items()}
    ticket = TicketNow(TicketStatus.CANCELLED, 1, Coverage.COVERED, now)
    return {e.visit_id: (e.start, e.seq) for e in to_strike_out(earlier, ticket)}


BOOKED = told("visit.scheduled", BOTH, 7)


def test_every_visit_that_was_told_and_does_not_take_place_is_struck_out_as_it_was_told() -> None:
    gone = {"v1": VisitState.OPEN, "v2": VisitState.CANCELLED}
    assert struck(BOOKED, **gone) == {"v1": (FIRST, 7), "v2": (LATER, 7)}
    moved = told("visit.changed", ONE | {"start": LATER.isoformat()}, 9)
    assert struck(BOOKED, moved, **gone) == {"v1": (LATER, 9), "v2": (LATER, 7)}


@pytest.mark.parametrize(
    "state", [s for s in VisitState if s not in (VisitState.OPEN, VisitState.CANCELLED)]
)
def test_a_visit_that_takes_place_or_did_stays(state: VisitState) -> None:
    assert struck(BOOKED, v1=state, v2=VisitState.OPEN) == {"v2": (LATER, 7)}


def test_only_what_surely_went_by_mail_has_struck_out() -> None:
    gone = {"v1": VisitState.OPEN, "v2": VisitState.OPEN}
    released = told("visit.cancelled", ONE, 9)
    assert struck(BOOKED, released, **gone) == {"v2": (LATER, 7)}
    by_sms = released._replace(by_mail=False)
    assert struck(BOOKED, by_sms, **gone) == {"v1": (FIRST, 7), "v2": (LATER, 7)}
    given_up = told("ticket.cancelled", {}, 11)
    assert struck(BOOKED, by_sms, given_up, **gone) == {}
    assert set(struck(BOOKED, given_up._replace(by_mail=False), **gone)) == {"v1", "v2"}


def test_nothing_is_struck_out_of_which_no_time_was_told() -> None:
    assert struck(told("visit.open", {"visit_id": "v1"}, 3), v1=VisitState.OPEN) == {}


def test_an_entry_that_is_to_go_says_when_its_reader_was_to_hear_of_it() -> None:
    later = BOOKED._replace(at=NOW + timedelta(hours=1), seq=9)
    gone = VisitNow(VisitState.OPEN, None, {})
    ticket = TicketNow(TicketStatus.CANCELLED, 1, Coverage.COVERED, {"v1": gone})
    [entry] = to_strike_out((BOOKED, later), ticket)
    assert (entry.visit_id, entry.seq, entry.told_at) == ("v1", 9, later.at)
    never_told = told("visit.cancelled", ONE, 3)
    assert to_strike_out((never_told, BOOKED, later), ticket) == (entry,)
