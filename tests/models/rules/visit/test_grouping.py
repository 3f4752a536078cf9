"""Visits that are added to a ticket."""

from datetime import timedelta

from models.event import Cause
from models.identity import derived_id
from models.messages.visit import AddVisit
from models.rules.visit.grouping import visit_asked_for, with_visit_added
from models.ticket import Ticket
from models.visit import Position
from tests.models.rules.stories import BY_CUSTOMER, HELPDESK, NOW, admitted, named


def asked(key: str | None, by: Cause = HELPDESK) -> AddVisit:
    """A plumber is to come too."""
    return AddVisit(
        duration=timedelta(minutes=60),
        positions=(Position(idx=0, skill="plumbing"),),
        by=by.but(command_id=key),
    )


def added(ticket: Ticket, new: AddVisit) -> Ticket:
    number = len(ticket.visits) + 1
    return with_visit_added(ticket, new, named("vis", number), named("grp", number), NOW)


def test_a_request_that_comes_again_in_a_new_run_adds_no_second_visit() -> None:
    once = added(admitted(), asked("key-1"))
    assert added(once, asked("key-1")) is once
    found = visit_asked_for(once, asked("key-1"))
    assert found is not None
    assert found.id == named("vis", 2)
    assert found.asked_by == derived_id("cmd", "helpdesk", "usr_helpdesk", "key-1")


def test_another_request_or_the_same_key_of_somebody_else_adds_another_visit() -> None:
    once = added(admitted(), asked("key-1"))
    assert len(added(once, asked("key-2")).visits) == 3
    assert len(added(once, asked("key-1", BY_CUSTOMER)).visits) == 3


def test_requests_without_a_key_are_each_their_own() -> None:
    once = added(admitted(), asked(None))
    assert len(added(once, asked(None)).visits) == 3
