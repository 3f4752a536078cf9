"""One expert in the place of another."""

from datetime import datetime

import pytest

from models.errors import Conflict, DomainError, NotFound
from models.escalation import EscalationReason
from models.field import FactKind
from models.identity import derived_id
from models.messages.matching import AssignExpert, BookByHand
from models.rules.matching.assigning import fulfilled, wished
from models.rules.matching.replacing import announced, booking_instead, let_go, sent
from models.ticket import Ticket
from models.visit import (
    Assignment,
    AssignmentSource,
    AssignmentState,
    Dependency,
    Position,
    ProposalState,
    VisitState,
)
from tests.models.rules.stories import (
    ANNA,
    BEN,
    DESK,
    GROUP,
    HELPDESK,
    HOUR,
    LENGTH,
    NOW,
    TICKET,
    VISIT,
    admitted,
    after,
    between,
    completed,
    happenings,
    named,
    refused,
    scheduled,
    with_filing,
    written,
)

CARL = named("exp", 3)
START = NOW + 24 * HOUR


def wish(
    who: str = CARL, instead_of: str = ANNA, start: object = START, position: int = 0
) -> AssignExpert:
    named_so: dict[str, object] = {
        "request_id": "upd_1",
        "visit_id": VISIT,
        "position": position,
    }
    named_so |= {"expert_id": who, "start": start, "instead_of": instead_of}
    return AssignExpert.model_validate({**named_so, "by": HELPDESK})


def replaced(ticket: Ticket, asked: AssignExpert, booked: BookByHand, now: datetime) -> Ticket:
    """All that a replacement does, one after the other."""
    was = ticket.visits[0].start
    ticket = sent(ticket, asked, booked, now)
    return announced(let_go(ticket, asked, booked, was, now), asked, booked, now)


def code(ticket: Ticket, asked: AssignExpert) -> str:
    with pytest.raises(DomainError) as refusal:
        booking_instead(ticket, asked, NOW)
    return refusal.value.code


def test_nobodys_place_is_taken_for_what_is_not_so_any_more() -> None:
    for_right = wish().model_copy(update={"reason": EscalationReason.CANNOT_ARRIVE})
    for_silence = wish().model_copy(update={"reason": EscalationReason.NO_ACK})
    for_lateness = wish().model_copy(update={"reason": EscalationReason.LATE_START})
    silent, answered = scheduled(), after(scheduled(), FactKind.ACKNOWLEDGED)
    assert code(silent, for_right) == "doubt-gone"
    assert code(answered, for_silence) == "expert-answered"
    assert booking_instead(silent, for_silence, NOW)
    assert booking_instead(answered, for_lateness, NOW)
    [visit] = answered.visits
    barred = visit.but(assignments=(visit.crew[0].but(barred="expert-not-verified"),))
    booked = booking_instead(answered.with_visit(barred), for_right, NOW)
    with pytest.raises(Conflict):
        replaced(answered, for_right, booked, NOW)


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


def test_a_booking_says_whose_place_it_takes_and_when() -> None:
    ticket = scheduled(ANNA, BEN, skills=("a", "b"))
    [group] = ticket.matching.groups
    ticket = ticket.with_group(group.but(round=3))
    assert booking_instead(ticket, wish(instead_of=BEN, position=1), NOW) == BookByHand(
        ticket_id=TICKET,
        group_id=GROUP,
        round=3,
        visit_id=VISIT,
        position=Position(idx=1, skill="b"),
        assignment_id=derived_id("asg", VISIT, "upd_1", "2"),
        expert_id=CARL,
        proposal_id=None,
        start=START,
        end=START + LENGTH,
        source=AssignmentSource.REPLACEMENT,
        instead_of="asg_1",
    )


def test_what_is_written_down_names_who_comes_and_who_does_not() -> None:
    before = scheduled()
    later = wish(start=START + 2 * HOUR).model_copy(update={"note_id": "not_1"})
    booked = booking_instead(before, later, NOW)
    ticket = replaced(before, later, booked, NOW + HOUR)
    ten, half_past, eight = (
        f"2026-03-03T{clock}:00+00:00" for clock in ("10:00", "11:30", "08:00")
    )
    coming = {
        "assignment_id": booked.assignment_id,
        "visit_id": VISIT,
        "position": 0,
        "expert_id": CARL,
        "source": "REPLACEMENT",
        "start": ten,
        "end": half_past,
        "customer_consent": None,
        "note_id": "not_1",
    }
    freed = {"assignment_id": "asg_0", "visit_id": VISIT, "expert_id": ANNA, "start": eight}
    changed = {"visit_id": VISIT, "start": ten, "end": half_past, "expert_ids": [CARL]}
    assert written(ticket, before) == [
        ("expert.assigned", DESK, coming),
        ("assignment.released", DESK, freed),
        ("visit.changed", DESK, changed),
    ]
    assert ticket.visits[0].crew == (
        Assignment(
            id=booked.assignment_id,
            visit_id=VISIT,
            position=0,
            expert_id=CARL,
            source=AssignmentSource.REPLACEMENT,
            booked_at=NOW + HOUR,
        ),
    )


def test_only_the_offer_of_who_is_let_go_is_passed_over() -> None:
    crew = scheduled(ANNA, BEN, skills=("a", "b"))
    ticket = replaced(crew, wish(), booking_instead(crew, wish(), NOW), NOW)
    assert [p.state for p in ticket.matching.proposals] == [
        ProposalState.WITHDRAWN,
        ProposalState.SELECTED,
    ]
    assert [a.expert_id for a in ticket.visits[0].crew] == [BEN, CARL]


def test_an_expert_on_the_way_may_be_replaced_and_the_visit_is_not_under_way_any_more() -> None:
    under_way = after(scheduled(), FactKind.EN_ROUTE)
    ticket = replaced(under_way, wish(), booking_instead(under_way, wish(), NOW), NOW)
    assert ticket.visits[0].state is VisitState.SCHEDULED


def test_who_replaces_makes_every_visit_that_the_same_people_must_make() -> None:
    ticket, second = scheduled(), named("vis", 2)
    [visit], [group] = ticket.visits, ticket.matching.groups
    chain = Dependency(predecessor=VISIT, successor=second, same_expert=True)
    next_ = visit.but(id=second, seq=2, start=START + 2 * HOUR)
    group = group.but(visit_ids=(VISIT, second), dependencies=(chain,))
    ticket = ticket.but(visits=(visit, next_), matching=ticket.matching.but(groups=(group,)))
    assert code(ticket, wish()) == "same-expert-broken"
    carl = next_.assignments[0].but(expert_id=CARL)
    alone = ticket.with_visit(next_.but(assignments=(carl,)))
    assert booking_instead(alone, wish(), NOW).expert_id == CARL


def test_what_the_helpdesk_wishes_is_booked_in_anothers_place_where_it_names_them() -> None:
    ticket = scheduled()
    booked = wished(ticket, wish(), NOW)
    assert booked == booking_instead(ticket, wish(), NOW)
    assert fulfilled(ticket, wish(), booked, NOW) == sent(ticket, wish(), booked, NOW)


def test_a_time_that_is_not_known_is_written_down_as_not_known() -> None:
    before = scheduled()
    before = before.with_visit(before.visits[0].but(start=None))
    ticket = replaced(before, wish(), booking_instead(before, wish(), NOW), NOW)
    [facts] = [f for kind, _, f in written(ticket, before) if kind == "assignment.released"]
    assert facts["start"] is None


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        ({"who": BEN}, (Conflict, "expert-twice", "/expert_id", {})),
        ({"start": START + HOUR}, (Conflict, "crew-would-part", "/start", {})),
        ({"instead_of": CARL}, (NotFound, "assignment-unknown", "/replaces", {})),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    asked: dict[str, object], refusal: tuple[object, ...]
) -> None:
    crew = scheduled(ANNA, BEN, skills=("a", "b"))
    assert refused(lambda: booking_instead(crew, wish(**asked), NOW)) == refusal  # type: ignore[arg-type]


def test_a_visit_that_is_not_there_or_not_so_far_is_named() -> None:
    other = wish().model_copy(update={"visit_id": named("vis", 9)})
    assert refused(lambda: booking_instead(scheduled(), other, NOW)) == (
        NotFound,
        "visit-unknown",
        None,
        {},
    )
    state = {"state": "COMPLETED", "allowed": []}
    assert refused(lambda: booking_instead(completed(), wish(), NOW)) == (
        Conflict,
        "illegal-transition",
        None,
        state,
    )
    nobody = wish().model_copy(update={"instead_of": None})
    assert code(scheduled(), nobody) == "assignment-unknown"


def test_the_same_time_needs_no_consent_and_another_does() -> None:
    ticket = with_filing(scheduled(), slots=())
    assert booking_instead(ticket, wish(), NOW)
    assert code(ticket, wish(start=START + HOUR)) == "consent-missing"
    agreed = wish(start=START + HOUR).model_copy(update={"customer_consent": True})
    assert booking_instead(ticket, agreed, NOW).start == START + HOUR
    ticket = replaced(ticket, agreed, booking_instead(ticket, agreed, NOW), NOW)
    assert (ticket.visits[0].agreed, ticket.slots_of(ticket.visits[0])) == (
        True,
        (between(25, 26.5),),
    )


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
