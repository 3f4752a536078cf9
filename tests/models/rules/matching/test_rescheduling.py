"""What becomes of settled visits when the customer's times change."""

from datetime import datetime, timedelta

import pytest

from models.calendar import Window
from models.errors import Conflict, Invalid
from models.event import Cause
from models.field import FactKind
from models.messages.ticket import ChangeSlots
from models.promise.policy import Policies
from models.rules.matching.rescheduling import with_slots
from models.rules.transitions import status_of
from models.ticket import Attention, Ticket, TicketStatus
from models.visit import AssignmentState, Dependency, MatchState, ProposalState, VisitState
from tests.models.rules.stories import (
    ANNA,
    BEN,
    BY_CUSTOMER,
    CUSTOMER,
    GROUP,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    after,
    between,
    completed,
    named,
    proposed,
    refused,
    scheduled,
    with_filing,
    written,
)

SECOND = named("vis", 2)
START = NOW + 24 * HOUR
MORNING = "2026-03-03T08:00:00+00:00"
SECONDS = timedelta(seconds=1)


def changed(
    ticket: Ticket,
    *slots: Window,
    by: Cause = BY_CUSTOMER,
    note: str | None = None,
    now: datetime = NOW,
) -> Ticket:
    return with_slots(ticket, ChangeSlots(slots=slots, by=by, note_id=note), now)


def open_visits(ticket: Ticket) -> list[str]:
    return [v.id for v in ticket.visits if v.state is VisitState.OPEN]


# Before anything is settled.


def test_new_times_are_the_tickets_and_what_waits_is_looked_at_again_with_its_offers() -> None:
    before = with_filing(proposed(admitted()), attention=tuple(Attention))
    before = before.with_group(before.matching.groups[0].but(needs_matching=False))
    ticket = changed(before, between(50, 52), between(48, 50), note="not_1")
    assert ticket.filing.slots == (between(48, 52),)
    left = tuple(a for a in Attention if a is not Attention.SLOTS_MISSING)
    assert ticket.filing.attention == left
    assert ticket.matching.groups[0].needs_matching
    assert ticket.matching.proposals == before.matching.proposals
    facts = {"slots": 1, "note_id": "not_1"}
    assert written(ticket, before) == [("slots.changed", CUSTOMER, facts)]


def test_times_must_hold_the_shortest_visit_that_is_still_to_be_made() -> None:
    ticket = scheduled()
    assert refused(lambda: changed(ticket, between(48, 49)))[1] == "slot-too-short"
    [visit] = ticket.visits
    hour = visit.but(id=SECOND, duration=HOUR)
    short = ticket.but(visits=(visit, hour))
    assert changed(short, between(48, 49), between(24, 36)).filing.slots
    done = short.with_visit(hour.but(state=VisitState.COMPLETED))
    assert refused(lambda: changed(done, between(48, 49)))[:2] == (Invalid, "slot-too-short")
    assert changed(admitted().but(visits=()), between(1, 1.25)).filing.slots == (between(1, 1.25),)


def test_a_ticket_that_is_done_takes_no_new_times() -> None:
    kind, code, _, _ = refused(lambda: changed(completed(), between(48, 52)))
    assert (kind, code) == (Conflict, "illegal-transition")


# A visit that stands.


@pytest.mark.parametrize(
    ("slot", "stays"),
    [((24, 25.5), True), ((20, 40), True), ((24.25, 40), False), ((20, 25.25), False)],
)
def test_a_visit_that_still_lies_in_the_customers_time_stays(
    slot: tuple[float, float], stays: bool
) -> None:
    ticket = changed(scheduled(), between(*slot))
    assert status_of(ticket) is (TicketStatus.SCHEDULED if stays else TicketStatus.MATCHING)
    assert (ticket.visits == scheduled().visits) is stays
    assert ticket.matching.since == (None if stays else NOW)


def test_a_visit_outside_the_new_times_is_matched_anew_in_another_round() -> None:
    before = scheduled(ANNA, BEN, skills=("plumbing", "electrical"))
    [group] = before.matching.groups
    before = before.with_group(group.but(missing=("1.0:gas",), hold_until=NOW))
    ticket = changed(before, between(30, 36), now=NOW + HOUR)
    [visit] = ticket.visits
    assert visit == before.visits[0].but(
        state=VisitState.OPEN,
        start=None,
        assignments=tuple(
            a.but(state=AssignmentState.RELEASED) for a in before.visits[0].assignments
        ),
    )
    assert ticket.matching.groups == (
        group.but(
            round=2, match_state=MatchState.EMPTY, missing=(), hold_until=None, needs_matching=True
        ),
    )
    assert ticket.matching.since == NOW + HOUR
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.ACTIVE] * 2
    freed = [
        {"assignment_id": f"asg_{n}", "visit_id": VISIT, "expert_id": who, "start": MORNING}
        for n, who in enumerate((ANNA, BEN))
    ]
    back = [
        {"proposal_id": named("prp", n), "visit_id": VISIT, "expert_id": who, "priority_seq": n}
        for n, who in enumerate((ANNA, BEN), start=1)
    ]
    assert written(ticket, before) == [
        ("slots.changed", CUSTOMER, {"slots": 1, "note_id": None}),
        ("visit.released", CUSTOMER, {"visit_id": VISIT, "start": MORNING}),
        *(("assignment.released", CUSTOMER, facts) for facts in freed),
        ("group.reopened", HOUSE, {"group_id": GROUP, "round": 2}),
        *(("proposal.reactivated", HOUSE, facts) for facts in back),
    ]


def test_a_visit_with_times_of_its_own_or_one_that_is_under_way_stays() -> None:
    ticket = scheduled()
    own = ticket.with_visit(ticket.visits[0].but(slots=(between(24, 36),)))
    assert changed(own, between(48, 60)).visits == own.visits
    under_way = after(ticket, FactKind.EN_ROUTE)
    assert changed(under_way, between(48, 60)).visits == under_way.visits


def test_a_visit_that_a_hand_fixed_moves_like_one_that_stands() -> None:
    ticket = scheduled()
    fixed = ticket.with_visit(ticket.visits[0].but(state=VisitState.OPEN))
    assert changed(fixed, between(48, 60)).visits[0].start is None
    assert changed(fixed, between(24, 60)).visits == fixed.visits


@pytest.mark.parametrize(
    ("by", "note", "before", "moves"),
    [
        (BY_CUSTOMER, None, 2 * HOUR, True),
        (BY_CUSTOMER, "not_1", 2 * HOUR - SECONDS, False),
        (HELPDESK, None, 2 * HOUR - SECONDS, False),
        (HELPDESK, "not_1", 2 * HOUR - SECONDS, True),
    ],
)
def test_a_visit_that_is_near_is_moved_by_the_helpdesk_alone_and_with_a_reason(
    by: Cause, note: str | None, before: timedelta, moves: bool
) -> None:
    def act() -> Ticket:
        return changed(scheduled(), between(48, 60), by=by, note=note, now=START - before)

    if moves:
        assert open_visits(act()) == [VISIT]
    else:
        evidence = {"visit_id": VISIT, "start": MORNING}
        assert refused(act) == (Conflict, "reschedule-cutoff", None, evidence)


@pytest.mark.parametrize("way", ["an offer that was taken", "a hand, with consent"])
def test_a_time_the_customer_agreed_to_is_theirs_until_they_name_other_times(way: str) -> None:
    ticket = scheduled()
    times = (between(24, 36), between(40, 42))
    agreed = ticket.visits[0].with_agreed(times).but(start=NOW + 40 * HOUR)
    ticket = ticket.with_visit(agreed)
    same = changed(ticket, between(24, 36))
    assert same.visits == ticket.visits
    moved = changed(ticket, between(22, 24))
    assert (open_visits(moved), moved.slots_of(moved.visits[0])) == ([VISIT], (between(22, 24),))
    assert moved.visits[0].slots is None
    assert not moved.visits[0].agreed
    stays = changed(ticket, between(22, 42))
    assert (open_visits(stays), stays.visits[0].slots) == ([], None)


def test_a_visit_with_times_of_its_own_keeps_them_whatever_else_was_agreed_to() -> None:
    own = scheduled().visits[0].but(slots=(between(24, 36),))
    own = own.with_agreed((between(24, 42),)).but(start=NOW + 40 * HOUR)
    ticket = scheduled().with_visit(own)
    assert changed(ticket, between(22, 24)).visits == (own,)


# The cut-off.


def chain(second: float, within: timedelta) -> Ticket:
    """A visit at seven thirty and another one later that day, at most so long after it."""
    ticket = scheduled(ANNA)
    [first] = ticket.visits
    then = first.but(id=SECOND, seq=2, start=NOW + second * HOUR, assignments=())
    group = ticket.matching.groups[0].but(
        visit_ids=(VISIT, SECOND),
        dependencies=(Dependency(predecessor=VISIT, successor=SECOND, max_gap=within),),
    )
    ticket = ticket.but(visits=(first, then), matching=ticket.matching.but(groups=(group,)))
    return with_filing(ticket, slots=(between(24, 36),))


def test_whoever_would_be_dragged_along_is_too_near_as_well() -> None:
    """07:30 asked at 07:27, and 10:30 within four hours: to drop the second moves the first."""
    near = START - timedelta(minutes=3)
    kept = Window(start=START, end=START + timedelta(minutes=90))
    evening = between(34, 36)
    ticket = chain(27, 4 * HOUR)
    evidence = {"visit_id": VISIT, "start": MORNING}
    found = refused(lambda: changed(ticket, kept, evening, now=near))
    assert found == (Conflict, "reschedule-cutoff", None, evidence)
    by_desk = changed(ticket, kept, evening, by=HELPDESK, note="not_1", now=near)
    assert open_visits(by_desk) == [VISIT, SECOND]
    alone = chain(27, 24 * HOUR)
    assert open_visits(changed(alone, kept, evening, now=near)) == [SECOND]


def test_how_near_is_too_near_is_a_policy() -> None:
    ticket = scheduled(policies=Policies(reschedule_cutoff=25 * HOUR))
    assert refused(lambda: changed(ticket, between(48, 60)))[1] == "reschedule-cutoff"
    assert changed(ticket, between(24, 60)).filing.slots
