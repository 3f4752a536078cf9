"""What becomes of the rest of a group once the helpdesk has filled one of its visits."""

import pytest

from models.visit import MatchState, VisitState
from tests.models.rules.matching.test_assigning import SECOND, asked, chained, sent
from tests.models.rules.stories import VISIT


@pytest.mark.parametrize("state", [MatchState.PARTIAL, MatchState.NO_COMMON_TIME])
def test_the_rest_of_a_group_is_matched_anew_in_a_round_of_its_own(state: MatchState) -> None:
    ticket = chained()
    [group] = (g for g in ticket.matching.groups if g.is_live)
    ticket = ticket.with_group(group.but(match_state=state, needs_matching=False))
    after = sent(ticket, asked())
    states = {v.id: v.state for v in after.visits}
    assert states == {VISIT: VisitState.SCHEDULED, SECOND: VisitState.OPEN}
    [left] = (g for g in after.matching.groups if g.is_live)
    assert (left.round, left.needs_matching, left.match_state) == (group.round + 1, True, state)
