"""A ticket that is over listens once more when something is reported of it."""

from datetime import timedelta

from models.actor import Actor, Role
from models.event import Cause, Event, event_of
from models.events.ticket import SlotsChanged
from models.events.visit import VisitReportKept
from models.field import FactKind
from models.messages.ticket import CancelTicket, OpenTicket
from models.rules.ticket.closing import cancelled
from models.rules.ticket.finishing import is_over
from models.rules.ticket.waking import A_MOMENT, woken
from models.ticket import Attention, Channel, Ticket, Urgency
from tests.models.rules.stories import (
    ANNA,
    CUSTOMER,
    HELPDESK,
    HOUR,
    NOW,
    TICKET,
    UNHURRIED,
    VISIT,
    scheduled,
)

LATER = NOW + 1000 * HOUR
ENDED = cancelled(scheduled(), CancelTicket(by=HELPDESK), NOW)


def left(ticket: Ticket | None = ENDED) -> OpenTicket:
    return OpenTicket(
        ticket_id=TICKET,
        customer_id=CUSTOMER,
        by=Cause(actor=Actor(role=Role.CUSTOMER, id=CUSTOMER)),
        channel=Channel.WEB,
        urgency=Urgency.NORMAL,
        opened_at=NOW,
        slots=(),
        model_id=None,
        category=None,
        model_text_given=False,
        sealed="",
        fingerprint="",
        resumed=ticket,
    )


def until(ticket: Ticket) -> timedelta:
    """How long it listens."""
    again = woken(left(ticket), ticket.seq, (), LATER)
    assert again is not None
    assert again.resumed is not None
    assert again.resumed.listens_until is not None
    found = again.resumed.listens_until
    assert not is_over(again.resumed, found - timedelta(seconds=1))
    assert is_over(again.resumed, found)
    return found - LATER


def test_it_listens_for_as_long_as_what_it_hears_may_be_taken_back() -> None:
    assert is_over(ENDED, LATER)
    patient = ENDED.but(policies=UNHURRIED.but(correction_window=HOUR))
    assert until(patient) == HOUR


def test_where_nothing_is_taken_back_it_listens_for_a_moment() -> None:
    assert until(ENDED) == A_MOMENT


def test_nothing_else_of_it_is_another() -> None:
    again = woken(left(), ENDED.seq, (), LATER)
    assert again is not None
    assert again.resumed is not None
    assert again.resumed.but(listens_until=ENDED.listens_until) == ENDED


def kept(number: int) -> Event:
    """A report that was kept beside the ticket, as the event of that number."""
    facts = VisitReportKept(
        visit_id=VISIT,
        expert_id=ANNA,
        reported=FactKind.EN_ROUTE,
        client_event_id=f"phone-{number}",
        report_id=None,
    )
    return event_of(facts, TICKET, number, LATER, Cause(actor=Actor(role=Role.EXPERT, id=ANNA)))


def test_one_beside_which_reports_were_kept_goes_on_after_them() -> None:
    first, second = kept(ENDED.seq + 1), kept(ENDED.seq + 2)
    again = woken(left(), ENDED.seq + 2, (first, second), LATER)
    assert again is not None
    assert again.resumed is not None
    assert again.resumed.seq == ENDED.seq + 2
    assert again.resumed.mark != ENDED.mark
    assert again.resumed.filing.attention == (*ENDED.filing.attention, Attention.LATE_REPORT)


def test_one_whose_row_went_on_otherwise_stays_as_it_is() -> None:
    assert woken(left(), ENDED.seq + 1, (), LATER) is None
    assert woken(left(), ENDED.seq + 2, (kept(ENDED.seq + 1),), LATER) is None
    other = event_of(SlotsChanged(slots=1, note_id=None), TICKET, ENDED.seq + 1, LATER, left().by)
    assert woken(left(), ENDED.seq + 1, (other,), LATER) is None
    assert woken(left(None), 0, (), LATER) is None
