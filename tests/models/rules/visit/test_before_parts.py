"""Nobody comes before the parts of a follow-up do, whoever names or offers times before that."""

from collections.abc import Callable
from datetime import datetime

import pytest

from models.calendar import Window
from models.errors import Invalid
from models.messages.ticket import ChangeSlots
from models.messages.visit import MoveVisit
from models.rules.matching.moving import moved
from models.rules.matching.proposing import proposed
from models.rules.matching.rescheduling import with_slots
from models.ticket import Attention, Ticket
from tests.models.rules.stories import ANNA, BY_CUSTOMER, offer, refused
from tests.models.rules.visit.chains import MINUTE, WHEN, at, ended, new, span

READY = at(60)
EARLY = span(50, 60)
LATE = Window(start=at(60), end=at(70))

Naming = Callable[..., Ticket]


def waits() -> Ticket:
    """A ticket whose follow-up waits for its parts, and whose customer named no time after that."""
    ticket = ended(parts_eta=READY)
    assert Attention.SLOTS_MISSING in ticket.filing.attention
    return ticket


def moving(ticket: Ticket, *slots: Window, now: datetime = WHEN) -> Ticket:
    wanted = MoveVisit(visit_id=new(waits()).id, slots=slots, by=BY_CUSTOMER)
    return moved(ticket, wanted, now)


def naming(ticket: Ticket, *slots: Window, now: datetime = WHEN) -> Ticket:
    return with_slots(ticket, ChangeSlots(slots=slots, by=BY_CUSTOMER), now)


@pytest.mark.parametrize("named", [moving, naming])
@pytest.mark.parametrize("slots", [(EARLY,), (EARLY, span(59, 60.5))])
def test_times_that_leave_the_follow_up_none_are_refused(
    named: Naming, slots: tuple[Window, ...]
) -> None:
    kind, code, field, evidence = refused(lambda: named(waits(), *slots))
    assert (kind, code, field) == (Invalid, "slot-too-early", "/slots/0")
    assert evidence == {"not_before": READY.isoformat()}


@pytest.mark.parametrize("named", [moving, naming])
def test_one_time_that_holds_it_is_enough_and_then_nobody_asks_for_more(named: Naming) -> None:
    ticket = named(waits(), EARLY, LATE)
    assert ticket.slots_of(new(ticket)) == (LATE,)
    assert Attention.SLOTS_MISSING not in ticket.filing.attention


@pytest.mark.parametrize("named", [moving, naming])
def test_once_the_parts_are_there_times_are_those_that_they_were(named: Naming) -> None:
    later = span(70, 80)
    assert new(named(waits(), later, now=READY + MINUTE)).not_before == READY


def test_an_offer_before_the_parts_is_refused_and_one_after_it_is_not() -> None:
    visit = new(waits()).id

    def offering(*windows: Window) -> Ticket:
        return proposed(waits(), offer(77, ANNA, *windows, visit=visit), WHEN)

    kind, code, field, evidence = refused(lambda: offering(EARLY, span(59, 60.5)))
    assert (kind, code, field) == (Invalid, "windows-too-short", "/windows")
    assert evidence["earliest"] == READY.isoformat()
    assert offering(EARLY, LATE).matching.proposals[-1].id == offer(77).proposal_id
