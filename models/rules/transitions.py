"""The state machines, all of them, in one place (docs/rules/states.md)."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from models.errors import Conflict
from models.ticket import Ticket, TicketStatus
from models.visit import (
    Assignment,
    AssignmentState,
    FactKind,
    Visit,
    VisitState,
)

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
    FactKind.COMPLETED: AssignmentState.DONE,
}


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
    if VisitState.COMPLETED in states:
        return TicketStatus.COMPLETED
    return TicketStatus.RECEIVED


def require_allowed(ticket: Ticket, command: TicketCommand) -> None:
    """Refuse a command that the ticket's status does not allow.

    Raises:
        Conflict: `illegal-transition`, naming the status and the commands it allows.
    """
    status = status_of(ticket)
    if command not in ALLOWED[status]:
        raise illegal(command, status, [str(c) for c in ALLOWED[status]])


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


def visit_state(crew: Sequence[Assignment]) -> VisitState:
    """Where a joint visit stands: under way at the first, at work when all are on site, done when
    all are done (docs/rules/states.md, Visit)."""
    ranks = [rank(a.state) for a in crew]
    on_site, working = rank(AssignmentState.ON_SITE), rank(AssignmentState.WORKING)
    if min(ranks) >= rank(AssignmentState.DONE):
        return VisitState.COMPLETED
    if min(ranks) >= on_site and max(ranks) >= working:
        return VisitState.IN_PROGRESS
    if max(ranks) >= on_site:
        return VisitState.ON_SITE
    if max(ranks) >= rank(AssignmentState.EN_ROUTE):
        return VisitState.EN_ROUTE
    return VisitState.SCHEDULED


def accepts_reports(visit: Visit) -> bool:
    """Whether the field may report on a visit."""
    return visit.state not in (VisitState.OPEN, VisitState.INCOMPLETE, VisitState.CANCELLED)
