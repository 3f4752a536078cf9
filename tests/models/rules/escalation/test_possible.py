"""A decision is offered only where the ticket would not refuse it whatever was chosen."""

from typing import Any

import pytest

from models.escalation import Action, EscalationReason
from models.field import FactKind
from models.rules.escalation.kind import Picture
from models.rules.escalation.registry import KINDS
from models.rules.escalation.sending import would_take
from models.ticket import Coverage, Ticket
from tests.models.rules.escalation.briefs import candidate
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HOUR,
    NOW,
    admitted,
    after,
    completed,
    scheduled,
    with_promise,
)

BOTH = ("refrigeration", "plumbing")
SETTLING = {Action.MARK_PAID, Action.WAIVE}


def possible(reason: EscalationReason, ticket: Ticket, **more: Any) -> set[Action]:
    [visit, *_] = ticket.visits
    group = ticket.group_of(visit.id)
    seen = Picture(ticket=ticket, now=NOW, visit=visit, group=group, **more)
    return set(KINDS[reason].possible(seen))


@pytest.mark.parametrize("coverage", Coverage)
def test_nobody_is_to_be_assigned_before_it_is_settled_who_pays(coverage: Coverage) -> None:
    ticket = with_promise(admitted(), coverage=coverage)
    seen = Picture(ticket=ticket, now=NOW, visit=ticket.visits[0], group=ticket.matching.groups[0])
    for reason in (EscalationReason.NO_PROPOSALS, EscalationReason.MATCH_UNDECIDED):
        found = possible(reason, ticket, candidates=(candidate(1, 1),))
        assert (Action.ASSIGN in found) is coverage.allows_finalising
        assert {Action.EXTEND_WAIT, Action.CANCEL} <= found
        told = any("not settled who pays" in fact for fact in KINDS[reason].facts(seen))
        assert told is not coverage.allows_finalising


def test_who_pays_is_to_be_settled_only_where_the_ticket_takes_that() -> None:
    waiting = with_promise(admitted(), coverage=Coverage.UNKNOWN)
    assert possible(EscalationReason.COVERAGE_UNKNOWN, waiting) >= SETTLING
    settled = with_promise(scheduled(), coverage=Coverage.UNKNOWN)
    found = possible(EscalationReason.COVERAGE_UNKNOWN, settled)
    assert not found & SETTLING
    assert Action.CANCEL in found


def test_what_is_done_is_not_to_be_cancelled() -> None:
    under_way = after(scheduled(), FactKind.STARTED)
    assert Action.CANCEL in possible(EscalationReason.NOT_COVERED, under_way)
    found = possible(EscalationReason.NOT_COVERED, completed())
    assert Action.CANCEL not in found
    assert found


def test_of_a_crew_nobody_is_replaced_for_another_time() -> None:
    ticket = scheduled(ANNA, BEN, skills=BOTH)
    start = ticket.visits[0].start
    assert start is not None
    somebody = candidate(3, 3).but(instead_of=ANNA)
    assert would_take(ticket, somebody.but(start=start), NOW)
    assert not would_take(ticket, somebody.but(start=start + HOUR), NOW)
    assert would_take(scheduled(), somebody.but(start=start + HOUR), NOW)


def test_who_is_in_the_way_of_nothing_is_taken_whoever_pays() -> None:
    somebody = candidate(3, 3).but(start=NOW + 24 * HOUR)
    for coverage in Coverage:
        assert would_take(with_promise(admitted(), coverage=coverage), somebody, NOW)
