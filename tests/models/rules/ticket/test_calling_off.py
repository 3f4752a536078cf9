"""One visit is called off, and its ticket goes on."""

from typing import Any

import pytest

from models.escalation import EscalationReason
from models.field import FactKind
from models.messages.visit import CancelVisit
from models.rules.ticket.calling_off import called_off
from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus
from models.visit import (
    AssignmentState,
    Dependency,
    MatchState,
    ProposalState,
    VisitState,
)
from tests.models.rules.stories import (
    DESK,
    HELPDESK,
    HOUR,
    NOW,
    VISIT,
    admitted,
    after,
    completed,
    happenings,
    named,
    refused,
    scheduled,
    written,
)

SECOND = named("vis", 2)


def off(ticket: Ticket, visit: str = VISIT, **more: Any) -> Ticket:
    return called_off(ticket, CancelVisit(visit_id=visit, by=HELPDESK, **more), NOW)


def pair(*, chained: bool = True, state: VisitState = VisitState.SCHEDULED) -> Ticket:
    """Two visits, the second two hours after the first."""
    ticket = scheduled()
    [visit], [group] = ticket.visits, ticket.matching.groups
    mate = visit.assignments[0].but(id="asg_9", visit_id=SECOND)
    later = visit.but(
        id=SECOND, seq=2, state=state, start=NOW + 26 * HOUR, assignments=(mate,), facts=()
    )
    rule = Dependency(predecessor=VISIT, successor=SECOND, max_gap=8 * HOUR)
    group = group.but(visit_ids=(VISIT, SECOND), dependencies=(rule,) if chained else ())
    return ticket.but(visits=(visit, later), matching=ticket.matching.but(groups=(group,)))


def test_its_experts_are_free_and_what_follows_it_is_matched_anew() -> None:
    before = pair()
    ticket = off(before, note_id="not_1")
    first, second = ticket.visits
    assert (first.state, second.state) == (VisitState.CANCELLED, VisitState.OPEN)
    assert [a.state for v in ticket.visits for a in v.assignments] == [
        AssignmentState.RELEASED,
        AssignmentState.RELEASED,
    ]
    [group] = ticket.matching.groups
    assert (group.dependencies, group.round, group.needs_matching) == ((), 2, True)
    assert status_of(ticket) is TicketStatus.MATCHING
    said = [(kind, who) for kind, who, _ in written(ticket, before)]
    assert said[:2] == [("visit.called_off", DESK), ("assignment.released", DESK)]
    assert [facts for kind, _, facts in written(ticket, before) if kind == "visit.released"] == [
        {"visit_id": SECOND, "start": (NOW + 26 * HOUR).isoformat()}
    ]


def test_what_does_not_follow_it_stays() -> None:
    ticket = off(pair(chained=False))
    assert [v.state for v in ticket.visits] == [VisitState.CANCELLED, VisitState.SCHEDULED]
    assert ticket.matching.groups[0].match_state is MatchState.FINALISED
    assert status_of(ticket) is TicketStatus.SCHEDULED


def test_the_last_of_a_chain_leaves_those_before_it_alone() -> None:
    ticket = off(pair(), SECOND)
    assert [v.state for v in ticket.visits] == [VisitState.SCHEDULED, VisitState.CANCELLED]
    assert ticket.matching.groups[0].dependencies == ()


def test_what_is_done_stays_done_and_the_ticket_with_it() -> None:
    done = completed()
    [visit], [group] = done.visits, done.matching.groups
    open_ = visit.but(
        id=SECOND, seq=2, state=VisitState.OPEN, start=None, assignments=(), facts=(), group_id="g2"
    )
    other = group.but(id="g2", visit_ids=(SECOND,), match_state=MatchState.EMPTY)
    ticket = done.but(
        visits=(visit, open_),
        completed_at=None,
        matching=done.matching.but(groups=(group, other), since=NOW),
    )
    assert status_of(ticket) is TicketStatus.MATCHING
    ticket = off(ticket, SECOND)
    assert status_of(ticket) is TicketStatus.COMPLETED
    assert (ticket.matching.groups[1].match_state, ticket.matching.since) == (
        MatchState.CANCELLED,
        None,
    )
    assert ticket.completed_at is not None


def test_what_is_half_staffed_is_whole_without_what_lacked_somebody() -> None:
    ticket = pair(chained=False, state=VisitState.OPEN)
    [group] = ticket.matching.groups
    waiting = ticket.with_group(group.but(match_state=MatchState.PARTIAL, missing=("2.0:a",)))
    ticket = off(waiting, SECOND)
    assert ticket.matching.groups[0].match_state is MatchState.FINALISED
    assert "group.finalised" in happenings(ticket)


def test_with_its_last_visit_a_ticket_is_cancelled() -> None:
    ticket = off(scheduled(), note_id="not_1")
    assert status_of(ticket) is TicketStatus.CANCELLED
    assert happenings(ticket)[-3:] == ["ticket.cancelled", "visit.cancelled", "assignment.released"]
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.SELECTED]
    assert status_of(off(admitted())) is TicketStatus.CANCELLED


@pytest.mark.parametrize(
    "kinds",
    [
        (FactKind.STARTED,),
        (FactKind.STARTED, FactKind.COMPLETED),
        (FactKind.STARTED, FactKind.INCOMPLETE),
    ],
)
def test_what_has_begun_is_not_called_off(kinds: tuple[FactKind, ...]) -> None:
    assert refused(lambda: off(after(scheduled(), *kinds)))[1] == "illegal-transition"


def test_nothing_is_called_off_for_what_is_not_so_any_more() -> None:
    reason = EscalationReason.CANNOT_ARRIVE
    assert refused(lambda: off(scheduled(), reason=reason))[1] == "doubt-gone"
    assert off(after(scheduled(), FactKind.CANNOT_ARRIVE), reason=reason).cancelled
    assert refused(lambda: off(scheduled(), named("vis", 9)))[1] == "visit-unknown"
