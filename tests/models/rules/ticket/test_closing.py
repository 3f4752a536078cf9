"""How a ticket ends, and how it comes back."""

from datetime import datetime, timedelta

import pytest

from models.actor import Actor, Role
from models.errors import Conflict, DomainError, Forbidden, Invalid
from models.event import Cause
from models.field import FactKind
from models.messages.ticket import CancelTicket, ConfirmTicket, ReopenTicket
from models.rules.ticket.closing import cancelled, confirmed, reopened
from models.rules.ticket.finishing import bill_due, billed
from models.rules.ticket.waiting import caught_up
from models.rules.transitions import ALLOWED, TicketCommand, require_allowed, status_of
from models.ticket import Coverage, Ticket, TicketStatus
from models.visit import AssignmentState, MatchState, ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    CUSTOMER,
    HELPDESK,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    after,
    between,
    completed,
    filed,
    happenings,
    named,
    proposed,
    refused,
    scheduled,
    with_matching,
    written,
)

S = TicketStatus
AGAIN = (between(48, 60),)


def given_up(ticket: Ticket, by: Cause = BY_CUSTOMER) -> Ticket:
    return cancelled(ticket, CancelTicket(by=by, note_id="not_1"), NOW)


def done(ticket: Ticket) -> Ticket:
    return confirmed(ticket, ConfirmTicket(by=BY_CUSTOMER), NOW)


def again(ticket: Ticket, now: datetime = NOW) -> Ticket:
    command = ReopenTicket(by=BY_CUSTOMER, slots=AGAIN)
    return reopened(ticket, command, named("vis", 2), named("grp", 2), now)


IN = {
    S.RECEIVED: filed(),
    S.REVIEW: admitted(Coverage.NOT_COVERED),
    S.MATCHING: proposed(admitted()),
    S.SCHEDULED: scheduled(),
    S.IN_PROGRESS: after(scheduled(), FactKind.EN_ROUTE),
    S.COMPLETED: completed(),
    S.CLOSED: done(completed()),
    S.CANCELLED: given_up(admitted()),
}
"""A ticket in every status there is."""


@pytest.mark.parametrize("status", S)
def test_a_status_is_what_the_facts_say(status: TicketStatus) -> None:
    assert status_of(IN[status]) is status


@pytest.mark.parametrize("command", TicketCommand)
@pytest.mark.parametrize("status", S)
def test_a_command_out_of_place_is_refused_and_told_what_is_possible(
    status: TicketStatus, command: TicketCommand
) -> None:
    if command in ALLOWED[status]:
        require_allowed(IN[status], command)
        return
    with pytest.raises(Conflict) as refusal:
        require_allowed(IN[status], command)
    assert refusal.value.code == "illegal-transition"
    assert refusal.value.evidence == {
        "state": status,
        "allowed": [str(c) for c in ALLOWED[status]],
    }


def test_a_ticket_kept_back_while_somebody_works_is_in_progress_all_the_same() -> None:
    for kind, status in ((FactKind.EN_ROUTE, S.REVIEW), (FactKind.STARTED, S.IN_PROGRESS)):
        assert status_of(after(scheduled(), kind).but(review_open=True)) is status
    assert status_of(completed().but(review_open=True)) is S.REVIEW


def test_a_blocked_visit_is_in_progress_and_one_that_waits_comes_before_one_that_stands() -> None:
    ticket = scheduled()
    [visit], [group] = ticket.visits, ticket.matching.groups
    assert status_of(ticket.with_visit(visit.but(state=VisitState.BLOCKED))) is S.IN_PROGRESS
    waits = group.but(id=named("grp", 2), match_state=MatchState.EMPTY)
    assert status_of(with_matching(ticket, groups=(group, waits))) is S.MATCHING
    given_up_ = ticket.with_visit(visit.but(state=VisitState.CANCELLED))
    assert status_of(given_up_) is S.RECEIVED


# Giving up


@pytest.mark.parametrize("status", [S.RECEIVED, S.REVIEW, S.MATCHING, S.SCHEDULED])
def test_the_customer_gives_up_at_any_moment_before_somebody_is_under_way(
    status: TicketStatus,
) -> None:
    assert status_of(given_up(IN[status])) is S.CANCELLED


def test_once_an_expert_is_under_way_only_the_helpdesk_gives_up() -> None:
    only = (Forbidden, "helpdesk-only", None, {})
    assert refused(lambda: given_up(IN[S.IN_PROGRESS])) == only
    for role in (Role.HELPDESK, Role.MANAGER, Role.ADMIN):
        staff = Cause(actor=Actor(role=role, id="usr_1"))
        assert status_of(given_up(IN[S.IN_PROGRESS], staff)) is S.CANCELLED


@pytest.mark.parametrize("status", [S.COMPLETED, S.CLOSED, S.CANCELLED])
def test_what_is_done_or_over_is_not_given_up(status: TicketStatus) -> None:
    with pytest.raises(Conflict):
        given_up(IN[status], HELPDESK)


def test_giving_up_frees_everybody_and_says_so_once_each() -> None:
    ticket = given_up(scheduled(ANNA, BEN, skills=("plumbing", "electrical")))
    [visit] = ticket.visits
    assert visit.state is VisitState.CANCELLED
    assert {a.state for a in visit.assignments} == {AssignmentState.RELEASED}
    freed = [e.data["expert_id"] for e in ticket.news if e.type == "assignment.released"]
    assert sorted(freed) == [ANNA, BEN]
    assert happenings(ticket).count("ticket.cancelled") == 1
    assert happenings(ticket).count("visit.cancelled") == 1


def test_giving_up_lets_go_who_waits_and_leaves_no_group_and_no_question_open() -> None:
    asked = proposed(admitted())
    asked = asked.with_group(asked.matching.groups[0].but(needs_matching=False))
    ticket = given_up(caught_up(asked, NOW + timedelta(days=2)))
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.RELEASED]
    assert [g.match_state for g in ticket.matching.groups] == [MatchState.CANCELLED]
    assert [g.needs_matching for g in ticket.matching.groups] == [False]
    assert [q.answered_at for q in ticket.doubts.questions] == [NOW]
    assert ticket.matching.since is None


def test_what_is_written_down_of_a_ticket_given_up_names_the_words_and_does_not_quote_them() -> (
    None
):
    before = scheduled(ANNA, BEN, skills=("plumbing", "electrical"))
    freed = [
        {"assignment_id": f"asg_{index}", "visit_id": VISIT, "expert_id": expert}
        for index, expert in enumerate((ANNA, BEN))
    ]
    assert written(given_up(before), before) == [
        ("ticket.cancelled", CUSTOMER, {"note_id": "not_1"}),
        ("visit.cancelled", CUSTOMER, {"visit_id": VISIT}),
        *(("assignment.released", CUSTOMER, facts) for facts in freed),
    ]


def test_giving_up_leaves_what_is_done_or_settled_or_over_as_it_was() -> None:
    before = completed()
    [done_], [group] = before.visits, before.matching.groups
    waits = done_.but(
        id=named("vis", 2),
        state=VisitState.OPEN,
        assignments=(done_.crew[0].but(state=AssignmentState.RELEASED),),
    )
    open_ = group.but(
        id=named("grp", 2),
        visit_ids=(waits.id,),
        match_state=MatchState.PARTIAL,
        needs_matching=True,
    )
    before = before.but(
        visits=(done_, waits),
        matching=before.matching.but(groups=(group, open_)),
        completed_at=None,
    )
    ticket = given_up(before)
    assert ticket.visits[0] == done_
    assert [a.state for a in ticket.visits[1].assignments] == [AssignmentState.RELEASED]
    assert ticket.matching.groups[0] == group
    assert (ticket.matching.groups[1].match_state, ticket.matching.groups[1].needs_matching) == (
        MatchState.CANCELLED,
        False,
    )
    assert (ticket.cancelled, ticket.matching.since) == (True, None)


# Confirming


def test_the_customer_closes_what_is_done() -> None:
    ticket = done(completed())
    assert status_of(ticket) is S.CLOSED
    assert written(ticket)[-1] == ("ticket.closed", CUSTOMER, {"reason": "confirmed"})


@pytest.mark.parametrize("status", [s for s in S if s is not S.COMPLETED])
def test_only_what_is_done_is_confirmed_or_reopened(status: TicketStatus) -> None:
    for command in (done, again):
        with pytest.raises(DomainError) as refusal:
            command(IN[status])
        assert refusal.value.code == "illegal-transition"


# Coming back


def test_a_reopened_ticket_waits_for_experts_with_a_visit_like_the_last_one() -> None:
    ticket = again(completed())
    first, second = ticket.visits
    assert (ticket.round, status_of(ticket), ticket.completed_at) == (2, S.MATCHING, None)
    assert (second.duration, second.positions) == (first.duration, first.positions)
    assert (second.seq, second.state) == (2, VisitState.OPEN)
    assert first.state is VisitState.COMPLETED
    assert ticket.filing.slots == AGAIN
    assert (second.id, second.group_id, second.round) == (named("vis", 2), named("grp", 2), 2)
    assert (ticket.matching.groups[-1].id, ticket.matching.groups[-1].visit_ids) == (
        second.group_id,
        (second.id,),
    )


def test_of_a_reopened_ticket_it_is_written_down_in_which_round_and_why() -> None:
    before = completed()
    command = ReopenTicket(by=BY_CUSTOMER, slots=AGAIN, note_id="not_1")
    ticket = reopened(before, command, named("vis", 2), named("grp", 2), NOW)
    opened = {"visit_id": named("vis", 2), "group_id": named("grp", 2), "skills": ["refrigeration"]}
    assert written(ticket, before) == [
        ("ticket.reopened", CUSTOMER, {"round": 2, "note_id": "not_1"}),
        ("visit.opened", HOUSE, opened),
        ("visit.offered", HOUSE, {"visit_id": named("vis", 2)}),
    ]


def test_a_reopened_ticket_waits_its_whole_patience_again() -> None:
    later = NOW + timedelta(days=1)
    assert again(completed(), later).matching.since == later


def test_a_reopened_ticket_asks_nothing_about_the_old_round() -> None:
    names = happenings(again(completed()))
    assert names[-3:] == ["ticket.reopened", "visit.opened", "visit.offered"]


def test_a_reopened_ticket_needs_times_in_which_the_visit_fits() -> None:
    short = ReopenTicket(by=BY_CUSTOMER, slots=(between(48, 49),))
    with pytest.raises(Invalid) as refusal:
        reopened(completed(), short, named("vis", 2), named("grp", 2), NOW)
    assert refusal.value.code == "slot-too-short"


def test_an_expert_who_waits_hears_once_that_the_ticket_is_given_up() -> None:
    ticket = proposed(proposed(admitted(), 1), 2)
    told = [e for e in given_up(ticket).news if e.type == "proposal.released"]
    assert [e.data["proposal_ids"] for e in told] == [[named("prp", 1), named("prp", 2)]]


def test_a_ticket_reopened_while_it_was_billed_has_its_next_round_billed_too() -> None:
    ticket = completed()
    bill = bill_due(ticket, NOW)
    assert bill is not None
    reopened_meanwhile = billed(again(ticket), bill.round, NOW)
    assert (reopened_meanwhile.billed_rounds, reopened_meanwhile.round) == ((1,), 2)
