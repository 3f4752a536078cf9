"""Reports from the field, and what they make of a visit."""

from datetime import timedelta
from itertools import permutations

import pytest

from models.errors import Invalid
from models.event import Cause
from models.field import FactKind, ReportedFact
from models.messages.ticket import CancelTicket
from models.messages.visit import VisitReported
from models.rules.ticket.closing import cancelled
from models.rules.transitions import status_of
from models.rules.visit.clock import CLOCK_TOLERANCE
from models.rules.visit.fieldwork import reported
from models.ticket import Attention, Ticket, TicketStatus
from models.visit import AssignmentState, VisitState
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
    by,
    fact,
    happenings,
    named,
    refused,
    scheduled,
    written,
)

K = FactKind
PAIR = ("plumbing", "electrical")
WAY = (K.ACKNOWLEDGED, K.EN_ROUTE, K.ON_SITE, K.STARTED, K.COMPLETED)
"""How a visit goes that goes well."""


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


@pytest.mark.parametrize("order", list(permutations(WAY)))
def test_in_whatever_order_reports_come_the_work_is_done_in_the_end(
    order: tuple[FactKind, ...],
) -> None:
    ticket, reached = scheduled(), 0
    for kind in order:
        ticket, answer = reported(ticket, fact(kind), NOW)
        place = WAY.index(kind)
        assert answer.out_of_order is (place < reached)
        reached = max(reached, place)
    assert visit_state(ticket) is VisitState.COMPLETED
    assert happenings(ticket).count("ticket.completed") == 1


def test_a_late_report_is_kept_marked_and_moves_nothing_back() -> None:
    ticket = after(scheduled(), K.COMPLETED, at=NOW + HOUR)
    ticket, answer = reported(ticket, fact(K.STARTED, at=NOW), NOW + HOUR)
    assert (answer.state, answer.out_of_order) == (VisitState.COMPLETED, True)
    facts = {
        "visit_id": VISIT,
        "expert_id": ANNA,
        "state": "COMPLETED",
        "client_event_id": f"{ANNA}-started",
        "out_of_order": True,
        "overtaken": True,
    }
    assert written(ticket)[-1] == ("visit.started", ANNA, facts)
    assert ticket.visits[0].actual_start == NOW


def test_the_same_report_twice_changes_nothing() -> None:
    once = after(scheduled(), K.EN_ROUTE)
    again, answer = reported(once, fact(K.EN_ROUTE), NOW)
    assert again is once
    assert answer == VisitReported(visit_id=VISIT, state=VisitState.EN_ROUTE, repeated=True)


def test_the_same_id_of_another_expert_is_no_repetition() -> None:
    ticket = after(scheduled(ANNA, BEN, skills=PAIR), K.EN_ROUTE)
    same_name = fact(K.EN_ROUTE, BEN, name=f"{ANNA}-en_route")
    both, answer = reported(ticket, same_name, NOW)
    assert not answer.repeated
    assert len(both.visits[0].facts) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"kind": K.ON_SITE},
        {"occurred_at": NOW + timedelta(seconds=1)},
        {"phone_time": NOW - HOUR},
        {"report_id": "rpt_other"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_an_id_stands_for_one_report_and_all_that_makes_it_that(other: dict[str, object]) -> None:
    said = fact(K.EN_ROUTE, name="phone-1")
    once, _ = reported(scheduled(), said, NOW)
    reused = (Invalid, "client-event-id-reused", "/client_event_id", {})
    assert refused(lambda: reported(once, said.model_copy(update=other), NOW)) == reused


def test_an_id_stands_for_a_report_of_one_visit() -> None:
    once = after(scheduled(), K.EN_ROUTE)
    second = once.visits[0].but(id=named("vis", 2), seq=2, facts=())
    both = once.but(visits=(*once.visits, second))
    said = fact(K.EN_ROUTE).model_copy(update={"visit_id": second.id})
    assert refused(lambda: reported(both, said, NOW))[1] == "client-event-id-reused"


def test_a_report_is_repeated_whenever_it_was_received_and_whatever_became_of_its_visit() -> None:
    said = fact(K.EN_ROUTE).model_copy(update={"received_at": NOW})
    once, first = reported(scheduled(), said, NOW)
    again = said.model_copy(update={"received_at": NOW + HOUR})
    given_up = cancelled(once, CancelTicket(by=HELPDESK), NOW)
    for ticket in (once, given_up):
        same, answer = reported(ticket, again, NOW + HOUR)
        assert same is ticket
        assert (answer.repeated, answer.received_at) == (True, first.received_at)


def test_who_is_sent_again_sets_out_again() -> None:
    once = after(scheduled(), K.EN_ROUTE)
    [visit] = once.visits
    let_go = visit.assignments[0].but(state=AssignmentState.RELEASED)
    sent_again = visit.assignments[0].but(id="asg_9", state=AssignmentState.RESERVED)
    moved = visit.but(state=VisitState.SCHEDULED, assignments=(let_go, sent_again))
    ticket, answer = reported(once.with_visit(moved), fact(K.EN_ROUTE, name="phone-2"), NOW)
    assert (answer.repeated, answer.state) == (False, VisitState.EN_ROUTE)
    assert [f.assignment_id for f in ticket.visits[0].facts] == ["asg_0", "asg_9"]


def test_what_was_reported_is_kept_as_it_was_said() -> None:
    before = scheduled(ANNA, BEN, skills=PAIR)
    said = fact(K.ON_SITE, BEN, at=NOW, name="phone-1")
    ticket, answer = reported(before, said.model_copy(update={"report_id": "rep_1"}), NOW + HOUR)
    [visit] = ticket.visits
    assert answer == VisitReported(visit_id=VISIT, state=VisitState.ON_SITE)
    assert visit.facts == (
        ReportedFact(
            client_event_id="phone-1",
            kind=K.ON_SITE,
            expert_id=BEN,
            occurred_at=NOW,
            assignment_id="asg_1",
            report_id="rep_1",
        ),
    )
    assert [a.state for a in visit.assignments] == [
        AssignmentState.RESERVED,
        AssignmentState.ON_SITE,
    ]


@pytest.mark.parametrize("end", [K.COMPLETED, K.INCOMPLETE])
def test_the_words_at_the_end_of_a_visit_are_its_work_report(end: FactKind) -> None:
    began = fact(K.STARTED).model_copy(update={"report_id": "rep_1"})
    ticket, _ = reported(scheduled(), began, NOW)
    assert ticket.visits[0].report_id is None
    ended = fact(end).model_copy(update={"report_id": "rep_2"})
    ticket, _ = reported(ticket, ended, NOW)
    assert ticket.visits[0].report_id == "rep_2"


def test_the_same_news_under_another_id_changes_nothing() -> None:
    once = after(scheduled(), K.EN_ROUTE)
    again, answer = reported(once, fact(K.EN_ROUTE, name="another"), NOW)
    assert answer.repeated
    [visit], [as_it_was] = again.visits, once.visits
    assert (visit.but(facts=as_it_was.facts), again.news) == (as_it_was, once.news)


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
    late, _ = reported(ticket, fact(K.STARTED, BEN, at=NOW), NOW + 2 * HOUR)
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
    assert refusal(admitted()) == "assignment-unknown"


@pytest.mark.parametrize("by_whom", [by(ANNA), HELPDESK], ids=["expert", "helpdesk"])
def test_what_is_reported_of_a_visit_that_was_given_up_or_left_is_kept(by_whom: Cause) -> None:
    given_up = cancelled(scheduled(), CancelTicket(by=HELPDESK), NOW)
    left = after(scheduled(), K.STARTED, K.INCOMPLETE)
    told = fact(K.COMPLETED, at=NOW).model_copy(update={"by": by_whom})
    for ticket, state in ((given_up, VisitState.CANCELLED), (left, VisitState.INCOMPLETE)):
        ticket, answer = reported(ticket, told, NOW)
        assert (answer.state, answer.recorded_only) == (state, True)
        assert ticket.visits[0].state is state
        assert ticket.filing.attention == (Attention.LATE_REPORT,)
        ticket, again = reported(ticket, told, NOW)
        assert (again.repeated, again.recorded_only) == (True, True)


def test_a_report_names_its_expert_its_visit_and_its_own_time() -> None:
    facts = {
        "visit_id": VISIT,
        "expert_id": ANNA,
        "state": "EN_ROUTE",
        "client_event_id": f"{ANNA}-en_route",
    }
    told = written(after(scheduled(), K.EN_ROUTE))[-1]
    assert told == ("visit.en_route", ANNA, facts)
    ticket, _ = reported(scheduled(), fact(K.EN_ROUTE, at=NOW), NOW + HOUR)
    assert (ticket.news[-1].occurred_at, ticket.news[-1].recorded_at) == (NOW, NOW + HOUR)
