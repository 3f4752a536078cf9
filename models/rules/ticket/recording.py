"""What of a ticket has to be written: the parts that changed since the last time."""

from typing import TypeVar

from models.event import Event
from models.events.matching import BookingUndone
from models.events.visit import AssignmentReleased, VisitOffered
from models.rules.message.notices import notice_of
from models.ticket import Ticket
from models.visit import Proposal, Visit, VisitGroup

FREED = (AssignmentReleased.kind, BookingUndone.kind)
"""The events that set somebody free."""
_Named = TypeVar("_Named", Visit, VisitGroup, Proposal)


def changed_since(ticket: Ticket, recorded: Ticket | None) -> Ticket:
    """The ticket narrowed to the visits, groups and proposals that differ from those
    of `recorded`, the whole ticket before the first time. Visits that experts are told of now are
    among them, changed or not: whom to tell depends on what they need."""
    if recorded is None:
        return ticket
    shown = {e.data["visit_id"] for e in ticket.news if e.type == VisitOffered.kind}
    changed = {v.id for v in _new(ticket.visits, recorded.visits)} | shown
    return ticket.but(
        visits=tuple(v for v in ticket.visits if v.id in changed),
        groups=_new(ticket.groups, recorded.groups),
        proposals=_new(ticket.proposals, recorded.proposals),
    )


def freed_experts(ticket: Ticket) -> tuple[str, ...]:
    """The experts whose calendars the news of a ticket set free."""
    return tuple(sorted({e.data["expert_id"] for e in ticket.news if e.type in FREED}))


def is_revocable(news: tuple[Event, ...]) -> bool:
    """Whether nobody is freed and nobody told by these events: what they write can be written over,
    should they turn out not to have happened."""
    return not any(event.type in FREED or notice_of(event) for event in news)


def _new(values: tuple[_Named, ...], known: tuple[_Named, ...]) -> tuple[_Named, ...]:
    if values is known:
        return ()
    before = {k.id: k for k in known}
    return tuple(v for v in values if before.get(v.id) is not v and before.get(v.id) != v)
