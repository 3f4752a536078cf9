"""What goes on with a visit whose work is not done."""

from datetime import timedelta
from typing import Any

import pytest

from models.field import FactKind, Shortfall
from models.rules.ticket.waiting import caught_up, timers
from models.rules.transitions import status_of
from models.rules.visit.fieldwork import reported
from models.rules.visit.follow_up import lacks_follow_up
from models.ticket import Attention, Ticket, TicketStatus, TimerName
from models.visit import (
    AssignmentState,
    Dependency,
    MatchState,
    Proposal,
    ProposalState,
    VisitState,
)
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    VISIT,
    fact,
    happenings,
    named,
    with_filing,
)
from tests.models.rules.visit import chains
from tests.models.rules.visit.chains import (
    MINUTE,
    WHEN,
    at,
    chain,
    ended,
    new,
    span,
    visit,
    working,
)

K, S = FactKind, VisitState
V2, V3 = named("vis", 2), named("vis", 3)


def test_it_is_opened_at_once_like_the_one_that_it_goes_on_with() -> None:
    ticket = ended()
    first, follow_up = ticket.visits[0], new(ticket)
    assert first.state is S.INCOMPLETE
    assert (follow_up.follows, follow_up.state, follow_up.seq) == (VISIT, S.OPEN, 3)
    assert (follow_up.positions, follow_up.duration) == (first.positions, first.duration)
    assert (follow_up.round, follow_up.group_id) == (1, first.group_id)
    assert (follow_up.not_before, follow_up.slots) == (None, None)
    assert not lacks_follow_up(ticket, first)
    assert status_of(ticket) is TicketStatus.MATCHING


def test_it_takes_the_minutes_and_the_skill_that_were_named() -> None:
    ticket = ended(shortfall=Shortfall.WRONG_SKILL, skill="gas", minutes=45)
    follow_up = new(ticket)
    assert follow_up.duration == 45 * MINUTE
    [position] = follow_up.positions
    assert (position.idx, position.skill, position.min_level) == (0, "gas", 1)


def test_a_skill_counts_only_where_the_skill_was_wrong() -> None:
    assert new(ended(skill="gas")).positions == working().visits[0].positions


def test_none_is_opened_where_none_is_wanted() -> None:
    ticket = ended(follow_up=False)
    assert [v.id for v in ticket.visits] == [VISIT, V2]
    assert ticket.visits[1].state is S.SCHEDULED
    assert lacks_follow_up(ticket, ticket.visits[0])
    assert happenings(ticket) == ["visit.incomplete"]


# What was to follow.


def test_what_was_to_follow_is_released_and_follows_the_new_one_in_a_new_round() -> None:
    ticket = ended()
    [group] = ticket.matching.groups
    assert (group.round, group.match_state, group.needs_matching) == (2, MatchState.EMPTY, True)
    assert group.visit_ids == (VISIT, V2, new(ticket).id)
    assert group.dependencies == (
        Dependency(
            predecessor=new(ticket).id,
            successor=V2,
            min_gap=timedelta(0),
            max_gap=90 * MINUTE,
        ),
    )
    later = ticket.visits[1]
    assert (later.state, later.start) == (S.OPEN, None)
    assert [a.state for a in later.assignments] == [AssignmentState.RELEASED]
    assert ticket.matching.since == WHEN


def test_proposals_whose_windows_lie_ahead_come_back_with_their_places() -> None:
    ticket = working()
    past = Proposal(
        id=named("prp", 90),
        visit_id=V2,
        expert_id=ANNA,
        times=ticket.matching.proposals[0].times,
        seq=7,
        state=ProposalState.RELEASED,
    )
    proposals = (*ticket.matching.proposals, past)
    ticket = ended(ticket.but(matching=ticket.matching.but(proposals=proposals)))
    states = {p.id: (p.state, p.seq) for p in ticket.matching.proposals}
    assert states[named("prp", 20)] == (ProposalState.ACTIVE, 2)
    assert states[named("prp", 90)] == (ProposalState.ACTIVE, 7)
    assert states[named("prp", 10)] == (ProposalState.SELECTED, 1)


def test_what_has_begun_goes_on() -> None:
    ticket, _ = reported(
        working(), fact(K.ON_SITE, BEN, at(13.5)).model_copy(update={"visit_id": V2}), at(13.5)
    )
    ticket = ended(ticket)
    assert ticket.visits[1].state is S.ON_SITE
    [rule] = ticket.matching.groups[0].dependencies
    assert (rule.predecessor, rule.successor) == (VISIT, V2)
    assert status_of(ticket) is TicketStatus.IN_PROGRESS


def test_a_longer_chain_is_released_as_a_whole() -> None:
    ticket = chain(
        visit(1, 13, 14, ANNA),
        visit(2, 14, 15, BEN),
        visit(3, 15, 16, ANNA),
        visit(4, 13, 14, named("exp", 4)),
        rules=[chains.after(1, 2), chains.after(2, 3)],
    )
    ticket, _ = reported(ticket, fact(K.STARTED, ANNA, at(13)), at(13))
    ticket = ended(ticket)
    assert [v.state for v in ticket.visits] == [
        *(S.INCOMPLETE, S.OPEN, S.OPEN, S.SCHEDULED),
        S.OPEN,
    ]
    rules = {(d.predecessor, d.successor) for d in ticket.matching.groups[0].dependencies}
    assert rules == {(new(ticket).id, V2), (V2, V3)}


# When.


def test_it_waits_for_its_parts() -> None:
    ticket = ended(parts_eta=at(34))
    follow_up = new(ticket)
    assert follow_up.not_before == at(34)
    assert ticket.slots_of(follow_up) == (span(34, 44),)
    assert ticket.slots_of(ticket.visits[1]) == ticket.filing.slots
    [told] = [e for e in ticket.news if e.type == "follow_up.planned"]
    assert told.data == {
        "visit_id": follow_up.id,
        "follows": VISIT,
        "not_before": at(34).isoformat(),
    }


@pytest.mark.parametrize(("eta", "asked"), [(43, "follow_up.planned"), (43.01, "slots.needed")])
def test_a_customer_none_of_whose_times_lies_ahead_is_asked_for_others(
    eta: float, asked: str
) -> None:
    ticket = ended(parts_eta=at(eta))
    told = set(happenings(ticket)) & {"follow_up.planned", "slots.needed"}
    assert told == {asked}
    missing = Attention.SLOTS_MISSING in ticket.filing.attention
    assert missing is (asked == "slots.needed")


def test_times_that_begin_before_anybody_could_come_are_none() -> None:
    ticket = with_filing(working(min_lead=HOUR), slots=(span(8, 15.99),))
    assert "slots.needed" in happenings(ended(ticket))
    ticket = with_filing(working(min_lead=HOUR), slots=(span(8, 16),))
    assert "follow_up.planned" in happenings(ended(ticket))


# Who is told first.


def test_who_was_there_is_told_first() -> None:
    ticket = ended()
    follow_up = new(ticket)
    assert follow_up.first_until == WHEN + 15 * MINUTE
    assert "visit.offered" not in happenings(ticket)
    [first] = [e for e in ticket.news if e.type == "visit.offered_first"]
    assert first.data == {
        "visit_id": follow_up.id,
        "expert_id": ANNA,
        "until": (WHEN + 15 * MINUTE).isoformat(),
    }
    [timer] = [t for t in timers(ticket, WHEN) if t.name == TimerName.FIRST_REFUSAL]
    assert (timer.due_at, timer.subject) == (WHEN + 15 * MINUTE, follow_up.id)


@pytest.mark.parametrize(("minutes", "told"), [(14.9, False), (15, True)])
def test_and_everybody_else_when_their_time_is_over(minutes: float, told: bool) -> None:
    due = WHEN + minutes * MINUTE
    ticket = caught_up(ended(), due)
    assert ("visit.offered" in happenings(ticket)) is told
    assert (new(ticket).first_until is None) is told
    assert happenings(caught_up(ticket, due)).count("visit.offered") == told


def test_nobody_is_told_of_what_is_settled_by_then() -> None:
    ticket = ended()
    ticket = ticket.with_visit(new(ticket).but(state=S.SCHEDULED))
    ticket = caught_up(ticket, WHEN + 15 * MINUTE)
    assert new(ticket).first_until is None
    assert "visit.offered" not in happenings(ticket)


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        (working(), {"shortfall": Shortfall.WRONG_SKILL, "skill": "gas"}),
        (working(first_refusal=timedelta(0)), {}),
    ],
    ids=["another-skill", "no-policy"],
)
def test_everybody_is_told_at_once_where_nobody_comes_first(
    ticket: Ticket, said: dict[str, Any]
) -> None:
    ticket = ended(ticket, **said)
    assert new(ticket).first_until is None
    assert happenings(ticket).count("visit.offered") == 1
    assert "visit.offered_first" not in happenings(ticket)


def test_during_a_review_nobody_is_told() -> None:
    ticket = ended(working().but(review_open=True))
    assert not {"visit.offered", "visit.offered_first"} & set(happenings(ticket))
    assert new(ticket).first_until is None
