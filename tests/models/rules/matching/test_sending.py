"""What is booked and written down when the helpdesk sends an expert itself."""

import pytest

from models.errors import Conflict, DomainError, Invalid, NotFound
from models.identity import derived_id
from models.messages.matching import AssignExpert, BookByHand, ExpertAssigned
from models.rules.matching.assigning import (
    answer,
    assigned,
    booking_by_hand,
    fulfilled,
    made,
    wished,
)
from models.rules.matching.proposing import proposed as offers
from models.rules.matching.settling import undone
from models.ticket import Coverage, Ticket, TicketStatus
from models.visit import (
    Assignment,
    AssignmentSource,
    AssignmentState,
    MatchState,
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
    VISIT,
    admitted,
    between,
    named,
    offer,
    proposed,
    refused,
    scheduled,
    with_matching,
    written,
)

TOMORROW = NOW + 24 * HOUR
EIGHT, HALF_PAST_NINE = "2026-03-03T08:00:00+00:00", "2026-03-03T09:30:00+00:00"
TWO = ("refrigeration", "electrical")
Refusal = tuple[type[DomainError], str, str | None, dict[str, object]]


def wish(expert: str = ANNA, **more: object) -> AssignExpert:
    plain = {
        "request_id": "upd_1",
        "visit_id": VISIT,
        "position": 0,
        "expert_id": expert,
        "start": TOMORROW,
        "by": HELPDESK,
        "note_id": "not_1",
    }
    return AssignExpert.model_validate(plain | more)


def sent(ticket: Ticket, asked: AssignExpert) -> Ticket:
    return fulfilled(ticket, asked, wished(ticket, asked, NOW), NOW)


def refusal(ticket: Ticket, asked: AssignExpert) -> Refusal:
    return refused(lambda: booking_by_hand(ticket, asked, NOW))


def second_round(ticket: Ticket) -> Ticket:
    [group] = ticket.matching.groups
    return ticket.with_group(group.but(round=2, needs_matching=False))


def test_a_booking_by_hand_says_what_it_takes_of_whose_calendar() -> None:
    ticket = second_round(proposed(admitted(skills=TWO), 1, BEN))
    assert booking_by_hand(ticket, wish(BEN, position=1), NOW) == BookByHand(
        ticket_id=ticket.id,
        group_id=GROUP,
        round=2,
        visit_id=VISIT,
        position=Position(idx=1, skill="electrical"),
        assignment_id=derived_id("asg", VISIT, "upd_1", "0"),
        expert_id=BEN,
        proposal_id=named("prp", 1),
        start=TOMORROW,
        end=TOMORROW + LENGTH,
        source=AssignmentSource.MANUAL,
    )
    assert booking_by_hand(ticket, wish(ANNA), NOW).proposal_id is None


def test_what_is_written_down_of_an_expert_who_was_sent() -> None:
    before = second_round(proposed(proposed(admitted(), 1, BEN), 2, ANNA))
    ticket = sent(before, wish(customer_consent=True))
    booked = wished(before, wish(), NOW)
    assert ticket.visits[0].assignments == (made(booked).but(booked_at=NOW),)
    assert made(booked) == Assignment(
        id=booked.assignment_id,
        visit_id=VISIT,
        position=0,
        expert_id=ANNA,
        proposal_id=named("prp", 2),
        source=AssignmentSource.MANUAL,
    )
    appointment = {"visit_id": VISIT, "start": EIGHT, "end": HALF_PAST_NINE}
    sending = {
        **appointment,
        "assignment_id": booked.assignment_id,
        "group_id": GROUP,
        "round": 2,
        "position": 0,
        "expert_id": ANNA,
        "proposal_id": named("prp", 2),
        "source": "MANUAL",
        "customer_consent": True,
        "note_id": "not_1",
    }
    let_go = {"expert_id": BEN, "visit_id": VISIT, "proposal_ids": [named("prp", 1)]}
    assert written(ticket, before) == [
        ("expert.assigned", DESK, sending),
        ("visit.scheduled", DESK, {**appointment, "expert_ids": [ANNA]}),
        ("proposal.released", DESK, let_go),
        ("group.finalised", DESK, {"group_id": GROUP, "round": 2, "source": "MANUAL"}),
    ]


def test_the_crew_of_a_visit_is_named_in_the_order_of_its_positions() -> None:
    first = sent(second_round(admitted(skills=TWO)), wish(BEN, position=1))
    assert [(g.round, g.needs_matching) for g in first.matching.groups] == [(3, True)]
    ticket = sent(first, wish(ANNA, request_id="upd_2"))
    [facts] = [facts for kind, _, facts in written(ticket) if kind == "visit.scheduled"]
    assert facts["expert_ids"] == [ANNA, BEN]
    assert [(a.expert_id, a.booked_at) for a in ticket.visits[0].crew] == [(BEN, NOW), (ANNA, NOW)]


def test_what_was_set_free_on_the_way_does_not_stand_again() -> None:
    ticket = admitted()
    ticket = undone(ticket, [made(booking_by_hand(ticket, wish(), NOW))], NOW)
    again = sent(ticket, wish())
    assert [a.state for a in again.visits[0].assignments] == [
        AssignmentState.RELEASED,
        AssignmentState.RESERVED,
    ]
    assert [a.booked_at for a in again.visits[0].assignments] == [None, NOW]
    assert again.visits[0].crew[0].id == derived_id("asg", VISIT, "upd_1", "1")


# Which offer it fulfils.


@pytest.mark.parametrize(
    ("windows", "chosen"),
    [
        (([(24, 36)], [(24, 36)]), 1),
        (([(26, 36)], [(24, 25.5)]), 2),
        (([(26, 36)], [(24, 25), (25, 25.5)]), 2),
        (([(26, 36)], [(23, 25)]), 1),
    ],
)
def test_the_offer_that_holds_the_time_is_fulfilled_or_else_the_first(
    windows: tuple[list[tuple[float, float]], ...], chosen: int
) -> None:
    ticket = proposed(admitted(), 1, BEN)
    for number, spans in enumerate(windows, start=2):
        offered = offer(number, ANNA, *(between(*span) for span in spans))
        ticket = offers(ticket, offered, NOW)
    assert booking_by_hand(ticket, wish(), NOW).proposal_id == named("prp", chosen + 1)


def test_an_offer_that_does_not_count_or_is_for_another_visit_is_not_fulfilled() -> None:
    ticket = proposed(admitted(), 1, ANNA)
    [proposal] = ticket.matching.proposals
    gone = ticket.with_proposal(proposal.but(state=ProposalState.WITHDRAWN))
    assert booking_by_hand(gone, wish(), NOW).proposal_id is None
    elsewhere = with_matching(ticket, proposals=(proposal.but(visit_id=named("vis", 2)),))
    assert booking_by_hand(elsewhere, wish(), NOW).proposal_id is None


def test_an_offer_taken_back_during_the_booking_stays_taken_back() -> None:
    ticket = proposed(proposed(admitted(), 1, ANNA), 2, BEN)
    booked = booking_by_hand(ticket, wish(), NOW)
    gone = ticket.with_proposal(ticket.matching.proposals[0].but(state=ProposalState.WITHDRAWN))
    after = assigned(gone, wish(), booked, NOW)
    assert [p.state for p in after.matching.proposals] == [
        ProposalState.WITHDRAWN,
        ProposalState.RELEASED,
    ]


# The answer to whoever asked.


def test_who_asked_hears_where_visit_group_and_ticket_stand() -> None:
    ticket = sent(admitted(skills=TWO), wish())
    assert answer(ticket, wish()) == ExpertAssigned(
        assignment_id=derived_id("asg", VISIT, "upd_1", "0"),
        visit_id=VISIT,
        visit_state=VisitState.OPEN,
        group_id=GROUP,
        match_state=MatchState.PARTIAL,
        status=TicketStatus.MATCHING,
        seq=ticket.seq,
    )
    second = wish(BEN, position=1, request_id="upd_2")
    assert answer(ticket, second) is None
    told = answer(sent(ticket, second), second)
    assert told is not None
    assert (told.visit_state, told.match_state, told.status) == (
        VisitState.SCHEDULED,
        MatchState.FINALISED,
        TicketStatus.SCHEDULED,
    )


def test_a_wish_that_was_undone_and_granted_again_is_known_by_its_newer_name() -> None:
    ticket = admitted()
    for _ in range(2):
        ticket = undone(ticket, [made(booking_by_hand(ticket, wish(), NOW))], NOW)
    assert answer(ticket, wish()) is None
    told = answer(sent(ticket, wish()), wish())
    assert told is not None
    assert told.assignment_id == derived_id("asg", VISIT, "upd_1", "2")


def test_of_a_visit_that_is_not_there_nothing_is_known() -> None:
    ticket = sent(admitted(), wish())
    assert answer(ticket, wish(visit_id=named("vis", 2))) is None
    assert answer(with_matching(ticket, groups=()), wish()) is None


# Refusals.


@pytest.mark.parametrize(
    ("ticket", "asked", "refusal_"),
    [
        (admitted(), wish(visit_id=named("vis", 2)), (NotFound, "visit-unknown", None, {})),
        (
            admitted(Coverage.UNKNOWN),
            wish(),
            (Conflict, "coverage-undecided", None, {"coverage": "UNKNOWN"}),
        ),
        (
            admitted(skills=TWO),
            wish(position=2),
            (Invalid, "position-unknown", "/position", {"positions": [0, 1]}),
        ),
        (
            sent(admitted(skills=TWO), wish()),
            wish(BEN, request_id="upd_2"),
            (Conflict, "position-taken", "/position", {}),
        ),
        (
            sent(admitted(skills=TWO), wish()),
            wish(position=1, request_id="upd_2"),
            (Conflict, "expert-twice", "/expert_id", {}),
        ),
        (
            sent(admitted(skills=TWO), wish()),
            wish(BEN, position=1, start=TOMORROW + HOUR),
            (Conflict, "start-fixed", "/start", {"start": EIGHT}),
        ),
    ],
)
def test_a_wish_is_refused_with_what_helps_to_mend_it(
    ticket: Ticket, asked: AssignExpert, refusal_: Refusal
) -> None:
    assert refusal(ticket, asked) == refusal_


def test_a_visit_that_stands_beside_one_that_waits_takes_nobody_by_hand() -> None:
    ticket = scheduled()
    [visit], [group] = ticket.visits, ticket.matching.groups
    waits = group.but(id=named("grp", 2), match_state=MatchState.EMPTY, visit_ids=())
    both = with_matching(ticket, groups=(group, waits))
    state = {"state": "SCHEDULED", "allowed": []}
    assert refusal(both, wish(BEN)) == (Conflict, "illegal-transition", None, state)
    unbooked = both.with_visit(visit.but(state=VisitState.OPEN, start=None, assignments=()))
    assert refusal(unbooked, wish(BEN))[1] == "illegal-transition"


def test_a_wish_for_a_visit_that_came_to_another_group_names_no_field() -> None:
    ticket = admitted()
    booked = booking_by_hand(ticket, wish(), NOW).model_copy(update={"group_id": named("grp", 9)})
    found = refused(lambda: assigned(ticket, wish(), booked, NOW))
    assert found == (Conflict, "visit-rechained", None, {})
