"""Reports from the field, and what they make of a visit."""

from datetime import timedelta
from itertools import permutations

import pytest

from models.errors import DomainError
from models.messages.ticket import CancelTicket
from models.rules.ticket.closing import cancelled
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import CLOCK_TOLERANCE, reported
from models.ticket import Ticket, TicketStatus
from models.visit import FactKind, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    HOUR,
    NOW,
    VISIT,
    admitted,
    after,
    fact,
    happenings,
    named,
    scheduled,
)

K = FactKind
PAIR = ("plumbing", "electrical")


def visit_state(ticket: Ticket) -> VisitState:
    return ticket.visits[0].state


def refusal(ticket: Ticket, **changed: object) -> str:
    """The code a report is refused with."""
    with pytest.raises(DomainError) as refused:
        reported(ticket, fact(K.STARTED).model_copy(update=changed), NOW)
    return refused.value.code


@pytest.mark.parametrize(
    ("kind", "visit", "ticket"),
    [
        (K.ACKNOWLEDGED, VisitState.SCHEDULED, TicketStatus.SCHEDULED),
        (K.EN_ROUTE, VisitState.EN_ROUTE, TicketStatus.IN_PROGRESS),
        (K.ON_SITE, VisitState.ON_SITE, TicketStatus.IN_PROGRESS),
        (K.STARTED, VisitState.IN_PROGRESS, TicketStatus.IN_PROGRESS),
        (K.COMPLETED, VisitState.COMPLETED, TicketStatus.COMPLETED),
    ],
)
def test_any_report_may_be_the_first(
    kind: FactKind, visit: VisitState, ticket: TicketStatus
) -> None:
    told = after(scheduled(), kind)
    assert (visit_state(told), status_of(told)) == (visit, ticket)


@pytest.mark.parametrize("order", list(permutations(K)))
def test_in_whatever_order_reports_come_the_work_is_done_in_the_end(
    order: tuple[FactKind, ...],
) -> None:
    ticket, reached = scheduled(), 0
    for kind in order:
        ticket, answer = reported(ticket, fact(kind), NOW)
        place = list(K).index(kind)
        assert answer.out_of_order is (place < reached)
        reached = max(reached, place)
    assert visit_state(ticket) is VisitState.COMPLETED
    assert happenings(ticket).count("ticket.completed") == 1


def test_a_late_report_is_kept_marked_and_moves_nothing_back() -> None:
    ticket = after(scheduled(), K.COMPLETED)
    ticket, answer = reported(ticket, fact(K.STARTED, at=NOW - HOUR), NOW)
    assert (answer.state, answer.out_of_order) == (VisitState.COMPLETED, True)
    assert ticket.news[-1].data["out_of_order"] is True
    assert ticket.visits[0].actual_start == NOW - HOUR


def test_the_same_report_twice_changes_nothing() -> None:
    once = after(scheduled(), K.EN_ROUTE)
    again, answer = reported(once, fact(K.EN_ROUTE), NOW)
    assert again is once
    assert answer.repeated


def test_the_same_news_under_another_id_changes_nothing() -> None:
    once = after(scheduled(), K.EN_ROUTE)
    again, answer = reported(once, fact(K.EN_ROUTE, name="another"), NOW)
    assert again is once
    assert answer.repeated


def test_the_first_start_and_the_last_end_count() -> None:
    ticket = scheduled(ANNA, BEN, skills=PAIR)
    ticket = after(ticket, K.STARTED, at=NOW + HOUR)
    ticket = after(ticket, K.STARTED, expert=BEN, at=NOW)
    ticket = after(ticket, K.COMPLETED, at=NOW + 3 * HOUR)
    ticket = after(ticket, K.COMPLETED, expert=BEN, at=NOW + 2 * HOUR)
    visit = ticket.visits[0]
    assert (visit.actual_start, visit.actual_end) == (NOW, NOW + 3 * HOUR)


@pytest.mark.parametrize(
    ("annas", "bens", "state"),
    [
        ([K.ACKNOWLEDGED], [], VisitState.SCHEDULED),
        ([K.EN_ROUTE], [], VisitState.EN_ROUTE),
        ([K.ON_SITE], [], VisitState.ON_SITE),
        ([K.STARTED], [], VisitState.ON_SITE),
        ([K.STARTED], [K.EN_ROUTE], VisitState.ON_SITE),
        ([K.STARTED], [K.ON_SITE], VisitState.IN_PROGRESS),
        ([K.ON_SITE], [K.ON_SITE], VisitState.ON_SITE),
        ([K.COMPLETED], [], VisitState.ON_SITE),
        ([K.COMPLETED], [K.STARTED], VisitState.IN_PROGRESS),
        ([K.COMPLETED], [K.COMPLETED], VisitState.COMPLETED),
    ],
)
def test_a_joint_visit_is_under_way_with_the_first_and_at_work_with_the_last(
    annas: list[FactKind], bens: list[FactKind], state: VisitState
) -> None:
    ticket = after(scheduled(ANNA, BEN, skills=PAIR), *annas)
    assert visit_state(after(ticket, *bens, expert=BEN)) is state


def test_a_joint_visit_completes_the_ticket_once_and_with_the_last_expert() -> None:
    ticket = after(scheduled(ANNA, BEN, skills=PAIR), K.COMPLETED)
    assert ticket.completed_at is None
    ticket = after(ticket, K.COMPLETED, expert=BEN, at=NOW + HOUR)
    assert ticket.completed_at == NOW + HOUR


def test_a_phones_clock_may_be_five_minutes_ahead() -> None:
    assert after(scheduled(), K.EN_ROUTE)
    reported(scheduled(), fact(K.STARTED, at=NOW + CLOCK_TOLERANCE), NOW)
    late = NOW + CLOCK_TOLERANCE + timedelta(seconds=1)
    assert refusal(scheduled(), occurred_at=late) == "occurred-in-the-future"


def test_a_report_says_which_visit_and_who() -> None:
    assert refusal(scheduled(), visit_id=named("vis", 9)) == "visit-unknown"
    assert refusal(scheduled(), expert_id=BEN) == "assignment-unknown"


def test_nobody_reports_on_a_visit_nobody_was_chosen_for() -> None:
    assert refusal(admitted()) == "illegal-transition"


def test_nobody_reports_on_a_visit_that_was_given_up() -> None:
    given_up = cancelled(scheduled(), CancelTicket(by=HELPDESK), NOW)
    assert refusal(given_up) == "illegal-transition"


def test_a_report_names_its_expert_its_visit_and_its_own_time() -> None:
    told = after(scheduled(), K.EN_ROUTE).news[-1]
    early = after(scheduled(), K.EN_ROUTE, at=NOW).news[-1]
    assert told == early
    assert (told.type, told.actor.id, told.data["visit_id"]) == ("visit.en_route", ANNA, VISIT)
    ticket, _ = reported(scheduled(), fact(K.EN_ROUTE, at=NOW - HOUR), NOW)
    assert (ticket.news[-1].occurred_at, ticket.news[-1].recorded_at) == (NOW - HOUR, NOW)
