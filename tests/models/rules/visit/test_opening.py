"""How a visit begins, and when experts hear of it."""

from models.event import OURSELVES
from models.identity import derived_id
from models.rules.visit.opening import next_ids, visit_offered, with_new_visit
from models.ticket import Coverage, Ticket
from models.visit import Position, Visit, VisitGroup
from tests.models.rules.stories import (
    DESK,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    TICKET,
    admitted,
    filed,
    named,
    scheduled,
    written,
)

NEW = Visit(
    id=named("vis", 2),
    seq=2,
    duration=HOUR,
    positions=(Position(idx=0, skill="gas"), Position(idx=1, skill="wiring")),
)


def begun(ticket: Ticket) -> Ticket:
    return with_new_visit(ticket, NEW, named("grp", 2), NOW + HOUR)


def test_the_next_visit_is_named_by_its_number_and_by_nothing_else() -> None:
    first = derived_id("vis", TICKET, "visit", "1"), derived_id("grp", TICKET, "group", "1")
    second = derived_id("vis", TICKET, "visit", "2"), derived_id("grp", TICKET, "group", "2")
    assert next_ids(filed()) == first
    assert next_ids(admitted()) == next_ids(scheduled()) == second


def test_a_new_visit_is_a_group_of_its_own_in_the_round_of_its_ticket() -> None:
    before = admitted().but(round=3)
    ticket = begun(before)
    assert ticket.visits == (*before.visits, NEW.but(group_id=named("grp", 2), round=3))
    assert ticket.matching.groups == (
        *before.matching.groups,
        VisitGroup(id=named("grp", 2), visit_ids=(NEW.id,)),
    )
    opened = {"visit_id": NEW.id, "group_id": named("grp", 2), "skills": ["gas", "wiring"]}
    assert written(ticket, before) == [
        ("visit.opened", HOUSE, opened),
        ("visit.offered", HOUSE, {"visit_id": NEW.id}),
    ]


def test_a_ticket_waits_from_its_first_visit_on() -> None:
    assert begun(admitted()).matching.since == NOW
    assert begun(scheduled()).matching.since == NOW + HOUR


def test_experts_do_not_hear_of_a_visit_while_its_ticket_is_kept_back() -> None:
    before = admitted(Coverage.NOT_COVERED)
    assert [kind for kind, _, _ in written(begun(before), before)] == ["visit.opened"]


def test_whoever_offers_a_visit_to_experts_is_named() -> None:
    before = admitted()
    for by, who in ((HELPDESK, DESK), (OURSELVES, HOUSE)):
        ticket = visit_offered(before, NEW, by, NOW)
        assert written(ticket, before) == [("visit.offered", who, {"visit_id": NEW.id})]
