"""Who moves along when some visits must, and who cannot."""

from datetime import timedelta
from functools import partial

import pytest

from models.actor import Actor, Role
from models.errors import Conflict
from models.event import Cause
from models.messages.ticket import ChangeSlots
from models.rules.matching.rescheduling import with_slots
from models.ticket import Ticket
from models.visit import Dependency, VisitState
from tests.models.rules.stories import (
    CUSTOMER,
    HOUR,
    NOW,
    VISIT,
    admitted,
    between,
    named,
    refused,
    scheduled,
    with_filing,
)

SECOND, THIRD = named("vis", 2), named("vis", 3)
START = NOW + 24 * HOUR
TODAY = (between(24, 25.5), between(26, 27.5))
"""The first two visits of the chain, as they stand."""
LATER = (between(96, 97.5), between(98, 99.5), between(100, 101.5))


def chain(*gaps: float, state: VisitState = VisitState.SCHEDULED) -> Ticket:
    """Visits of ninety minutes, half an hour between them, each within so many hours of the one
    before; the first is as far as `state` says."""
    ticket = scheduled()
    [first], [group] = ticket.visits, ticket.matching.groups
    ids = (VISIT, SECOND, THIRD)[: len(gaps) + 1]
    visits = tuple(
        first.but(id=visit, seq=n + 1, start=START + 2 * n * HOUR) for n, visit in enumerate(ids)
    )
    visits = (visits[0].but(state=state), *visits[1:])
    rules = tuple(
        Dependency(
            predecessor=ids[n], successor=ids[n + 1], min_gap=timedelta(0), max_gap=gap * HOUR
        )
        for n, gap in enumerate(gaps)
    )
    group = group.but(visit_ids=ids, dependencies=rules)
    return ticket.but(visits=visits, matching=ticket.matching.but(groups=(group,)))


def moved(ticket: Ticket, *slots: object, hours: float = 0) -> list[str]:
    change = ChangeSlots(slots=slots, by=Cause(actor=Actor(role=Role.CUSTOMER, id=CUSTOMER)))
    after = with_slots(ticket, change, NOW + hours * HOUR)
    return [v.id for v in after.visits if v.state is VisitState.OPEN]


def test_a_chain_moves_as_far_as_it_has_to_and_no_farther() -> None:
    """The third moves to another day, the second within two hours before it, the first within one
    before that: the slot in which the second was helps nobody."""
    assert moved(chain(1, 2), *TODAY, *LATER) == [VISIT, SECOND, THIRD]
    assert moved(chain(1, 200), *TODAY, *LATER) == [THIRD]
    assert moved(chain(200, 2), *TODAY, *LATER) == [SECOND, THIRD]


def test_where_nothing_would_help_only_what_must_move_does() -> None:
    assert moved(chain(1, 2), *TODAY, between(200, 201.5)) == [SECOND, THIRD]


def test_the_first_of_a_chain_is_too_near_though_it_is_dragged_over_another() -> None:
    refusal = refused(lambda: moved(chain(1, 1), *TODAY, *LATER, hours=23.5))
    evidence = {"visit_id": VISIT, "start": START.isoformat()}
    assert refusal == (Conflict, "reschedule-cutoff", None, evidence)


@pytest.mark.parametrize("state", [VisitState.EN_ROUTE, VisitState.IN_PROGRESS])
def test_a_visit_that_has_begun_holds_what_must_follow_it(state: VisitState) -> None:
    begun = chain(1, state=state)
    assert refused(lambda: moved(begun, TODAY[0], *LATER, hours=23))[1] == "reschedule-cutoff"
    assert moved(chain(200, state=state), TODAY[0], *LATER, hours=23) == [SECOND]


def test_of_two_either_of_which_would_make_room_the_latest_moves() -> None:
    """The third could be an hour after the first, where the second is now, or in the afternoon,
    were the first there before it."""
    ticket = chain(200, 200)
    [group] = ticket.matching.groups
    rules = tuple(
        Dependency(predecessor=before, successor=THIRD, min_gap=timedelta(0), max_gap=gap * HOUR)
        for before, gap in ((VISIT, 1), (SECOND, 20))
    )
    ticket = ticket.with_group(group.but(dependencies=rules))
    slots = (between(22, 23.5), *TODAY, between(38, 39.5), between(40, 41.5))
    assert moved(ticket, *slots) == [SECOND, THIRD]


def test_one_that_has_not_begun_moves_with_what_must_follow_it_and_holds_nothing() -> None:
    assert moved(chain(1), TODAY[0], *LATER) == [VISIT, SECOND]


def test_whichever_rule_was_made_first_a_visit_that_has_begun_holds_what_must_follow_it() -> None:
    begun = chain(1, 1, state=VisitState.EN_ROUTE)
    [group] = begun.matching.groups
    for rules in (group.dependencies, tuple(reversed(group.dependencies))):
        ticket = begun.with_group(group.but(dependencies=rules))
        assert refused(partial(moved, ticket, TODAY[0], *LATER, hours=23))[1] == "reschedule-cutoff"


def test_a_time_that_was_named_before_may_be_named_again_though_it_has_begun() -> None:
    ticket = with_filing(admitted(), slots=(between(0, 12),))
    change = ChangeSlots(
        slots=(between(0, 12), between(30, 34)),
        by=Cause(actor=Actor(role=Role.CUSTOMER, id=CUSTOMER)),
    )
    after = with_slots(ticket, change, NOW + HOUR)
    assert after.filing.slots == (between(0, 12), between(30, 34))
