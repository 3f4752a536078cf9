"""What of a ticket has to be written: the parts that changed since the last time."""

from typing import TypeVar

from models.event import Event
from models.events.continuing import (
    AssignmentBroughtForward,
    AssignmentShifted,
    AssignmentShortened,
    FollowUpPlanned,
    SlotsNeeded,
)
from models.events.field import ENDS
from models.events.matching import BookingUndone
from models.events.visit import AssignmentReleased, VisitOffered
from models.messages.ticket import RecordTicket
from models.rules.message.notices import notice_of
from models.rules.ticket.finishing import survey_due
from models.rules.transitions import status_of
from models.ticket import Ticket, Timer
from models.visit import Proposal, Visit, VisitGroup

FREED = (AssignmentReleased.kind, BookingUndone.kind)
"""The events that let somebody go."""
FOLLOWED = (FollowUpPlanned.kind, SlotsNeeded.kind)
"""The events that plan another visit for what is left."""
MOVED = (AssignmentShifted.kind, AssignmentShortened.kind, AssignmentBroughtForward.kind)
"""The events that give somebody other hours."""
_GIVES_TIME = (*FREED, *ENDS)
_Named = TypeVar("_Named", Visit, VisitGroup, Proposal)


def record_of(
    ticket: Ticket, recorded: Ticket | None, timers: tuple[Timer, ...], before: str
) -> RecordTicket:
    """What differs on a ticket from when it was recorded; all of it, where it never was. `before`
    is the mark that the projection is believed to have.

    Visits that experts are told of now go with it, changed or not: whom to tell depends on what
    they need.
    """
    shown = {e.data["visit_id"] for e in ticket.news if e.type == VisitOffered.kind}
    known = recorded or Ticket(id=ticket.id, filing=ticket.filing)
    visits = {v.id for v in _new(ticket.visits, known.visits)} | shown
    is_new = recorded is None
    return RecordTicket(
        ticket_id=ticket.id,
        customer_id=ticket.filing.customer_id,
        zone=ticket.filing.zone,
        seq=ticket.seq,
        mark=ticket.mark,
        round=ticket.round,
        status=status_of(ticket),
        timers=timers,
        completed_at=ticket.completed_at,
        filing=ticket.filing if is_new or ticket.filing != known.filing else None,
        promise=ticket.promise if is_new or ticket.promise != known.promise else None,
        visits=tuple(v for v in ticket.visits if v.id in visits),
        groups=_new(ticket.matching.groups, known.matching.groups),
        proposals=_new(ticket.matching.proposals, known.matching.proposals),
        news=ticket.news,
        survey=survey_due(ticket),
        before=before,
    )


def freed_experts(news: tuple[Event, ...]) -> tuple[str, ...]:
    """The experts whom these events let go."""
    return tuple(sorted({e.data["expert_id"] for e in news if e.type in FREED}))


def free_again(ticket: Ticket) -> tuple[str, ...]:
    """The experts who have other time than before by a ticket's news: whom it let go, who is done
    before the planned end, who is to come later or earlier, and who is to stay less long."""
    early = {e.data["expert_id"] for e in ticket.news if _is_early_end(ticket, e)}
    moved = {e.data["expert_id"] for e in ticket.news if e.type in MOVED}
    return tuple(sorted(early.union(moved, freed_experts(ticket.news))))


def _is_early_end(ticket: Ticket, event: Event) -> bool:
    if event.type not in ENDS:
        return False
    visit = ticket.visit(event.data["visit_id"])
    return visit is not None and visit.end is not None and event.occurred_at < visit.end


def is_revocable(news: tuple[Event, ...]) -> bool:
    """Whether nobody is freed and nobody told by these events: what they write can be written over,
    should they turn out not to have happened."""
    return not any(event.type in _GIVES_TIME or notice_of(event) for event in news)


def _new(values: tuple[_Named, ...], known: tuple[_Named, ...]) -> tuple[_Named, ...]:
    if values is known:
        return ()
    before = {k.id: k for k in known}
    return tuple(v for v in values if before.get(v.id) is not v and before.get(v.id) != v)
