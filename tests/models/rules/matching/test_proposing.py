"""How experts propose themselves, and the place that gives them."""

from datetime import timedelta

import pytest

from models.errors import Conflict, DomainError, Invalid
from models.event import OURSELVES
from models.messages.matching import NarrowProposal
from models.promise.policy import Policies
from models.rules.matching.proposing import (
    MOST_PROPOSALS,
    MOST_WINDOWS,
    place_of,
    proposal_narrowed,
    proposals_released,
    proposed,
)
from models.ticket import Coverage, Ticket
from models.visit import ProposalState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    NOW,
    PROPOSAL,
    VISIT,
    admitted,
    between,
    by,
    happenings,
    named,
    offer,
    scheduled,
)
from tests.models.rules.stories import proposed as posted


def refusal(ticket: Ticket, *args: object, **kwargs: object) -> str:
    """The code an offer is refused with."""
    with pytest.raises(DomainError) as refused:
        proposed(ticket, offer(*args, **kwargs), NOW)  # type: ignore[arg-type]
    return refused.value.code


def test_who_comes_first_has_the_first_place() -> None:
    ticket = posted(posted(admitted(), 1, ANNA), 2, BEN)
    places = [place_of(ticket, named("prp", n)).priority_seq for n in (1, 2)]
    assert places == [1, 2]
    assert happenings(ticket)[-2:] == ["proposal.posted", "proposal.posted"]


def test_an_offer_has_its_group_looked_at_again() -> None:
    waiting = admitted()
    waiting = waiting.but(
        matching=waiting.matching.but(
            groups=tuple(g.but(needs_matching=False) for g in waiting.matching.groups)
        )
    )
    assert posted(waiting).matching.groups[0].needs_matching


def test_the_same_offer_twice_is_one_offer() -> None:
    once = posted(admitted())
    assert proposed(once, offer(), NOW) is once


def test_an_expert_may_offer_twice_and_keeps_both_places() -> None:
    ticket = posted(posted(admitted(), 1, ANNA), 2, ANNA)
    assert [p.seq for p in ticket.matching.proposals] == [1, 2]


def test_windows_that_touch_are_one() -> None:
    ticket = proposed(admitted(), offer(1, ANNA, between(26, 28), between(24, 26)), NOW)
    assert ticket.matching.proposals[0].windows == (between(24, 28),)


def test_an_offer_need_not_suit_the_customer() -> None:
    assert proposed(admitted(), offer(1, ANNA, between(300, 302)), NOW).matching.proposals


def test_a_window_must_hold_the_visit_on_the_grid() -> None:
    assert proposed(admitted(), offer(1, ANNA, between(24, 25.5)), NOW).matching.proposals
    assert refusal(admitted(), 1, ANNA, between(24, 25.4)) == "windows-too-short"
    assert refusal(admitted(), 1, ANNA, between(24.1, 25.6)) == "windows-too-short"


def test_a_visit_needs_some_notice_and_an_urgent_one_none() -> None:
    at_once = between(0, 1.5)
    assert refusal(admitted(), 1, ANNA, at_once) == "windows-too-short"
    urgent = admitted(policies=Policies(min_lead=timedelta(0)))
    assert proposed(urgent, offer(1, ANNA, at_once), NOW).matching.proposals


def test_one_good_window_is_enough() -> None:
    assert proposed(
        admitted(), offer(1, ANNA, between(24, 24.5), between(30, 32)), NOW
    ).matching.proposals


def test_fifty_windows_are_taken_and_not_fifty_one_and_not_none() -> None:
    many = [between(24 + 3 * n, 26 + 3 * n) for n in range(MOST_WINDOWS + 1)]
    assert (
        len(proposed(admitted(), offer(1, ANNA, *many[1:]), NOW).matching.proposals[0].windows)
        == 50
    )
    assert refusal(admitted(), 1, ANNA, *many) == "too-many-windows"
    with pytest.raises(Invalid) as refused:
        proposed(admitted(), offer().model_copy(update={"windows": ()}), NOW)
    assert refused.value.code == "windows-missing"


def test_a_group_takes_two_hundred_offers() -> None:
    ticket = posted(admitted())
    full = ticket.but(
        matching=ticket.matching.but(
            proposals=tuple(
                ticket.matching.proposals[0].but(id=named("prp", n), seq=n)
                for n in range(1, MOST_PROPOSALS)
            )
        )
    )
    last = proposed(full, offer(MOST_PROPOSALS, BEN), NOW)
    assert len(last.matching.proposals) == MOST_PROPOSALS
    assert refusal(last, MOST_PROPOSALS + 1, BEN) == "too-many-proposals"


def test_a_visit_of_another_ticket_is_unknown() -> None:
    assert refusal(admitted(), 1, ANNA, visit=named("vis", 9)) == "visit-unknown"


def test_a_settled_visit_takes_no_offers() -> None:
    with pytest.raises(Conflict) as refused:
        proposed(scheduled(), offer(9, BEN), NOW)
    assert refused.value.code == "illegal-transition"
    assert refused.value.evidence == {"state": "SCHEDULED", "allowed": []}


def test_nobody_proposes_while_it_is_not_known_who_pays() -> None:
    assert refusal(admitted(Coverage.NOT_COVERED)) == "illegal-transition"
    assert posted(admitted(Coverage.UNKNOWN)).matching.proposals


def narrow(*windows: tuple[float, float], expert: str = ANNA) -> NarrowProposal:
    return NarrowProposal(
        proposal_id=PROPOSAL,
        expert_id=expert,
        windows=tuple(between(*w) for w in windows),
        by=by(expert),
    )


def test_who_offers_less_keeps_their_place() -> None:
    ticket = proposal_narrowed(posted(posted(admitted()), 2, BEN), narrow((26, 28)), NOW)
    assert ticket.matching.proposals[0].windows == (between(26, 28),)
    assert place_of(ticket, PROPOSAL).priority_seq == 1


@pytest.mark.parametrize("wider", [(23.75, 28), (24, 36.25), (40, 42)])
def test_who_offers_more_proposes_again(wider: tuple[float, float]) -> None:
    with pytest.raises(Invalid) as refused:
        proposal_narrowed(posted(admitted()), narrow(wider), NOW)
    assert refused.value.code == "windows-wider"


@pytest.mark.parametrize("state", [s for s in ProposalState if s is not ProposalState.ACTIVE])
def test_only_a_waiting_offer_is_narrowed(state: ProposalState) -> None:
    ticket = posted(admitted())
    ticket = ticket.but(
        matching=ticket.matching.but(
            proposals=tuple(p.but(state=state) for p in ticket.matching.proposals)
        )
    )
    with pytest.raises(Conflict) as refused:
        proposal_narrowed(ticket, narrow((26, 28)), NOW)
    assert refused.value.evidence["state"] == state


def test_another_experts_offer_is_none_of_ones_business() -> None:
    with pytest.raises(DomainError) as refused:
        proposal_narrowed(posted(admitted()), narrow((26, 28), expert=BEN), NOW)
    assert refused.value.code == "proposal-unknown"


def test_letting_go_touches_only_those_who_wait_for_the_visit() -> None:
    ticket = posted(posted(admitted()), 2, BEN)
    gone = ticket.matching.proposals[0].but(state=ProposalState.WITHDRAWN)
    ticket = ticket.but(
        matching=ticket.matching.but(proposals=(gone, ticket.matching.proposals[1]))
    )
    states = [
        p.state for p in proposals_released(ticket, [VISIT], OURSELVES, NOW).matching.proposals
    ]
    assert states == [ProposalState.WITHDRAWN, ProposalState.RELEASED]
    assert (
        proposals_released(ticket, [named("vis", 9)], OURSELVES, NOW).matching.proposals
        == ticket.matching.proposals
    )
