"""How work ends, whatever else is reported of it, in whatever order that comes."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from models.field import FactKind
from models.messages.visit import ReportVisit, VisitReported
from models.rules.escalation.doubts import doubts_of
from models.rules.money.plausibility import worked
from models.rules.ticket.finishing import bill_due, billed
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import reported
from models.ticket import Attention, Ticket, TicketStatus
from models.visit import ENDED, AssignmentState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    NOW,
    UNHURRIED,
    after,
    fact,
    happenings,
    scheduled,
)

K, S = FactKind, VisitState
PAIR = ("plumbing", "electrical")
MINUTE = timedelta(minutes=1)
PATIENT = UNHURRIED.but(correction_window=10 * MINUTE)


def at(hour: float) -> datetime:
    """So many hours after NOW."""
    return NOW + hour * HOUR


def told(ticket: Ticket, *reports: ReportVisit) -> tuple[Ticket, VisitReported]:
    """The ticket after reports that come in this order, all of them late."""
    for report in reports:
        ticket, answer = reported(ticket, report, at(10))
    return ticket, answer


def said(kind: FactKind, hour: float, expert: str = ANNA, name: str | None = None) -> ReportVisit:
    """It was then, and comes late."""
    report = fact(kind, expert, at(hour), name or f"{expert}-{kind}-{hour}")
    return report.model_copy(update={"received_at": at(10)})


def back(name: str, expert: str = ANNA) -> ReportVisit:
    """A report that only takes another back."""
    report = fact(K.ON_SITE, expert, NOW, name=f"back-{name}")
    return report.model_copy(update={"corrects": name, "kind": None})


def pair() -> Ticket:
    return scheduled(ANNA, BEN, skills=PAIR, policies=PATIENT)


def finished() -> Ticket:
    """Done from one o'clock to two, beyond recall, and billed."""
    ticket = after(after(scheduled(), K.STARTED, at=at(1)), K.COMPLETED, at=at(2))
    assert bill_due(ticket, at(3)) is not None
    return billed(ticket, 1, at(3))


# What comes after the report that the work is not done.


def test_what_came_before_work_that_ended_undone_counts_though_it_comes_after_it() -> None:
    ticket, _ = told(scheduled(), said(K.INCOMPLETE, 4))
    for kind, hour in ((K.ON_SITE, 2), (K.STARTED, 2.25)):
        ticket, answer = told(ticket, said(kind, hour))
        assert (answer.state, answer.recorded_only) == (S.INCOMPLETE, False)
        assert answer.out_of_order
    visit = ticket.visits[0]
    assert (visit.actual_start, visit.actual_end) == (at(2.25), at(4))
    assert worked(visit, visit.crew[0]) == 1.75 * HOUR
    assert Attention.LATE_REPORT not in ticket.filing.attention


def test_a_colleague_ends_their_own_part_of_work_that_is_not_done() -> None:
    ticket, answer = told(pair(), said(K.INCOMPLETE, 1), said(K.COMPLETED, 2, BEN))
    assert (answer.state, answer.recorded_only) == (S.INCOMPLETE, False)
    visit = ticket.visits[0]
    assert {a.state for a in visit.crew} == {AssignmentState.DONE}
    assert [visit.done_at(a) for a in visit.crew] == [at(1), at(2)]


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_visit_ends_that_was_only_said_to_be_undone(order: tuple[int, ...]) -> None:
    """Ann takes back that it is not; Ben has said that he is done before or after that."""
    ticket, _ = told(pair(), said(K.INCOMPLETE, 1, name="undone"))
    correction = said(K.COMPLETED, 2).model_copy(update={"corrects": "undone"})
    reports = [correction, said(K.COMPLETED, 2.5, BEN)]
    ticket, answer = told(ticket, *(reports[n] for n in order))
    assert (answer.state, status_of(ticket)) == (S.COMPLETED, TicketStatus.COMPLETED)


def test_of_two_who_end_work_undone_there_is_one_follow_up() -> None:
    ticket, _ = told(pair(), said(K.INCOMPLETE, 1), said(K.INCOMPLETE, 2, BEN))
    assert [v.follows for v in ticket.visits] == [None, ticket.visits[0].id]


def test_whoever_sets_out_to_a_visit_that_has_ended_is_announced_to_nobody() -> None:
    ticket, _ = told(pair(), said(K.INCOMPLETE, 1), said(K.EN_ROUTE, 2, BEN))
    assert ticket.news[-1].type == "visit.en_route"
    assert ticket.news[-1].data["overtaken"]
    assert "out_of_order" not in ticket.news[-1].data


# Two ends of one person.


@pytest.mark.parametrize(
    ("done", "undone", "state", "visits"),
    [(1, 2, S.COMPLETED, 1), (2, 1, S.INCOMPLETE, 2), (1, 1, S.INCOMPLETE, 2)],
)
def test_the_first_end_to_occur_counts_whichever_came_first(
    done: float, undone: float, state: VisitState, visits: int
) -> None:
    for reports in permutations((said(K.COMPLETED, done), said(K.INCOMPLETE, undone))):
        ticket, answer = told(scheduled(policies=PATIENT), *reports)
        visit = ticket.visits[0]
        assert (visit.state, answer.state) == (state, state)
        assert visit.actual_end == at(min(done, undone))
        planned = [v for v in ticket.visits if v.state is not S.CANCELLED]
        assert len(planned) == visits, "a follow-up for what is left, and for nothing else"


def test_the_other_end_is_kept_and_counts_once_the_first_is_taken_back() -> None:
    ticket, _ = told(scheduled(policies=PATIENT), said(K.INCOMPLETE, 1, name="undone"))
    done = said(K.COMPLETED, 2)
    ticket, answer = told(ticket, done)
    assert (answer.state, answer.recorded_only) == (S.INCOMPLETE, True)
    assert ticket.filing.attention == (Attention.LATE_REPORT,)
    assert happenings(ticket)[-1] == "rights.report_kept"
    same, again = told(ticket, done)
    assert (same, again.repeated, again.recorded_only) == (ticket, True, True)
    ticket, answer = told(ticket, back("undone"))
    assert (answer.state, status_of(ticket)) == (S.COMPLETED, TicketStatus.COMPLETED)
    assert ticket.visits[0].actual_end == at(2)
    assert ticket.visits[1].state is S.CANCELLED, "nothing is left for another visit"
    assert "visit.completed" in happenings(ticket), "its time is for others, its pictures are shown"


def test_work_that_is_undone_after_all_has_its_follow_up() -> None:
    ticket, _ = told(scheduled(policies=PATIENT), said(K.COMPLETED, 1, name="done"))
    ticket, _ = told(ticket, said(K.INCOMPLETE, 2))
    assert len(ticket.visits) == 1
    ticket, answer = told(ticket, back("done"))
    assert answer.state is S.INCOMPLETE
    assert [v.follows for v in ticket.visits] == [None, ticket.visits[0].id]


def test_the_same_end_under_another_id_stands_in_for_one_that_is_taken_back() -> None:
    ticket, _ = told(scheduled(policies=PATIENT), said(K.COMPLETED, 1, name="first"))
    ticket, answer = told(ticket, said(K.COMPLETED, 2, name="second"))
    assert (answer.repeated, ticket.visits[0].actual_end) == (True, at(1))
    ticket, answer = told(ticket, back("first"))
    assert (answer.state, ticket.visits[0].actual_end) == (S.COMPLETED, at(2))


def test_an_end_that_was_earlier_is_news_under_another_id() -> None:
    ticket, _ = told(scheduled(), said(K.STARTED, 1))
    hasty = ticket.but(policies=PATIENT)
    ticket, answer = told(hasty, said(K.COMPLETED, 3), said(K.COMPLETED, 2))
    assert (answer.repeated, answer.out_of_order) == (False, True)
    assert ticket.visits[0].actual_end == at(2)


@pytest.mark.parametrize("end", [K.COMPLETED, K.INCOMPLETE])
def test_what_came_after_the_end_counts_for_nothing_until_the_end_is_taken_back(
    end: FactKind,
) -> None:
    ticket, _ = told(scheduled(policies=PATIENT), said(end, 1, name="end"))
    for kind, hour in ((K.ON_SITE, 2), (K.STARTED, 3)):
        ticket, answer = told(ticket, said(kind, hour))
        assert (answer.recorded_only, answer.out_of_order) == (True, False)
        assert ticket.visits[0].actual_start is None
    same, again = told(ticket, said(K.STARTED, 3))
    assert (same, again.repeated, again.recorded_only) == (ticket, True, True)
    assert ticket.filing.attention == (Attention.LATE_REPORT,)
    ticket, answer = told(ticket, back("end"))
    assert (answer.state, ticket.visits[0].actual_start) == (S.IN_PROGRESS, at(3))
    assert [h for h in happenings(ticket) if h in ("visit.on_site", "visit.started")] == [
        "visit.on_site",
        "visit.started",
    ], "they are in the timeline once they count"


@pytest.mark.parametrize("end", [K.COMPLETED, K.INCOMPLETE])
def test_an_end_counts_whatever_is_said_to_have_been_after_it(end: FactKind) -> None:
    later = [said(K.ON_SITE, 2), said(K.CANNOT_ENTER, 2.5), said(K.START_PARTIAL, 3)]
    ends = set()
    for order in permutations(later):
        ticket, _ = told(scheduled(policies=PATIENT), said(end, 1), *order)
        visit = ticket.visits[0]
        ends.add((visit.state, visit.actual_start, visit.actual_end, len(ticket.visits)))
    assert len(ends) == 1
    [(state, start, over, _)] = ends
    assert (state in ENDED, start, over) == (True, None, at(1))


# What is over.


@pytest.mark.parametrize("hour", [1.5, 4])
def test_what_is_billed_is_not_undone_any_more(hour: float) -> None:
    before = finished()
    ticket, answer = told(before, said(K.INCOMPLETE, hour))
    assert (answer.state, answer.recorded_only) == (S.COMPLETED, True)
    assert status_of(ticket) is TicketStatus.COMPLETED
    assert ticket.visits[0].but(evidence=()) == before.visits[0]
    assert ticket.filing.attention == (Attention.LATE_REPORT,)
    assert doubts_of(ticket, at(10)) == []


@pytest.mark.parametrize("over", [{"cancelled": True}, {"closed": True}, {"round": 2}])
def test_nor_is_what_was_done_of_a_ticket_that_is_over(over: dict[str, Any]) -> None:
    done, _ = told(scheduled(policies=PATIENT), said(K.STARTED, 1), said(K.COMPLETED, 2))
    ticket, answer = told(done.but(**over), said(K.INCOMPLETE, 1.5))
    assert (answer.state, answer.recorded_only, len(ticket.visits)) == (S.COMPLETED, True, 1)


@pytest.mark.parametrize("kind", [K.EN_ROUTE, K.ON_SITE, K.STARTED, K.INCOMPLETE])
def test_whoever_came_after_all_does_not_begin_again_what_is_billed(kind: FactKind) -> None:
    ticket, _ = told(
        scheduled(ANNA, BEN, skills=PAIR),
        said(K.CANNOT_ARRIVE, 0, BEN),
        said(K.START_PARTIAL, 1),
        said(K.COMPLETED, 2),
    )
    assert ticket.completed_at == at(2)
    ticket, answer = told(ticket, said(kind, 1.5, BEN))
    assert (answer.state, answer.recorded_only) == (S.COMPLETED, True)
    assert status_of(ticket) is TicketStatus.COMPLETED


def test_what_moves_nothing_of_finished_work_is_taken_as_before() -> None:
    ticket, answer = told(finished(), said(K.ON_SITE, 0.75))
    assert (answer.recorded_only, answer.out_of_order) == (False, True)
    assert ticket.visits[0].state is S.COMPLETED


def test_an_end_that_was_earlier_is_only_kept_once_it_is_billed() -> None:
    ticket, answer = told(finished(), said(K.COMPLETED, 1.5))
    assert answer.recorded_only
    assert ticket.visits[0].actual_end == at(2)


@pytest.mark.parametrize("end", [K.COMPLETED, K.INCOMPLETE])
def test_more_time_for_what_has_ended_is_only_kept(end: FactKind) -> None:
    ticket, _ = told(scheduled(policies=PATIENT), said(K.ON_SITE, 1), said(end, 2))
    for hour in (1.5, 3):
        ticket, answer = told(ticket, said(K.NEED_MORE_TIME, hour))
        assert (answer.recorded_only, answer.repeated) == (True, False)
    assert ticket.filing.attention == (Attention.LATE_REPORT,)


# Which words stand.


def test_the_work_report_is_the_one_that_stands() -> None:
    def words(kind: FactKind, hour: float, expert: str, name: str) -> ReportVisit:
        report = said(kind, hour, expert, name)
        return report.model_copy(update={"report_id": f"rep-{name}"})

    ends = [words(K.COMPLETED, 1, ANNA, "annas"), words(K.COMPLETED, 2, BEN, "bens")]
    for reports in permutations(ends):
        ticket, _ = told(pair(), *reports)
        assert ticket.visits[0].report_id == "rep-bens"
    ticket, _ = told(ticket, back("bens", BEN))
    assert ticket.visits[0].report_id == "rep-annas"
    ticket, _ = told(ticket, back("annas"))
    assert ticket.visits[0].report_id is None
