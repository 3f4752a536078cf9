"""One expert in the place of another."""

import pytest

from models.errors import DomainError
from models.messages.matching import AssignExpert
from models.rules.matching.replacing import booking_instead, replaced
from models.ticket import Ticket
from models.visit import (
    AssignmentSource,
    AssignmentState,
    Dependency,
    FactKind,
    ProposalState,
    VisitState,
)
from tests.models.rules.stories import (
    ANNA,
    BEN,
    HELPDESK,
    HOUR,
    NOW,
    VISIT,
    admitted,
    after,
    completed,
    happenings,
    named,
    scheduled,
)

CARL = named("exp", 3)
START = NOW + 24 * HOUR


def wish(who: str = CARL, instead_of: str = ANNA, start: object = START) -> AssignExpert:
    return AssignExpert.model_validate(
        {
            "request_id": "upd_1",
            "visit_id": VISIT,
            "position": 0,
            "expert_id": who,
            "start": start,
            "by": HELPDESK,
            "instead_of": instead_of,
        }
    )


def code(ticket: Ticket, asked: AssignExpert) -> str:
    with pytest.raises(DomainError) as refusal:
        booking_instead(ticket, asked, NOW)
    return refusal.value.code


def test_the_new_expert_is_booked_before_the_old_one_is_let_go() -> None:
    ticket = scheduled()
    booked = booking_instead(ticket, wish(), NOW)
    assert (booked.expert_id, booked.start) == (CARL, START)
    assert booked.source is AssignmentSource.REPLACEMENT
    assert booked.instead_of == ticket.visits[0].crew[0].id
    ticket = replaced(ticket, wish(), booked, NOW)
    [visit] = ticket.visits
    assert [(a.expert_id, a.state) for a in visit.assignments] == [
        (ANNA, AssignmentState.RELEASED),
        (CARL, AssignmentState.RESERVED),
    ]
    assert (visit.state, visit.start) == (VisitState.SCHEDULED, START)
    assert happenings(ticket)[-3:] == ["expert.assigned", "assignment.released", "visit.changed"]
    assert [p.state for p in ticket.matching.proposals] == [ProposalState.WITHDRAWN]


def test_a_booking_made_twice_has_one_name() -> None:
    ticket = scheduled()
    assert booking_instead(ticket, wish(), NOW) == booking_instead(ticket, wish(), NOW)


def test_a_single_expert_may_be_replaced_for_another_time_of_the_customers() -> None:
    later = wish(start=START + 2 * HOUR)
    ticket = scheduled()
    ticket = replaced(ticket, later, booking_instead(ticket, later, NOW), NOW)
    assert ticket.visits[0].start == START + 2 * HOUR
    assert code(scheduled(), wish(start=START + 100 * HOUR)) == "consent-missing"
    assert code(scheduled(), wish(start=NOW - HOUR)) == "start-in-the-past"
    assert code(scheduled(), wish(start=START + HOUR / 7)) == "start-off-grid"


def test_one_of_a_crew_comes_when_the_others_come() -> None:
    crew = scheduled(ANNA, BEN, skills=("a", "b"))
    assert booking_instead(crew, wish(), NOW).position.idx == 0
    assert code(crew, wish(start=START + HOUR)) == "crew-would-part"


def test_another_time_keeps_the_gaps_to_the_visits_that_stand() -> None:
    ticket, second = scheduled(), named("vis", 2)
    [visit], [group] = ticket.visits, ticket.matching.groups
    next_ = visit.but(id=second, seq=2, start=START + 2 * HOUR, assignments=())
    chain = Dependency(predecessor=VISIT, successor=second)
    group = group.but(visit_ids=(VISIT, second), dependencies=(chain,))
    ticket = ticket.but(visits=(visit, next_), matching=ticket.matching.but(groups=(group,)))
    assert booking_instead(ticket, wish(), NOW)
    assert code(ticket, wish(start=START + 2 * HOUR)) == "gap-broken"


def test_nobody_is_replaced_by_who_is_there_or_for_who_is_not() -> None:
    crew = scheduled(ANNA, BEN, skills=("a", "b"))
    assert code(crew, wish(who=BEN)) == "expert-twice"
    assert code(crew, wish(instead_of=CARL)) == "assignment-unknown"
    assert code(crew, wish().model_copy(update={"visit_id": named("vis", 9)})) == "visit-unknown"


def test_nobody_is_replaced_before_they_are_booked_or_once_they_are_there() -> None:
    for ticket in (admitted(), after(scheduled(), FactKind.ON_SITE), completed()):
        assert code(ticket, wish()) == "illegal-transition"


def test_a_ticket_that_moved_while_an_expert_was_being_booked_refuses_them() -> None:
    booked = booking_instead(scheduled(), wish(), NOW)
    with pytest.raises(DomainError):
        replaced(after(scheduled(), FactKind.ON_SITE), wish(), booked, NOW)
