"""Visits that are chained: which, how, and what their group is then."""

from collections.abc import Callable

import pytest

from models.errors import Conflict, DomainError, Invalid, NotFound
from models.messages.visit import AddDependency, AddVisit
from models.rules.visit.grouping import chained, with_dependency, with_visit_added
from models.ticket import Coverage, Ticket
from models.visit import (
    Dependency,
    Following,
    MatchState,
    Position,
    Visit,
    VisitGroup,
    VisitState,
)
from tests.models.rules.stories import (
    DESK,
    GROUP,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    between,
    completed,
    named,
    refused,
    scheduled,
    with_matching,
    written,
)

LATER = NOW + HOUR

PLUMBER = (Position(idx=0, skill="plumbing"),)


def several(count: int) -> Ticket:
    """A ticket with so many visits, each a group of its own that was just evaluated."""
    ticket = admitted()
    [visit], [group] = ticket.visits, ticket.matching.groups
    return ticket.but(
        visits=tuple(
            visit.but(id=named("vis", n), seq=n, group_id=named("grp", n))
            for n in range(1, count + 1)
        ),
        matching=ticket.matching.but(
            groups=tuple(
                group.but(
                    id=named("grp", n),
                    visit_ids=(named("vis", n),),
                    round=n,
                    needs_matching=False,
                    hold_until=NOW,
                )
                for n in range(1, count + 1)
            )
        ),
    )


def rule(before: int, then: int, **more: object) -> Dependency:
    pair = {"predecessor": named("vis", before), "successor": named("vis", then)}
    return Dependency.model_validate({**pair, **more})


def linked(ticket: Ticket, *rules: Dependency) -> Ticket:
    for dependency in rules:
        new = AddDependency(dependency=dependency, by=HELPDESK)
        ticket = with_dependency(ticket, new, LATER)
    return ticket


def added(ticket: Ticket, *after: Following, **more: object) -> Ticket:
    plain = {"duration": HOUR, "positions": PLUMBER, "by": HELPDESK, "after": after}
    new = AddVisit.model_validate({**plain, **more})
    return with_visit_added(ticket, new, named("vis", 2), named("grp", 2), LATER)


def test_two_visits_that_are_chained_are_one_group_from_then_on() -> None:
    before = several(3)
    ticket = linked(before, rule(1, 2, min_gap=HOUR, max_gap=2 * HOUR, same_expert=True))
    one, two, three = before.matching.groups
    joined = one.but(
        visit_ids=(named("vis", 1), named("vis", 2)),
        dependencies=(rule(1, 2, min_gap=HOUR, max_gap=2 * HOUR, same_expert=True),),
        round=2,
        hold_until=None,
        needs_matching=True,
    )
    absorbed = two.but(match_state=MatchState.CANCELLED, visit_ids=(), needs_matching=False)
    assert ticket.matching.groups == (absorbed, three, joined)
    assert [v.group_id for v in ticket.visits] == [one.id, one.id, three.id]
    facts = {
        "group_id": one.id,
        "predecessor": named("vis", 1),
        "successor": named("vis", 2),
        "min_gap": 3600.0,
        "max_gap": 7200.0,
        "same_expert": True,
    }
    assert written(ticket, before) == [("visits.chained", DESK, facts)]


def test_groups_that_are_joined_keep_their_chains_and_the_later_round() -> None:
    ticket = linked(several(4), rule(1, 2), rule(3, 4), rule(4, 2))
    joined = ticket.matching.groups[-1]
    assert joined.id == named("grp", 3)
    assert joined.visit_ids == tuple(named("vis", n) for n in (3, 4, 1, 2))
    assert joined.dependencies == (rule(3, 4), rule(1, 2), rule(4, 2))
    assert joined.round == 4
    assert [g.is_live for g in ticket.matching.groups] == [False, False, False, True]
    again = linked(ticket, rule(1, 4))
    assert again.matching.groups[-1].visit_ids == joined.visit_ids
    assert written(again)[-1][2]["max_gap"] == 3600.0
    open_ended = linked(several(2), rule(1, 2, max_gap=None))
    assert written(open_ended)[-1][2]["max_gap"] is None


def test_a_group_that_is_joined_with_another_is_evaluated_no_more() -> None:
    ticket = several(2)
    waits = ticket.matching.groups[1].but(needs_matching=True)
    joined = linked(ticket.with_group(waits), rule(1, 2))
    assert [g.needs_matching for g in joined.matching.groups] == [False, True]


def test_a_visit_that_is_done_is_followed_without_joining_its_group() -> None:
    before = several(2)
    done = before.visits[0].but(state=VisitState.COMPLETED, start=NOW)
    settled = before.matching.groups[0].but(match_state=MatchState.FINALISED)
    ticket = linked(before.with_visit(done).with_group(settled), rule(1, 2))
    assert ticket.matching.groups[-1].visit_ids == (named("vis", 2),)
    assert ticket.matching.groups[-1].dependencies == (rule(1, 2),)
    assert ticket.matching.groups[0] == settled
    assert ticket.visits[0] == done


def test_six_visits_hang_together_and_not_seven() -> None:
    six = linked(several(7), *(rule(n, n + 1) for n in range(1, 6)))
    assert len(six.matching.groups[-1].visit_ids) == 6
    assert refused(lambda: linked(six, rule(6, 7))) == (Invalid, "too-many-visits", "", {})


def settled_(ticket: Ticket, number: int) -> Ticket:
    group = ticket.matching.groups[number - 1]
    return ticket.with_group(group.but(match_state=MatchState.FINALISED))


def starting(ticket: Ticket, *numbers: int) -> Ticket:
    for number in numbers:
        ticket = ticket.with_visit(ticket.visits[number - 1].but(start=NOW + 24 * HOUR))
    return ticket


def by_hand(number: int) -> dict[str, str]:
    return {"visit_id": named("vis", number)}


UNKNOWN = (NotFound, "visit-unknown", None, {})
REFUSALS: dict[str, tuple[Callable[[], object], tuple[type[DomainError], object, object, object]]]
REFUSALS = {
    "a predecessor that is not there": (lambda: linked(several(2), rule(9, 2)), UNKNOWN),
    "a successor that is not there": (lambda: linked(several(2), rule(1, 9)), UNKNOWN),
    "a gap that runs backwards": (
        lambda: linked(several(2), rule(1, 2, min_gap=HOUR, max_gap=HOUR / 2)),
        (Invalid, "gap-backwards", "/max_gap", {}),
    ),
    "a successor that is settled": (
        lambda: linked(settled_(several(2), 2), rule(1, 2)),
        (Conflict, "group-finalised", None, by_hand(2)),
    ),
    "a predecessor that is settled": (
        lambda: linked(settled_(several(2), 1), rule(1, 2)),
        (Conflict, "group-finalised", None, by_hand(1)),
    ),
    "a successor without a group": (
        lambda: linked(several(2).but(matching=several(1).matching), rule(1, 2)),
        (Conflict, "group-finalised", None, by_hand(2)),
    ),
    "two visits whose times stand": (
        lambda: linked(starting(several(2), 1, 2), rule(1, 2)),
        (Conflict, "group-finalised", None, by_hand(2)),
    ),
    "the same people after a hand chose some": (
        lambda: linked(starting(several(2), 1), rule(1, 2, same_expert=True)),
        (Conflict, "same-expert-crew", None, by_hand(1)),
    ),
    "the same people before a hand chose some": (
        lambda: linked(starting(several(2), 2), rule(1, 2, same_expert=True)),
        (Conflict, "same-expert-crew", None, by_hand(2)),
    ),
    "the same chain twice": (
        lambda: linked(several(2), rule(1, 2), rule(1, 2, min_gap=HOUR)),
        (Invalid, "dependency-twice", "", {}),
    ),
    "visits that wait for each other": (
        lambda: linked(several(3), rule(1, 2), rule(2, 3), rule(3, 1)),
        (Invalid, "dependency-cycle", "", {}),
    ),
    "a visit that waits for itself": (
        lambda: linked(several(1), rule(1, 1)),
        (Invalid, "dependency-cycle", "", {}),
    ),
}


@pytest.mark.parametrize(("act", "refusal"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_hang_together_is_refused(
    act: Callable[[], object], refusal: tuple[object, ...]
) -> None:
    assert refused(act) == refusal


def test_a_gap_of_one_length_and_a_visit_that_a_hand_fixed_can_be_chained() -> None:
    exact = linked(several(2), rule(1, 2, min_gap=HOUR, max_gap=HOUR))
    assert exact.matching.groups[-1].dependencies[0].max_gap == HOUR
    for number in (1, 2):
        assert linked(starting(several(2), number), rule(1, 2)).matching.groups[-1].dependencies
    assert refused(lambda: linked(completed(), rule(1, 2)))[1] == "illegal-transition"
    assert len(chained(several(2), rule(1, 2), HELPDESK, NOW).matching.groups) == 2


# A visit that is added.


def test_a_visit_that_is_added_waits_for_experts_from_now_on() -> None:
    before = scheduled()
    ticket = added(before, slots=(between(50, 52), between(48, 50)))
    assert ticket.visits[1] == Visit(
        id=named("vis", 2),
        group_id=named("grp", 2),
        seq=2,
        duration=HOUR,
        positions=PLUMBER,
        slots=(between(48, 52),),
    )
    assert ticket.matching.groups[1] == VisitGroup(id=named("grp", 2), visit_ids=(named("vis", 2),))
    assert ticket.matching.since == LATER
    new = {"visit_id": named("vis", 2), "group_id": named("grp", 2), "skills": ["plumbing"]}
    assert written(ticket, before) == [
        ("visit.opened", HOUSE, new),
        ("visit.offered", HOUSE, {"visit_id": named("vis", 2)}),
    ]


def test_a_ticket_that_waits_already_goes_on_waiting_from_when_it_began() -> None:
    assert added(admitted()).matching.since == NOW
    two = several(2)
    one_settled = two.with_group(two.matching.groups[0].but(match_state=MatchState.FINALISED))
    assert added(one_settled).matching.since == NOW
    assert added(with_matching(scheduled(), since=NOW)).matching.since == LATER


def test_a_visit_that_is_added_has_the_number_after_the_highest() -> None:
    ticket = admitted()
    far = ticket.with_visit(ticket.visits[0].but(seq=7))
    assert added(far).visits[-1].seq == 8
    without = with_matching(admitted(Coverage.NOT_COVERED).but(visits=()), groups=())
    assert added(without).visits[-1].seq == 1
    assert added(ticket).visits[-1].slots is None


def test_times_of_an_added_visit_must_hold_it() -> None:
    short = refused(lambda: added(admitted(), slots=(between(48, 48.5),)))
    assert short == (Invalid, "slot-too-short", "/slots/0", {"minutes": 60})
    past = refused(lambda: added(admitted(), slots=(between(0, 2),)))
    assert past[1] == "slot-in-the-past"


def test_an_added_visit_is_chained_to_what_it_follows() -> None:
    follows = Following(predecessor=VISIT, min_gap=HOUR, max_gap=None, same_expert=True)
    ticket = added(admitted(), follows)
    [dependency] = ticket.matching.groups[-1].dependencies
    assert dependency == rule(1, 2, min_gap=HOUR, max_gap=None, same_expert=True)
    assert ticket.matching.groups[-1].id == GROUP
    assert written(ticket)[-1][:2] == ("visits.chained", DESK)
    assert refused(lambda: added(completed()))[1] == "illegal-transition"
