"""What an evaluation writes down: who comes when, who hears of it, and in how many messages."""

from datetime import datetime

from models.messages.matching import ScheduledVisit, Settlement, StaffedPosition
from models.messages.visit import AddVisit
from models.rules.matching.settling import (
    settled,
)
from models.rules.visit.grouping import with_visit_added
from models.ticket import Ticket
from models.visit import (
    Assignment,
    Following,
    MatchState,
    Position,
    ProposalState,
    VisitState,
)
from tests.models.rules.stories import (
    ANNA,
    BEN,
    GROUP,
    HELPDESK,
    HOUR,
    HOUSE,
    NOW,
    VISIT,
    admitted,
    named,
    proposed,
    with_matching,
    written,
)

SECOND, CARL = named("vis", 2), named("exp", 3)
LATER = NOW + HOUR
EIGHT, TEN = NOW + 24 * HOUR, NOW + 26 * HOUR


def chosen(
    visit: str, number: int, expert: str, position: int = 0, name: str = "asg"
) -> StaffedPosition:
    return StaffedPosition(
        assignment_id=f"{name}_{number}",
        visit_id=visit,
        position=position,
        expert_id=expert,
        proposal_id=named("prp", number),
    )


def booked(*crew: StaffedPosition, **starts: datetime) -> Settlement:
    """The second visit is at eight, the first at ten."""
    times = starts or {VISIT: TEN, SECOND: EIGHT}
    return Settlement(
        match_state=MatchState.FINALISED,
        starts=tuple(ScheduledVisit(visit_id=v, start=s) for v, s in times.items()),
        crew=crew,
    )


def pair() -> Ticket:
    """Two visits of one group, each for two people; Anna offers for both, Ben and Carl for one."""
    new = AddVisit(
        duration=HOUR,
        positions=(Position(idx=0, skill="gas"), Position(idx=1, skill="gas")),
        by=HELPDESK,
        after=(Following(predecessor=VISIT),),
    )
    ticket = with_visit_added(admitted(skills=("a", "b")), new, SECOND, named("grp", 2), NOW)
    ticket = proposed(ticket, 1, ANNA)
    for number, expert in ((2, ANNA), (3, BEN)):
        ticket = proposing(ticket, number, expert, SECOND)
    return proposed(ticket, 4, CARL)


def proposing(ticket: Ticket, number: int, expert: str, visit: str) -> Ticket:
    proposal = proposed(ticket, number, expert).matching.proposals[-1]
    return with_matching(
        ticket, proposals=(*ticket.matching.proposals, proposal.but(visit_id=visit))
    )


def settled_pair(ticket: Ticket) -> Ticket:
    crew = (
        chosen(VISIT, 4, CARL, 1),
        chosen(VISIT, 1, ANNA, 0),
        chosen(SECOND, 2, ANNA, 0),
        chosen(SECOND, 3, BEN, 1),
    )
    return settled(ticket, GROUP, booked(*crew), LATER)


def test_a_group_that_is_full_is_settled_and_everybody_hears_of_it_once() -> None:
    before = proposing(pair(), 5, named("exp", 5), SECOND)
    ticket = settled_pair(before)
    eight, nine, ten = (f"2026-03-03T{hour}:00+00:00" for hour in ("08:00", "09:00", "10:00"))

    def selected(number: int, visit: str, expert: str, position: int) -> object:
        start = eight if visit == SECOND else ten
        names = {"proposal_id": named("prp", number), "visit_id": visit, "expert_id": expert}
        facts = {**names, "position": position, "start": start}
        return ("proposal.selected", HOUSE, facts)

    half_past = "2026-03-03T11:30:00+00:00"
    crews = {SECOND: [ANNA, BEN], VISIT: [ANNA, CARL]}
    second = {"visit_id": SECOND, "start": eight, "end": nine, "expert_ids": crews[SECOND]}
    first = {"visit_id": VISIT, "start": ten, "end": half_past, "expert_ids": crews[VISIT]}
    let_go = {
        "expert_id": named("exp", 5),
        "visit_id": SECOND,
        "proposal_ids": [named("prp", 5)],
    }
    assert written(ticket, before) == [
        ("group.finalised", HOUSE, {"group_id": GROUP, "round": 1}),
        ("visit.scheduled", HOUSE, second),
        ("visit.scheduled", HOUSE, first),
        selected(2, SECOND, ANNA, 0),
        selected(3, SECOND, BEN, 1),
        selected(4, VISIT, CARL, 1),
        selected(1, VISIT, ANNA, 0),
        ("proposal.released", HOUSE, let_go),
    ]


def test_a_settled_visit_has_its_time_and_its_crew_from_that_moment_on() -> None:
    ticket = settled_pair(pair())
    visit, second = ticket.visits
    assert [(v.state, v.start) for v in ticket.visits] == [
        (VisitState.SCHEDULED, TEN),
        (VisitState.SCHEDULED, EIGHT),
    ]
    assert visit.assignments == (
        Assignment(
            id="asg_4",
            visit_id=VISIT,
            position=1,
            expert_id=CARL,
            proposal_id=named("prp", 4),
            booked_at=LATER,
        ),
        Assignment(
            id="asg_1",
            visit_id=VISIT,
            position=0,
            expert_id=ANNA,
            proposal_id=named("prp", 1),
            booked_at=LATER,
        ),
    )
    assert [a.expert_id for a in second.assignments] == [ANNA, BEN]
    assert {p.state for p in ticket.matching.proposals} == {ProposalState.SELECTED}
    assert ticket.matching.since is None


def test_a_settled_group_lacks_nothing_and_waits_for_nothing() -> None:
    ticket = pair()
    waits = ticket.matching.groups[-1].but(
        missing=("1.0:gas",), hold_until=NOW, needs_matching=True
    )
    group = settled_pair(ticket.with_group(waits)).matching.groups[-1]
    assert group == waits.but(
        match_state=MatchState.FINALISED, missing=(), hold_until=None, needs_matching=False
    )


def test_a_ticket_goes_on_waiting_while_another_of_its_groups_does() -> None:
    new = AddVisit(duration=HOUR, positions=(Position(idx=0, skill="gas"),), by=HELPDESK)
    ticket = with_visit_added(proposed(admitted()), new, SECOND, named("grp", 2), NOW)
    one = settled(ticket, GROUP, booked(chosen(VISIT, 1, ANNA), **{VISIT: TEN}), LATER)
    assert one.matching.since == NOW
    assert [g.is_live for g in one.matching.groups] == [False, True]


def test_a_winner_of_another_visit_hears_that_their_other_offers_are_let_go() -> None:
    ticket = proposed(proposed(admitted(), 1, ANNA), 2, ANNA)
    before = proposed(ticket, 3, BEN)
    after = settled(before, GROUP, booked(chosen(VISIT, 3, BEN), **{VISIT: TEN}), LATER)
    let_go = {
        "expert_id": ANNA,
        "visit_id": VISIT,
        "proposal_ids": [named("prp", 1), named("prp", 2)],
    }
    assert written(after, before)[-1] == ("proposal.released", HOUSE, let_go)
    won = settled(before, GROUP, booked(chosen(VISIT, 1, ANNA), **{VISIT: TEN}), LATER)
    released = [f["expert_id"] for kind, _, f in written(won) if kind == "proposal.released"]
    assert released == [BEN]
