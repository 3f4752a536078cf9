"""Which proposals a visit still has room for."""

import pytest

from models.calendar import packed
from models.errors import Conflict, Invalid
from models.rules.matching.proposing import MOST_EVER, MOST_PROPOSALS, place_of, proposed
from models.ticket import Ticket
from models.visit import Assignment, AssignmentState, ProposalState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    NOW,
    VISIT,
    admitted,
    between,
    named,
    offer,
    refused,
    with_matching,
)
from tests.models.rules.stories import proposed as posted


def test_a_group_takes_two_hundred_offers() -> None:
    ticket = posted(admitted())
    full = with_matching(
        ticket,
        proposals=tuple(
            ticket.matching.proposals[0].but(id=named("prp", n), seq=n)
            for n in range(1, MOST_PROPOSALS)
        ),
    )
    last = proposed(full, offer(MOST_PROPOSALS, BEN), NOW)
    assert len(last.matching.proposals) == MOST_PROPOSALS
    one_more = refused(lambda: proposed(last, offer(MOST_PROPOSALS + 1, BEN), NOW))
    assert one_more == (Invalid, "too-many-proposals", "", {})
    elsewhere = with_matching(
        last, proposals=tuple(p.but(visit_id=named("vis", 9)) for p in last.matching.proposals)
    )
    assert proposed(elsewhere, offer(MOST_PROPOSALS + 1, BEN), NOW).matching.proposals


@pytest.mark.parametrize("state", [ProposalState.WITHDRAWN, ProposalState.INELIGIBLE])
def test_what_was_taken_back_leaves_its_room_to_others(state: ProposalState) -> None:
    one = posted(admitted()).matching.proposals[0]
    gone = tuple(
        one.but(id=named("prp", n), seq=n, state=state) for n in range(1, MOST_PROPOSALS + 1)
    )
    ticket = proposed(with_matching(admitted(), proposals=gone), offer(900, BEN), NOW)
    assert place_of(ticket, named("prp", 900)).priority_seq == MOST_PROPOSALS + 1
    back = tuple(p.but(state=ProposalState.RELEASED) for p in gone)
    full = with_matching(admitted(), proposals=back)
    assert refused(lambda: proposed(full, offer(900, BEN), NOW))[1] == "too-many-proposals"
    long_ago = tuple(p.but(times=packed([between(-9, -7)])) for p in back)
    assert proposed(with_matching(admitted(), proposals=long_ago), offer(900, BEN), NOW)


def test_what_a_ticket_carries_has_an_end_all_the_same() -> None:
    one = posted(admitted()).matching.proposals[0].but(state=ProposalState.WITHDRAWN)
    ever = tuple(one.but(id=named("prp", n), seq=n) for n in range(1, MOST_EVER + 1))
    full = with_matching(admitted(), proposals=ever)
    assert refused(lambda: proposed(full, offer(2_000, BEN), NOW))[1] == "too-many-proposals"


def test_who_could_fill_only_what_a_hand_filled_is_told_so_and_whoever_is_sent_too() -> None:
    ticket = admitted(skills=("plumbing", "electrical"))
    sent = Assignment(id="asg_1", visit_id=VISIT, position=0, expert_id=ANNA)
    ticket = ticket.with_visit(ticket.visits[0].but(start=NOW, assignments=(sent,)))

    def by_ben(*able: int) -> Ticket:
        return proposed(ticket, offer(2, BEN).model_copy(update={"able": able}), NOW)

    assert refused(lambda: by_ben(0)) == (Conflict, "position-taken", "", {"positions": [0]})
    assert by_ben(0, 1).matching.proposals
    assert proposed(ticket, offer(2, BEN), NOW).matching.proposals
    assert refused(lambda: proposed(ticket, offer(), NOW))[1] == "expert-twice"
    let_go = sent.but(state=AssignmentState.RELEASED)
    ticket = ticket.with_visit(ticket.visits[0].but(assignments=(let_go,)))
    assert by_ben(0).matching.proposals
