"""A request that comes at the wrong moment is refused by its own name."""

from collections.abc import Callable

import pytest

from models.errors import Conflict
from models.field import FactKind
from models.messages.escalation import Readmit, RescheduleVisit
from models.messages.matching import AssignExpert, NarrowProposal, ReEvaluate, WithdrawProposal
from models.messages.ticket import Admission, ConfirmTicket
from models.messages.visit import MoveVisit
from models.rules.matching import assigning, moving, proposing, replacing, settling
from models.rules.matching.withdrawing import withdrawn
from models.rules.ticket.closing import confirmed
from models.rules.ticket.readmission import readmitted
from models.rules.visit import rebooking
from models.rules.visit.attendance import rescheduled
from models.ticket import Coverage, Ticket
from models.visit import MatchState, Position, ProposalState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    GROUP,
    HELPDESK,
    HOUR,
    LENGTH,
    NOW,
    PROPOSAL,
    VISIT,
    admitted,
    after,
    between,
    by,
    completed,
    named,
    offer,
    proposed,
    scheduled,
    with_matching,
)


def half_settled() -> Ticket:
    """A visit that stands beside a group that waits."""
    ticket = scheduled()
    [group] = ticket.matching.groups
    waits = group.but(id=named("grp", 2), match_state=MatchState.EMPTY, visit_ids=())
    return with_matching(ticket, groups=(group, waits))


def released() -> Ticket:
    ticket = proposed(admitted())
    return ticket.with_proposal(ticket.matching.proposals[0].but(state=ProposalState.RELEASED))


WISH = AssignExpert(
    request_id="upd_1",
    visit_id=VISIT,
    position=0,
    expert_id=BEN,
    start=NOW + 24 * HOUR,
    by=HELPDESK,
    instead_of=ANNA,
)
TAKE_BACK = WithdrawProposal(proposal_id=PROPOSAL, expert_id=ANNA, by=by(ANNA))
LESS = NarrowProposal(proposal_id=PROPOSAL, expert_id=ANNA, windows=(between(24, 26),), by=by(ANNA))
FOUND = Admission(
    zone="berlin",
    category="oven",
    plan_id=None,
    coverage=Coverage.COVERED,
    duration=LENGTH,
    positions=(Position(idx=0, skill="gas"),),
)
REFUSED: dict[str, tuple[Callable[[], object], str]] = {
    "confirm": (lambda: confirmed(admitted(), ConfirmTicket(by=BY_CUSTOMER), NOW), "MATCHING"),
    "propose": (lambda: proposing.proposed(half_settled(), offer(9), NOW), "SCHEDULED"),
    "narrow": (lambda: proposing.proposal_narrowed(released(), LESS, NOW), "RELEASED"),
    "withdraw": (
        lambda: withdrawn(after(scheduled(), FactKind.EN_ROUTE), TAKE_BACK, NOW),
        "EN_ROUTE",
    ),
    "assign_expert": (lambda: assigning.booking_by_hand(half_settled(), WISH, NOW), "SCHEDULED"),
    "replace": (lambda: replacing.booking_instead(admitted(), WISH, NOW), "OPEN"),
    "re_evaluate": (
        lambda: settling.group_reconsidered(
            half_settled(), ReEvaluate(group_id=GROUP, by=HELPDESK), NOW
        ),
        "FINALISED",
    ),
    "reschedule": (
        lambda: rescheduled(completed(), RescheduleVisit(visit_id=VISIT, by=HELPDESK), NOW),
        "COMPLETED",
    ),
    "readmit": (
        lambda: readmitted(completed(), Readmit(admission=FOUND, by=HELPDESK), NOW),
        "COMPLETED",
    ),
}


@pytest.mark.parametrize("asked", REFUSED)
def test_a_request_that_the_state_does_not_allow_is_refused_by_its_name(asked: str) -> None:
    act, state = REFUSED[asked]
    with pytest.raises(Conflict, match=f"^{asked} is not possible while the state is {state}.$"):
        act()


def test_a_visit_that_is_over_is_not_rescheduled_and_the_refusal_says_what_was_asked() -> None:
    move = MoveVisit(visit_id=VISIT, slots=(between(9, 12),), by=BY_CUSTOMER)
    for rule in (moving.moved, rebooking.moved):
        with pytest.raises(Conflict, match=r"^reschedule is not possible while .* COMPLETED\.$"):
            rule(completed(), move, NOW)


def test_an_offer_that_no_longer_counts_is_not_withdrawn() -> None:
    with pytest.raises(Conflict, match=r"^withdraw is not possible while the state is RELEASED\.$"):
        withdrawn(released(), TAKE_BACK, NOW)
