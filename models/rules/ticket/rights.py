"""Who of a ticket's crews may come no more, because their right to work changed after they were
booked (docs/rules/states.md, Rights of an expert)."""

from collections.abc import Iterator
from datetime import datetime

from models.event import OURSELVES
from models.events.visit import RightLost, RightRegained
from models.messages.matching import CalendarFreed
from models.messages.people import CheckRights, HeldPost, RightsChanged, RightsFound
from models.rules.matching.rights import AHEAD, KEPT
from models.rules.ticket.offering import with_time_again
from models.rules.transitions import status_of
from models.ticket import Ticket
from models.visit import Assignment, AssignmentState, Visit


def in_doubt(ticket: Ticket, changed: RightsChanged, now: datetime) -> Ticket:
    """The ticket that looks again at what these experts are booked for, and at what they offer."""
    if status_of(ticket).is_final:
        return ticket
    ticket = with_time_again(ticket, CalendarFreed(expert_ids=changed.expert_ids), now)
    more = (e for e in changed.expert_ids if e not in ticket.unchecked)
    return ticket.but(unchecked=(*ticket.unchecked, *more))


def check_due(ticket: Ticket) -> CheckRights | None:
    """What has to be found out; nothing, where nobody is in doubt."""
    if not ticket.unchecked:
        return None
    posts = tuple(
        HeldPost(
            assignment_id=a.id,
            expert_id=a.expert_id,
            position=next(p for p in visit.positions if p.idx == a.position),
            source=a.source,
            state=a.state,
            end=visit.end,
        )
        for visit, a in _booked(ticket)
        if a.expert_id in ticket.unchecked and visit.end
    )
    return CheckRights(ticket_id=ticket.id, zone=ticket.filing.zone, posts=posts)


def checked(ticket: Ticket, found: RightsFound, now: datetime) -> Ticket:
    """The ticket that knows who may come no more, and who may again."""
    ticket = ticket.but(unchecked=())
    lost = {post.assignment_id: post.lost for post in found.posts}
    for visit, known in _booked(ticket):
        if known.id in lost and known.barred != lost[known.id]:
            ticket = _barred(ticket, visit.id, known.but(barred=lost[known.id]), now)
    return ticket


def may_read(ticket: Ticket, expert_id: str, now: datetime) -> bool:
    """Whether an expert may read the whole ticket, as far as the ticket itself knows: they are on a
    crew of it, nothing bars them, and their work there is not done for longer than they may read.
    False says only that it does not know: whoever was let go may read a part."""
    return expert_id not in ticket.unchecked and any(
        a.expert_id == expert_id and a.barred is None and not _is_over(visit, a, now)
        for visit in ticket.visits
        for a in visit.crew
    )


def _is_over(visit: Visit, assignment: Assignment, now: datetime) -> bool:
    if assignment.state is not AssignmentState.DONE:
        return False
    ended = visit.actual_end or visit.end
    return ended is None or ended + KEPT <= now


def _booked(ticket: Ticket) -> Iterator[tuple[Visit, Assignment]]:
    """Who is to come, and is not there yet."""
    return ((v, a) for v in ticket.visits if v.is_live for a in v.crew if a.state in AHEAD)


def _barred(ticket: Ticket, visit_id: str, known: Assignment, now: datetime) -> Ticket:
    visit = ticket.visit(visit_id)
    assert visit is not None, "it is the ticket's own"
    crew = tuple(known if a.id == known.id else a for a in visit.assignments)
    ticket = ticket.with_visit(visit.but(assignments=crew))
    about = {
        "assignment_id": known.id,
        "visit_id": visit_id,
        "expert_id": known.expert_id,
    }
    if known.barred:
        return ticket.happened(RightLost(**about, why=known.barred), now, OURSELVES)
    regained = RightRegained(
        **about,
        start=visit.start.isoformat() if visit.start else None,
        end=visit.end.isoformat() if visit.end else None,
        expert_ids=[a.expert_id for a in sorted(visit.crew, key=lambda a: a.position)],
    )
    return ticket.happened(regained, now, OURSELVES)
