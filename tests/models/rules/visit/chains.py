"""Visits that hang together and are booked, and the calendars of those who make them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from models.actor import Actor, Role
from models.calendar import Window, packed
from models.event import Cause
from models.field import FactKind
from models.geography import Spot
from models.messages.visit import ReportVisit
from models.people.diary import Diary, Held
from models.people.expert import Expert, ExpertStatus
from models.rules.visit.fieldwork import reported
from models.rules.visit.shifting import Calendars
from models.ticket import Coverage, Matching, Promise, Ticket
from models.visit import (
    Assignment,
    AssignmentState,
    Dependency,
    MatchState,
    Position,
    Proposal,
    ProposalState,
    Visit,
    VisitGroup,
    VisitState,
)
from tests.models.rules.stories import ANNA, BEN, fact, filed, named

DAY = datetime(2026, 3, 3, tzinfo=UTC)
HERE = Spot(lat=52.5, lng=13.4, site="tkt_here")
NEXT_DOOR = Spot(lat=52.5, lng=13.401, site="tkt_there")
"""A quarter of an hour away: the least there is between two addresses."""
GROUP = named("grp", 1)
MINUTE = timedelta(minutes=1)


def at(hour: float) -> datetime:
    """An hour of the day, UTC."""
    return DAY + timedelta(hours=hour)


def span(start: float, end: float) -> Window:
    """From one hour of the day to another."""
    return Window(start=at(start), end=at(end))


WHEN = at(14)
"""When the first visit of a chain was to end."""


def visit(
    number: int,
    start: float,
    end: float,
    *crew: str,
    state: VisitState = VisitState.SCHEDULED,
    slots: Iterable[Window] | None = None,
    by_hand: bool = False,
) -> Visit:
    """A booked visit, by everybody's proposal unless a hand sent them."""
    people = crew or (ANNA,)
    reached = AssignmentState.RESERVED
    if state is not VisitState.SCHEDULED:
        reached = AssignmentState.WORKING
    return Visit(
        id=named("vis", number),
        group_id=GROUP,
        seq=number,
        duration=timedelta(hours=end - start),
        positions=tuple(Position(idx=i, skill="refrigeration") for i in range(len(people))),
        slots=None if slots is None else tuple(slots),
        state=state,
        start=at(start),
        assignments=tuple(
            Assignment(
                id=named("asg", 10 * number + i),
                visit_id=named("vis", number),
                position=i,
                expert_id=who,
                proposal_id=None if by_hand else named("prp", 10 * number + i),
                state=reached,
                booked_at=at(-48),
            )
            for i, who in enumerate(people)
        ),
    )


def after(
    before: int, later: int, least: int = 0, most: int | None = 60, *, same: bool = False
) -> Dependency:
    """One visit follows another; gaps in minutes."""
    return Dependency(
        predecessor=named("vis", before),
        successor=named("vis", later),
        min_gap=timedelta(minutes=least),
        max_gap=None if most is None else timedelta(minutes=most),
        same_expert=same,
    )


def chain(
    *visits: Visit,
    rules: Iterable[Dependency] = (),
    windows: dict[int, tuple[Window, ...]] | None = None,
    slots: tuple[Window, ...] | None = None,
) -> Ticket:
    """A ticket whose visits are booked together; who proposed offered the whole day, or what
    `windows` says for the visit of a number."""
    offered = windows or {}
    proposals = [
        Proposal(
            id=a.proposal_id,
            visit_id=v.id,
            expert_id=a.expert_id,
            times=packed(offered.get(v.seq, (span(0, 24),))),
            seq=number,
            state=ProposalState.SELECTED,
        )
        for number, (v, a) in enumerate(((v, a) for v in visits for a in v.assignments), start=1)
        if a.proposal_id
    ]
    group = VisitGroup(
        id=GROUP,
        visit_ids=tuple(v.id for v in visits),
        dependencies=tuple(rules),
        match_state=MatchState.FINALISED,
        needs_matching=False,
    )
    ticket = filed(*(slots or (span(0, 24),)))
    return ticket.but(
        admitted=True,
        filing=ticket.filing.but(zone="berlin", category="refrigerator"),
        promise=Promise(coverage=Coverage.COVERED),
        matching=Matching(groups=(group,), proposals=tuple(proposals)),
        visits=visits,
    )


def expert(who: str) -> Expert:
    """Somebody who may work here."""
    return Expert(
        id=who,
        status=ExpertStatus.VERIFIED,
        zone="berlin",
        home=HERE,
        radius_km=30,
        skills=(),
    )


def calendars(
    ticket: Ticket,
    elsewhere: dict[str, tuple[Window, ...]] | None = None,
    off: dict[str, tuple[Window, ...]] | None = None,
    now: datetime | None = None,
) -> Calendars:
    """Everybody's calendars: the visits of the ticket, others next door, and time off."""
    people = {a.expert_id for v in ticket.visits for a in v.crew}
    return Calendars(
        HERE,
        {
            who: _diary(ticket, who, (elsewhere or {}).get(who, ()), (off or {}).get(who, ()))
            for who in people
        },
        now or at(8),
    )


def _diary(ticket: Ticket, who: str, others: Iterable[Window], off: Iterable[Window]) -> Diary:
    own = [
        Held(
            assignment_id=a.id,
            visit_id=v.id,
            window=Window(start=v.start, end=v.end),
            place=HERE,
        )
        for v in ticket.visits
        for a in v.crew
        if a.expert_id == who and v.start and v.end
    ]
    held = [
        Held(assignment_id=f"asg_{n}", visit_id=f"vis_other_{n}", window=w, place=NEXT_DOOR)
        for n, w in enumerate(others)
    ]
    return Diary(
        expert=expert(who),
        number=1,
        version=0,
        visits=tuple(sorted([*own, *held], key=lambda h: h.window.start)),
        time_off=tuple(off),
    )


def desk(name: str = "usr_helpdesk", command: str | None = "req_1") -> Cause:
    """Somebody at the helpdesk wants something."""
    return Cause(actor=Actor(role=Role.HELPDESK, id=name), command_id=command)


def working(**more: Any) -> Ticket:
    """A visit that has begun, and one that follows it; the customer is at home tomorrow too."""
    ticket = chain(
        visit(1, 13, 14, ANNA),
        visit(2, 14, 15, BEN),
        rules=[after(1, 2, 0, 90)],
        windows={2: (span(8, 24), span(30, 48))},
        slots=(span(8, 20), span(32, 44)),
    )
    ticket = ticket.but(policies=ticket.policies.but(**more))
    for kind in (FactKind.ON_SITE, FactKind.STARTED):
        ticket, _ = reported(ticket, fact(kind, ANNA, at(13)), at(13))
    return ticket.but(news=())


def undone(**said: Any) -> ReportVisit:
    return fact(FactKind.INCOMPLETE, ANNA, WHEN, name="undone", **said)


def ended(ticket: Ticket | None = None, **said: Any) -> Ticket:
    return reported(ticket or working(), undone(**said), WHEN)[0]


def new(ticket: Ticket) -> Visit:
    return ticket.visits[-1]
