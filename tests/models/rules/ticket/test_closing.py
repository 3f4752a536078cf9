"""How a ticket ends, and how it comes back."""

from datetime import datetime, timedelta

import pytest

from models.actor import Actor, Role
from models.errors import Conflict, DomainError, Forbidden, Invalid
from models.event import Cause
from models.messages.ticket import CancelTicket, ConfirmTicket, ReopenTicket
from models.rules.ticket.closing import cancelled, confirmed, reopened
from models.rules.ticket.finishing import bill_due, billed
from models.rules.ticket.waiting import caught_up
from models.rules.transitions import ALLOWED, TicketCommand, require_allowed, status_of
from models.ticket import Coverage, Ticket, TicketStatus
from models.visit import AssignmentState, FactKind, MatchState, ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    HELPDESK,
    NOW,
    admitted,
    after,
    between,
    completed,
    filed,
    happenings,
    named,
    proposed,
    scheduled,
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
    with pytest.raises(Conflict) as refused:
        require_allowed(IN[status], command)
    assert refused.value.code == "illegal-transition"
    assert refused.value.evidence == {
        "state": status,
        "allowed": [str(c) for c in ALLOWED[status]],
    }


# Giving up


@pytest.mark.parametrize("status", [S.RECEIVED, S.REVIEW, S.MATCHING, S.SCHEDULED])
def test_the_customer_gives_up_at_any_moment_before_somebody_is_under_way(
    status: TicketStatus,
) -> None:
    assert status_of(given_up(IN[status])) is S.CANCELLED


def test_once_an_expert_is_under_way_only_the_helpdesk_gives_up() -> None:
    with pytest.raises(Forbidden) as refused:
        given_up(IN[S.IN_PROGRESS])
    assert refused.value.code == "helpdesk-only"
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
    asked = caught_up(proposed(admitted()), NOW + timedelta(days=2))
    ticket = given_up(asked)
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.RELEASED]
    assert [g.match_state for g in ticket.matching.groups] == [MatchState.CANCELLED]
    assert not any(q.is_live for q in ticket.doubts.questions)


def test_the_words_that_explain_it_are_named_and_not_quoted() -> None:
    [event] = [e for e in given_up(admitted()).news if e.type == "ticket.cancelled"]
    assert event.data == {"note_id": "not_1"}


# Confirming


def test_the_customer_closes_what_is_done() -> None:
    ticket = done(completed())
    assert status_of(ticket) is S.CLOSED
    assert ticket.news[-1].data["reason"] == "confirmed"


@pytest.mark.parametrize("status", [s for s in S if s is not S.COMPLETED])
def test_only_what_is_done_is_confirmed_or_reopened(status: TicketStatus) -> None:
    for command in (done, again):
        with pytest.raises(DomainError) as refused:
            command(IN[status])
        assert refused.value.code == "illegal-transition"


# Coming back


def test_a_reopened_ticket_waits_for_experts_with_a_visit_like_the_last_one() -> None:
    ticket = again(completed())
    first, second = ticket.visits
    assert (ticket.round, status_of(ticket), ticket.completed_at) == (2, S.MATCHING, None)
    assert (second.duration, second.positions) == (first.duration, first.positions)
    assert (second.seq, second.state) == (2, VisitState.OPEN)
    assert first.state is VisitState.COMPLETED
    assert ticket.filing.slots == AGAIN


def test_a_reopened_ticket_waits_its_whole_patience_again() -> None:
    later = NOW + timedelta(days=1)
    assert again(completed(), later).matching.since == later


def test_a_reopened_ticket_asks_nothing_about_the_old_round() -> None:
    names = happenings(again(completed()))
    assert names[-3:] == ["ticket.reopened", "visit.opened", "visit.offered"]


def test_a_reopened_ticket_needs_times_in_which_the_visit_fits() -> None:
    short = ReopenTicket(by=BY_CUSTOMER, slots=(between(48, 49),))
    with pytest.raises(Invalid) as refused:
        reopened(completed(), short, named("vis", 2), named("grp", 2), NOW)
    assert refused.value.code == "slot-too-short"


def test_an_expert_who_waits_hears_once_that_the_ticket_is_given_up() -> None:
    ticket = proposed(proposed(admitted(), 1), 2)
    told = [e for e in given_up(ticket).news if e.type == "proposal.released"]
    assert [e.data["proposal_ids"] for e in told] == [[named("prp", 1), named("prp", 2)]]


def test_a_ticket_reopened_while_it_was_billed_has_its_next_round_billed_too() -> None:
    ticket = completed()
    bill = bill_due(ticket, NOW)
    assert bill is not None
    reopened_meanwhile = billed(again(ticket), bill.round, NOW)
    assert (reopened_meanwhile.billed_round, reopened_meanwhile.round) == (1, 2)
