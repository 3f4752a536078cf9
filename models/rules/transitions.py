"""The state machines, all of them, in one place (docs/rules/states.md)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from models.errors import Conflict, NotFound
from models.event import Cause
from models.field import FactKind
from models.ticket import Ticket, TicketStatus
from models.visit import ENDED, AssignmentState, Visit, VisitState

PROGRESS: tuple[AssignmentState, ...] = (
    AssignmentState.RESERVED,
    AssignmentState.ACKNOWLEDGED,
    AssignmentState.EN_ROUTE,
    AssignmentState.ON_SITE,
    AssignmentState.WORKING,
    AssignmentState.DONE,
)
"""The way of an assignment; a report may skip steps forward, and never leads back."""

REACHED_BY: Mapping[FactKind, AssignmentState] = {
    FactKind.ACKNOWLEDGED: AssignmentState.ACKNOWLEDGED,
    FactKind.EN_ROUTE: AssignmentState.EN_ROUTE,
    FactKind.ON_SITE: AssignmentState.ON_SITE,
    FactKind.STARTED: AssignmentState.WORKING,
    FactKind.START_PARTIAL: AssignmentState.WORKING,
    FactKind.CANNOT_ENTER: AssignmentState.ON_SITE,
    FactKind.INCOMPLETE: AssignmentState.DONE,
    FactKind.COMPLETED: AssignmentState.DONE,
}
"""How far a report leads at the least; the others lead nowhere on the way."""


MOVING = "reschedule"
"""What `POST /v1/visits/{id}/reschedule` asks for: other times, for one visit."""


class TicketCommand(StrEnum):
    """What people may ask of a ticket."""

    CANCEL = "cancel"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    CHANGE_SLOTS = "change_slots"
    DECIDE_COVERAGE = "decide_coverage"
    PROPOSE = "propose"
    ADD_VISIT = "add_visit"
    OFFER_SLOTS = "offer_slots"
    ASSIGN_EXPERT = "assign_expert"
    RE_EVALUATE = "re_evaluate"


_S, _C = TicketStatus, TicketCommand
ALLOWED: Mapping[TicketStatus, tuple[TicketCommand, ...]] = {
    _S.RECEIVED: (_C.CANCEL, _C.CHANGE_SLOTS),
    _S.REVIEW: (_C.CANCEL, _C.CHANGE_SLOTS, _C.DECIDE_COVERAGE, _C.ADD_VISIT),
    _S.MATCHING: (
        _C.CANCEL,
        _C.CHANGE_SLOTS,
        _C.DECIDE_COVERAGE,
        _C.PROPOSE,
        _C.ADD_VISIT,
        _C.OFFER_SLOTS,
        _C.ASSIGN_EXPERT,
        _C.RE_EVALUATE,
    ),
    _S.SCHEDULED: (_C.CANCEL, _C.CHANGE_SLOTS, _C.ADD_VISIT),
    _S.IN_PROGRESS: (
        _C.CANCEL,
        _C.CHANGE_SLOTS,
        _C.PROPOSE,
        _C.ADD_VISIT,
        _C.OFFER_SLOTS,
        _C.ASSIGN_EXPERT,
        _C.RE_EVALUATE,
    ),
    _S.COMPLETED: (_C.CONFIRM, _C.REOPEN),
    _S.CLOSED: (),
    _S.CANCELLED: (),
}


def status_of(ticket: Ticket) -> TicketStatus:
    """Where a ticket stands, derived from its facts."""
    states = {visit.state for visit in ticket.visits}
    if ticket.cancelled:
        return TicketStatus.CANCELLED
    if ticket.closed:
        return TicketStatus.CLOSED
    if ticket.review_open and not any(v.actual_start for v in ticket.visits if v.is_live):
        return TicketStatus.REVIEW
    if states & {
        VisitState.EN_ROUTE,
        VisitState.ON_SITE,
        VisitState.IN_PROGRESS,
        VisitState.BLOCKED,
    }:
        return TicketStatus.IN_PROGRESS
    if any(group.is_live for group in ticket.matching.groups):
        return TicketStatus.MATCHING
    if VisitState.SCHEDULED in states:
        return TicketStatus.SCHEDULED
    if any(goes_on(ticket, visit) for visit in ticket.visits):
        return TicketStatus.IN_PROGRESS
    if states & set(ENDED):
        return TicketStatus.COMPLETED
    return TicketStatus.RECEIVED


def goes_on(ticket: Ticket, visit: Visit) -> bool:
    """Whether a visit ended before its work was done, and nothing has made up for that: no visit
    that goes on with it is completed, and nobody said that it stays as it is."""
    if visit.state is not VisitState.INCOMPLETE or visit.closed_as_it_is:
        return False
    after = [v for v in ticket.visits if v.follows == visit.id]
    return not any(v.state in ENDED and not goes_on(ticket, v) for v in after)


def require_allowed(ticket: Ticket, command: TicketCommand, asked: str | None = None) -> None:
    """Refuse a command that the ticket's status does not allow. `asked` is what somebody asked for,
    where that is more than the command.

    Raises:
        Conflict: `illegal-transition`, naming the status and the commands it allows.
    """
    status = status_of(ticket)
    if command not in ALLOWED[status]:
        raise illegal(asked or command, status, [str(c) for c in ALLOWED[status]])


def require_visit(ticket: Ticket, visit_id: str) -> Visit:
    """A visit of the ticket.

    Raises:
        NotFound: `visit-unknown`.
    """
    visit = ticket.visit(visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "The ticket has no such visit.")
    return visit


def require_unchanged(ticket: Ticket, by: Cause) -> None:
    """Refuse what rests on a ticket as it was, where it has changed since.

    Raises:
        Conflict: `ticket-changed`, naming the ticket's last event.
    """
    if by.seen is not None and by.seen != ticket.seq:
        raise Conflict(
            "ticket-changed", "The ticket has changed since it was read.", seq=ticket.seq
        )


def illegal(command: str, state: str, allowed: Sequence[str]) -> Conflict:
    """The refusal of a command in a state."""
    return Conflict(
        "illegal-transition",
        f"{command} is not possible while the state is {state}.",
        state=state,
        allowed=list(allowed),
    )


def rank(state: AssignmentState) -> int:
    """How far along its way an assignment is."""
    return PROGRESS.index(state)


def accepts_reports(visit: Visit) -> bool:
    """Whether it follows from reports where a visit stands: not while nobody is to come to it, and
    not once it was given up. Of one that has ended they may still come, in whatever order."""
    return visit.state not in (VisitState.OPEN, VisitState.CANCELLED)
