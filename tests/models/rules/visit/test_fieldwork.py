"""Reports from the field, and what they make of a visit."""

from datetime import timedelta
from itertools import permutations

import pytest

from models.errors import Conflict, Invalid
from models.messages.ticket import CancelTicket
from models.messages.visit import VisitReported
from models.rules.ticket.closing import cancelled
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import CLOCK_TOLERANCE, reported
from models.ticket import Ticket, TicketStatus
from models.visit import AssignmentState, FactKind, ReportedFact, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    after,
    fact,
    happenings,
    named,
    refused,
    scheduled,
    written,
)

K = FactKind
PAIR = ("plumbing", "electrical")


def visit_state(ticket: Ticket) -> VisitState:
    return ticket.visits[0].state


def refusal(ticket: Ticket, **changed: object) -> str:
    """The code a report is refused with."""
    said = fact(K.STARTED).model_copy(update=changed)
    return refused(lambda: reported(ticket, said, NOW))[1]


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
    facts = {
        "visit_id": VISIT,
        "expert_id": ANNA,
        "state": "COMPLETED",
        "client_event_id": f"{ANNA}-started",
        "out_of_order": True,
    }
    assert written(ticket)[-1] == ("visit.started", ANNA, facts)
    assert ticket.visits[0].actual_start == NOW - HOUR


def test_the_same_report_twice_changes_nothing() -> None:
    once = after(scheduled(), K.EN_ROUTE)
    again, answer = reported(once, fact(K.EN_ROUTE), NOW)
    assert again is once
    assert answer == VisitReported(visit_id=VISIT, state=VisitState.EN_ROUTE, repeated=True)


def test_the_same_id_of_another_expert_or_for_other_news_is_no_repetition() -> None:
    ticket = after(scheduled(ANNA, BEN, skills=PAIR), K.EN_ROUTE)
    same_name = fact(K.EN_ROUTE, BEN, name=f"{ANNA}-en_route")
    both, answer = reported(ticket, same_name, NOW)
    assert not answer.repeated
    assert len(both.visits[0].facts) == 2
    _, answer = reported(both, fact(K.ON_SITE, name=f"{ANNA}-en_route"), NOW)
    assert answer.repeated


def test_what_was_reported_is_kept_as_it_was_said() -> None:
    before = scheduled(ANNA, BEN, skills=PAIR)
    said = fact(K.ON_SITE, BEN, at=NOW - HOUR, name="phone-1")
    ticket, answer = reported(before, said.model_copy(update={"report_id": "rep_1"}), NOW)
    [visit] = ticket.visits
    assert answer == VisitReported(visit_id=VISIT, state=VisitState.ON_SITE)
    assert visit.facts == (
        ReportedFact(
            client_event_id="phone-1", kind=K.ON_SITE, expert_id=BEN, occurred_at=NOW - HOUR
        ),
    )
    assert visit.report_id == "rep_1"
    assert [a.state for a in visit.assignments] == [
        AssignmentState.RESERVED,
        AssignmentState.ON_SITE,
    ]
    later, _ = reported(ticket, fact(K.STARTED, BEN), NOW)
    assert later.visits[0].report_id == "rep_1"


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
    ticket = after(scheduled(ANNA, BEN, skills=PAIR), K.STARTED, at=NOW)
    ticket = after(ticket, K.STARTED, expert=BEN, at=NOW + HOUR)
    assert ticket.visits[0].actual_start == NOW


def test_a_report_of_where_an_expert_is_known_to_be_moves_nothing() -> None:
    ticket = scheduled()
    [visit] = ticket.visits
    there = visit.assignments[0].but(state=AssignmentState.ON_SITE)
    _, answer = reported(ticket.with_visit(visit.but(assignments=(there,))), fact(K.ON_SITE), NOW)
    assert answer.out_of_order


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
    assert written(ticket)[-1] == ("ticket.completed", HOUSE, {"round": 1})
    late = after(ticket, K.STARTED, expert=BEN, at=NOW + 2 * HOUR)
    assert late.completed_at == NOW + HOUR


def test_a_phones_clock_may_be_five_minutes_ahead() -> None:
    assert after(scheduled(), K.EN_ROUTE)
    reported(scheduled(), fact(K.STARTED, at=NOW + CLOCK_TOLERANCE), NOW)
    late = fact(K.STARTED, at=NOW + CLOCK_TOLERANCE + timedelta(seconds=1))
    future = (Invalid, "occurred-in-the-future", "/occurred_at", {})
    assert refused(lambda: reported(scheduled(), late, NOW)) == future


def test_a_report_says_which_visit_and_who() -> None:
    assert refusal(scheduled(), visit_id=named("vis", 9)) == "visit-unknown"
    assert refusal(scheduled(), expert_id=BEN) == "assignment-unknown"


def test_nobody_reports_on_a_visit_nobody_was_chosen_for() -> None:
    assert refusal(admitted()) == "illegal-transition"


def test_nobody_reports_on_a_visit_that_was_given_up() -> None:
    given_up = cancelled(scheduled(), CancelTicket(by=HELPDESK), NOW)
    state = {"state": "CANCELLED", "allowed": []}
    illegal = (Conflict, "illegal-transition", None, state)
    assert refused(lambda: reported(given_up, fact(K.STARTED), NOW)) == illegal
    ended = scheduled()
    ended = ended.with_visit(ended.visits[0].but(state=VisitState.INCOMPLETE))
    assert refusal(ended) == "illegal-transition"


def test_a_report_names_its_expert_its_visit_and_its_own_time() -> None:
    facts = {
        "visit_id": VISIT,
        "expert_id": ANNA,
        "state": "EN_ROUTE",
        "client_event_id": f"{ANNA}-en_route",
    }
    told = written(after(scheduled(), K.EN_ROUTE))[-1]
    assert told == ("visit.en_route", ANNA, facts)
    ticket, _ = reported(scheduled(), fact(K.EN_ROUTE, at=NOW - HOUR), NOW)
    assert (ticket.news[-1].occurred_at, ticket.news[-1].recorded_at) == (NOW - HOUR, NOW)
