"""Who is missing, and until when somebody else could come."""

from datetime import timedelta

import pytest

from models.field import FactKind, Hindrance
from models.rules.escalation.doubts import doubts_of
from models.rules.ticket.waiting import caught_up, timers
from models.rules.visit import fieldwork
from models.rules.visit.absence import sought, unsought
from models.rules.visit.missing import (
    absent,
    hindrance_of,
    is_in_vain,
    is_nobody_there,
    replaceable_until,
    starts_left,
)
from models.ticket import Ticket, TimerName
from models.visit import AssignmentState, Dependency, ProposalState, Visit, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    after,
    between,
    fact,
    happenings,
    named,
    scheduled,
    with_filing,
    written,
)

HINDERED, COMES = FactKind.CANNOT_ARRIVE, FactKind.EN_ROUTE
SECOND = timedelta(seconds=1)
LAST = NOW + 34.5 * HOUR
"""The visit takes 90 minutes, in a slot up to 36 hours from now."""
UNTIL = LAST - timedelta(minutes=30)


def hindered(*experts: str) -> Ticket:
    crew = experts or (ANNA,)
    return after(scheduled(*crew, skills=("a", "b", "c")[: len(crew)]), HINDERED)


def only(ticket: Ticket) -> Visit:
    [visit] = ticket.visits
    return visit


def asked(ticket: Ticket, now: object = NOW) -> list[str]:
    return [doubt.reason for doubt in doubts_of(ticket, now)]  # type: ignore[arg-type]


def test_whoever_says_that_they_cannot_come_is_missing_until_they_do() -> None:
    visit = only(hindered())
    assert [a.expert_id for a in absent(visit)] == [ANNA]
    assert is_in_vain(visit)
    assert hindrance_of(visit, visit.crew[0]) is Hindrance.VEHICLE
    comes = only(after(hindered(), COMES, at=NOW + SECOND))
    assert (absent(comes), is_in_vain(comes)) == ((), False)
    assert hindrance_of(comes, comes.crew[0]) is None


def test_nobody_is_asked_before_it_is_known_whether_somebody_else_could_come() -> None:
    ticket = hindered()
    assert unsought(ticket) == only(ticket)
    assert asked(ticket) == []
    looked = sought(ticket, VISIT, NOW, found=True)
    assert unsought(looked) is None
    assert asked(looked) == ["CANNOT_ARRIVE"]
    assert happenings(looked) == happenings(ticket)


def test_another_absence_of_the_same_person_is_looked_into_again() -> None:
    once = after(sought(hindered(), VISIT, NOW, found=True), COMES, at=NOW + SECOND)
    assert asked(once) == []
    again, _ = fieldwork.reported(
        once, fact(HINDERED, at=NOW + 2 * SECOND, name="again"), NOW + 2 * SECOND
    )
    assert unsought(again) == only(again)


def test_where_nobody_could_come_the_house_opens_the_visit_again_and_says_why() -> None:
    before = hindered()
    ticket = sought(before, VISIT, NOW, found=False)
    visit = only(ticket)
    assert (visit.state, visit.start, asked(ticket)) == (VisitState.OPEN, None, [])
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.WITHDRAWN]
    kinds = {kind: (who, facts) for kind, who, facts in written(ticket, before)}
    assert kinds["visit.released"][0] == HOUSE
    assert kinds["visit.released"][1]["reason"] == "cannot_arrive"
    assert kinds["proposal.passed_over"][1]["expert_id"] == ANNA


def test_what_has_somebody_there_is_left_to_a_person() -> None:
    ticket = after(hindered(ANNA, BEN), FactKind.ON_SITE, expert=BEN)
    assert not is_nobody_there(only(ticket))
    assert replaceable_until(ticket, only(ticket)) is None
    looked = sought(ticket, VISIT, NOW, found=False)
    assert only(looked).state is VisitState.ON_SITE
    assert asked(looked) == ["CANNOT_ARRIVE"]
    begun = after(looked, FactKind.START_PARTIAL, expert=BEN)
    assert (only(begun).state, asked(begun)) == (VisitState.IN_PROGRESS, [])


def test_a_visit_can_begin_up_to_the_end_of_its_slot_less_its_length() -> None:
    ticket = scheduled()
    assert starts_left(ticket, only(ticket)) == (NOW + 24 * HOUR, LAST)
    crew = scheduled(ANNA, BEN, skills=("a", "b"))
    alone = (NOW + 24 * HOUR, NOW + 24 * HOUR)
    assert starts_left(crew, only(crew)) == alone
    outside = with_filing(ticket, slots=(between(40, 44),))
    assert starts_left(outside, only(outside)) == alone
    assert starts_left(ticket, only(ticket).but(start=None)) is None


def test_gaps_to_visits_that_stand_are_kept() -> None:
    ticket, second = scheduled(), named("vis", 2)
    [visit], [group] = ticket.visits, ticket.matching.groups
    rule = Dependency(predecessor=VISIT, successor=second, max_gap=2 * HOUR)
    later = visit.but(id=second, seq=2, start=NOW + 28 * HOUR)
    group = group.but(visit_ids=(VISIT, second), dependencies=(rule,))
    ticket = ticket.but(visits=(visit, later), matching=ticket.matching.but(groups=(group,)))
    assert starts_left(ticket, visit) == (NOW + 24.5 * HOUR, NOW + 26.5 * HOUR)


def test_a_visit_may_keep_its_time_though_what_it_follows_was_over_long_before() -> None:
    ticket, second = scheduled(), named("vis", 2)
    [visit], [group] = ticket.visits, ticket.matching.groups
    rule = Dependency(predecessor=VISIT, successor=second, max_gap=HOUR)
    done = visit.but(state=VisitState.COMPLETED, actual_end=NOW + 24.2 * HOUR)
    later = visit.but(id=second, seq=2, start=NOW + 26 * HOUR)
    group = group.but(visit_ids=(VISIT, second), dependencies=(rule,))
    ticket = ticket.but(visits=(done, later), matching=ticket.matching.but(groups=(group,)))
    left = starts_left(ticket, later)
    assert left is not None
    assert left[1] == NOW + 26 * HOUR


@pytest.mark.parametrize(("due", "is_open"), [(UNTIL - SECOND, False), (UNTIL, True)])
def test_past_the_last_moment_it_is_matched_anew_whoever_was_asked(
    due: object, is_open: bool
) -> None:
    ticket = sought(hindered(), VISIT, NOW, found=True)
    known = {t.name: t.due_at for t in timers(ticket, NOW)}
    assert known[TimerName.REPLACEMENT] == UNTIL
    late = caught_up(ticket, due, UNTIL)  # type: ignore[arg-type]
    assert (only(late).state is VisitState.OPEN) is is_open


def test_nobody_who_comes_has_such_a_clock() -> None:
    ticket = scheduled()
    assert replaceable_until(ticket, only(ticket)) is None
    barred = only(ticket).crew[0].but(barred="skill-missing")
    lost = ticket.with_visit(only(ticket).but(assignments=(barred,)))
    assert replaceable_until(lost, only(lost)) == UNTIL
    there = barred.but(state=AssignmentState.ON_SITE)
    assert not is_in_vain(only(ticket).but(assignments=(there,), state=VisitState.ON_SITE))
