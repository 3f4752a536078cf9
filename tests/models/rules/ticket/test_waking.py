"""A ticket that is over listens once more when something is reported of it."""

from datetime import timedelta

from models.actor import Actor, Role
from models.event import Cause
from models.messages.ticket import CancelTicket, OpenTicket
from models.rules.ticket.closing import cancelled
from models.rules.ticket.finishing import is_over
from models.rules.ticket.waking import A_MOMENT, woken
from models.ticket import Channel, Ticket, Urgency
from tests.models.rules.stories import CUSTOMER, HELPDESK, HOUR, NOW, TICKET, UNHURRIED, scheduled

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
    again = woken(left(ticket), ticket.seq, LATER)
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
    again = woken(left(), ENDED.seq, LATER)
    assert again is not None
    assert again.resumed is not None
    assert again.resumed.but(listens_until=ENDED.listens_until) == ENDED


def test_one_whose_row_went_on_without_it_stays_as_it_is() -> None:
    assert woken(left(), ENDED.seq + 1, LATER) is None
    assert woken(left(None), 0, LATER) is None
