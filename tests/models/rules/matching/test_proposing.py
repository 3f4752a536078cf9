"""How experts propose themselves, and the place that gives them."""

from datetime import timedelta

import pytest

from models.calendar import packed
from models.errors import Conflict, Invalid, NotFound
from models.event import OURSELVES
from models.messages.matching import NarrowProposal, Proposed
from models.promise.policy import Policies
from models.rules.matching.proposing import (
    MOST_WINDOWS,
    place_of,
    proposal_narrowed,
    proposals_released,
    proposed,
)
from models.ticket import Coverage, Ticket
from models.visit import (
    MatchState,
    Proposal,
    ProposalState,
    VisitState,
)
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUSE,
    NOW,
    PROPOSAL,
    VISIT,
    admitted,
    between,
    by,
    happenings,
    named,
    offer,
    refused,
    scheduled,
    with_matching,
    written,
)
from tests.models.rules.stories import proposed as posted


def refusal(ticket: Ticket, *args: object, **kwargs: object) -> str:
    """The code an offer is refused with."""
    _, code, _, _ = refused(
        lambda: proposed(ticket, offer(*args, **kwargs), NOW)  # type: ignore[arg-type]
    )
    return code


def test_who_comes_first_has_the_first_place() -> None:
    ticket = posted(posted(admitted(), 1, ANNA), 2, BEN)
    places = [place_of(ticket, named("prp", n)).priority_seq for n in (1, 2)]
    assert places == [1, 2]
    assert happenings(ticket)[-2:] == ["proposal.posted", "proposal.posted"]


def test_of_an_offer_its_expert_its_visit_and_its_place_are_written_down() -> None:
    before = posted(admitted(), 1, BEN)
    ticket = proposed(before, offer(2, ANNA, between(24, 26), between(30, 32)), NOW)
    facts = {"proposal_id": named("prp", 2), "visit_id": VISIT, "expert_id": ANNA}
    assert written(ticket, before) == [
        ("proposal.posted", ANNA, {**facts, "priority_seq": 2, "windows": 2})
    ]
    assert ticket.matching.proposals[1] == Proposal(
        id=named("prp", 2),
        visit_id=VISIT,
        expert_id=ANNA,
        times=packed([between(24, 26), between(30, 32)]),
        seq=2,
    )
    assert place_of(ticket, named("prp", 2)) == Proposed(
        proposal_id=named("prp", 2),
        visit_id=VISIT,
        priority_seq=2,
        state=ProposalState.ACTIVE,
    )


def test_an_offer_has_its_group_looked_at_again() -> None:
    waiting = admitted()
    waiting = with_matching(
        waiting, groups=tuple(g.but(needs_matching=False) for g in waiting.matching.groups)
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


def test_a_refusal_of_a_short_window_says_from_when_and_how_long_the_visit_is() -> None:
    refusal = refused(lambda: proposed(admitted(), offer(1, ANNA, between(0, 2.25)), NOW))
    evidence = {"earliest": "2026-03-02T09:00:00+00:00", "minutes": 90}
    assert refusal == (Invalid, "windows-too-short", "/windows", evidence)
    assert proposed(admitted(), offer(1, ANNA, between(0, 2.5)), NOW).matching.proposals


def test_fifty_windows_are_taken_and_not_fifty_one_and_not_none() -> None:
    many = [between(24 + 3 * n, 26 + 3 * n) for n in range(MOST_WINDOWS + 1)]
    assert (
        len(proposed(admitted(), offer(1, ANNA, *many[1:]), NOW).matching.proposals[0].windows)
        == 50
    )
    assert refusal(admitted(), 1, ANNA, *many) == "too-many-windows"
    none = offer().model_copy(update={"windows": ()})
    assert refused(lambda: proposed(admitted(), none, NOW)) == (
        Invalid,
        "windows-missing",
        "/windows",
        {},
    )


def test_a_visit_of_another_ticket_is_unknown() -> None:
    other = offer(1, ANNA, visit=named("vis", 9))
    unknown = (NotFound, "visit-unknown", None, {})
    assert refused(lambda: proposed(admitted(), other, NOW)) == unknown
    assert refused(lambda: proposed(with_matching(admitted(), groups=()), offer(), NOW)) == unknown
    assert refused(lambda: proposed(admitted().but(visits=()), offer(), NOW)) == unknown


def test_a_settled_visit_takes_no_offers() -> None:
    illegal = (Conflict, "illegal-transition", None, {"state": "SCHEDULED", "allowed": []})
    assert refused(lambda: proposed(scheduled(), offer(9, BEN), NOW)) == illegal
    begun = admitted()
    begun = begun.with_visit(begun.visits[0].but(state=VisitState.SCHEDULED))
    assert refused(lambda: proposed(begun, offer(), NOW)) == illegal
    given_up = admitted()
    [group] = given_up.matching.groups
    given_up = given_up.with_group(group.but(match_state=MatchState.CANCELLED))
    assert refusal(given_up) == "illegal-transition"


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
    facts = {"proposal_id": PROPOSAL, "visit_id": VISIT, "expert_id": ANNA, "windows": 1}
    assert written(ticket)[-1] == ("proposal.narrowed", ANNA, facts)


def test_an_offer_that_shrinks_has_its_group_looked_at_again_unless_it_is_settled() -> None:
    ticket = posted(admitted())
    [group] = ticket.matching.groups
    for state, again in ((MatchState.EMPTY, True), (MatchState.FINALISED, False)):
        idle = ticket.with_group(group.but(needs_matching=False, match_state=state))
        shrunk = proposal_narrowed(idle, narrow((26, 28), (30, 33)), NOW)
        assert shrunk.matching.groups[0].needs_matching is again
        assert len(shrunk.matching.proposals[0].windows) == 2
    assert (
        proposal_narrowed(with_matching(ticket, groups=()), narrow((26, 28)), NOW).matching.groups
        == ()
    )


def test_what_is_left_of_an_offer_must_hold_the_visit_from_now_on() -> None:
    urgent = admitted(policies=Policies(min_lead=timedelta(0)))
    ticket = proposed(urgent, offer(1, ANNA, between(0, 3), between(24, 36)), NOW)
    assert proposal_narrowed(ticket, narrow((0, 1.5)), NOW).matching.proposals
    refusal = refused(lambda: proposal_narrowed(ticket, narrow((24, 25)), NOW))
    evidence = {"earliest": "2026-03-02T08:00:00+00:00", "minutes": 90}
    assert refusal == (Invalid, "windows-too-short", "/windows", evidence)


def test_windows_that_touch_may_be_offered_as_one() -> None:
    ticket = posted(admitted())
    two = packed([between(24, 26), between(26, 28)])
    ticket = ticket.with_proposal(ticket.matching.proposals[0].but(times=two))
    assert proposal_narrowed(ticket, narrow((25, 27)), NOW).matching.proposals[0].windows == (
        between(25, 27),
    )


@pytest.mark.parametrize("wider", [(23.75, 28), (24, 36.25), (40, 42)])
def test_who_offers_more_proposes_again(wider: tuple[float, float]) -> None:
    refusal = refused(lambda: proposal_narrowed(posted(admitted()), narrow((26, 28), wider), NOW))
    assert refusal == (Invalid, "windows-wider", "/windows", {})


@pytest.mark.parametrize("state", [s for s in ProposalState if s is not ProposalState.ACTIVE])
def test_only_a_waiting_offer_is_narrowed(state: ProposalState) -> None:
    ticket = posted(admitted())
    ticket = with_matching(
        ticket, proposals=tuple(p.but(state=state) for p in ticket.matching.proposals)
    )
    illegal = (Conflict, "illegal-transition", None, {"state": state, "allowed": []})
    assert refused(lambda: proposal_narrowed(ticket, narrow((26, 28)), NOW)) == illegal


def test_another_experts_offer_is_none_of_ones_business() -> None:
    unknown = (NotFound, "proposal-unknown", None, {})
    ticket = posted(admitted())
    assert refused(lambda: proposal_narrowed(ticket, narrow((26, 28), expert=BEN), NOW)) == unknown
    assert refused(lambda: proposal_narrowed(admitted(), narrow((26, 28)), NOW)) == unknown
    lost = ticket.but(visits=())
    assert refused(lambda: proposal_narrowed(lost, narrow((26, 28)), NOW)) == unknown


def test_letting_go_touches_only_those_who_wait_for_the_visit() -> None:
    ticket = posted(posted(admitted()), 2, BEN)
    gone = ticket.matching.proposals[0].but(state=ProposalState.WITHDRAWN)
    ticket = with_matching(ticket, proposals=(gone, ticket.matching.proposals[1]))
    states = [
        p.state for p in proposals_released(ticket, [VISIT], OURSELVES, NOW).matching.proposals
    ]
    assert states == [ProposalState.WITHDRAWN, ProposalState.RELEASED]
    assert (
        proposals_released(ticket, [named("vis", 9)], OURSELVES, NOW).matching.proposals
        == ticket.matching.proposals
    )


def test_who_is_let_go_hears_of_all_their_offers_at_once_and_who_won_something_does_not() -> None:
    ticket = posted(posted(posted(admitted(), 1, ANNA), 2, BEN), 3, ANNA)
    told = {
        "expert_id": ANNA,
        "visit_id": VISIT,
        "proposal_ids": [named("prp", 1), named("prp", 3)],
    }
    ben = {"expert_id": BEN, "visit_id": VISIT, "proposal_ids": [named("prp", 2)]}
    both = proposals_released(ticket, [VISIT], OURSELVES, NOW)
    assert written(both, ticket) == [
        ("proposal.released", HOUSE, told),
        ("proposal.released", HOUSE, ben),
    ]
    one = proposals_released(ticket, [VISIT], OURSELVES, NOW, {BEN})
    assert written(one, ticket) == [("proposal.released", HOUSE, told)]
    assert {p.state for p in one.matching.proposals} == {ProposalState.RELEASED}
