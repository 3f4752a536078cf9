"""How a visit begins, and what it is known by that was asked for it."""

from datetime import datetime

from models.event import OURSELVES, Cause
from models.events.visit import VisitOffered, VisitOpened
from models.identity import derived_id
from models.ticket import Ticket
from models.visit import Visit, VisitGroup


def next_ids(ticket: Ticket) -> tuple[str, str]:
    """The ids of a ticket's next visit and of its group, by the visit's number: a workflow task
    that is tried again names what the database may have already."""
    number = str(len(ticket.visits) + 1)
    return derived_id("vis", ticket.id, "visit", number), derived_id(
        "grp", ticket.id, "group", number
    )


def request_name(by: Cause) -> str | None:
    """What a request is known by, if its client named it: that name is the client's own, so it is
    put together with who sent it."""
    if by.command_id is None:
        return None
    return derived_id("cmd", by.actor.role, by.actor.id, by.command_id)


def with_new_visit(ticket: Ticket, visit: Visit, group_id: str, now: datetime) -> Ticket:
    """The ticket with one more visit, which is a group of its own until something joins it."""
    group = VisitGroup(id=group_id, visit_ids=(visit.id,))
    visit = visit.but(group_id=group_id, round=ticket.round)
    ticket = ticket.but(
        visits=(*ticket.visits, visit),
        matching=ticket.matching.but(
            groups=(*ticket.matching.groups, group), since=ticket.matching.since or now
        ),
    ).happened(
        VisitOpened(
            visit_id=visit.id, group_id=group_id, skills=[p.skill for p in visit.positions]
        ),
        now,
        OURSELVES,
    )
    return ticket if ticket.review_open else visit_offered(ticket, visit, OURSELVES, now)


def visit_offered(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """From here on experts are told of the visit and see it."""
    return ticket.happened(VisitOffered(visit_id=visit.id), now, by)
