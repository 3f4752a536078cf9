"""What a person says about work of which nobody in the field says anything: that it is over, or
what becomes of what was left (docs/rules/states.md, Silence; Follow-up)."""

from datetime import datetime

from models.errors import Conflict, Invalid, NotFound
from models.event import Cause
from models.events.continuing import VisitClosedAsItIs
from models.field import FactKind, Particulars, Shortfall
from models.identity import derived_id
from models.messages.visit import CloseAsItIs, ConcludeVisit, PlanFollowUp, ReportVisit
from models.rules.visit.fieldwork import reported
from models.rules.visit.follow_up import lacks_follow_up, with_follow_up
from models.rules.visit.presence import AT_WORK, still_there
from models.rules.visit.settled import completed_if_done
from models.ticket import Ticket
from models.visit import Assignment, Visit

_GRID = 15
_LONGEST = 480


def concluded(ticket: Ticket, conclude: ConcludeVisit, now: datetime) -> Ticket:
    """The ticket with a visit at its end, reported for whoever is there: by all of them that it is
    done, or by the first that time ran out. The same request again changes nothing.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone` where it is over already.
    """
    visit = _visit(ticket, conclude.visit_id)
    if any(f.client_event_id in _names(visit, conclude.by) for f in visit.facts):
        return ticket
    there = still_there(visit)
    if visit.state not in AT_WORK or not there:
        raise Conflict("doubt-gone", "The visit is over already.")
    is_done = conclude.kind is FactKind.COMPLETED
    said = Particulars(shortfall=None if is_done else Shortfall.OUT_OF_TIME)
    for assignment in there if is_done else there[:1]:
        fact = ReportVisit(
            visit_id=visit.id,
            kind=conclude.kind,
            expert_id=assignment.expert_id,
            occurred_at=now,
            client_event_id=_name(assignment, conclude.by),
            particulars=said,
            by=conclude.by,
        )
        ticket, _ = reported(ticket, fact, now)
    return ticket


def planned(ticket: Ticket, plan: PlanFollowUp, now: datetime) -> Ticket:
    """The ticket with the follow-up that a person wants. The same request again adds nothing.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone` where it has one, or needs none.
        Invalid: `minutes-off-the-grid`.
    """
    visit, name = _visit(ticket, plan.visit_id), _request(plan.by)
    if name is not None and any(v.asked_by == name for v in ticket.visits):
        return ticket
    if not _GRID <= plan.minutes <= _LONGEST or plan.minutes % _GRID:
        raise Invalid(
            "minutes-off-the-grid",
            f"A visit takes {_GRID} to {_LONGEST} minutes, in steps of {_GRID}.",
            field="/minutes",
        )
    _require_doubt(ticket, visit)
    said = Particulars(minutes=plan.minutes)
    return with_follow_up(ticket, visit, said, plan.by, now, asked_by=name)


def closed_as_it_is(ticket: Ticket, close: CloseAsItIs, now: datetime) -> Ticket:
    """The ticket with a visit that nothing follows: it is billed for what was done. What was to
    follow it waits for nothing any more. The same request again changes nothing.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone` where something goes on with it.
    """
    visit = _visit(ticket, close.visit_id)
    if visit.closed_as_it_is:
        return ticket
    _require_doubt(ticket, visit)
    freed: list[str] = []
    for group in ticket.matching.groups:
        left = tuple(d for d in group.dependencies if d.predecessor != visit.id)
        if len(left) < len(group.dependencies):
            freed += [d.successor for d in group.dependencies if d not in left]
            ticket = ticket.with_group(group.but(dependencies=left, needs_matching=group.is_live))
    ticket = ticket.with_visit(visit.but(closed_as_it_is=True)).happened(
        VisitClosedAsItIs(visit_id=visit.id, freed=freed), now, close.by
    )
    return completed_if_done(ticket, now)


def _require_doubt(ticket: Ticket, visit: Visit) -> None:
    if not lacks_follow_up(ticket, visit):
        raise Conflict("doubt-gone", "There is nothing left to decide about it.")


def _names(visit: Visit, by: Cause) -> set[str]:
    return {_name(a, by) for a in visit.crew}


def _name(assignment: Assignment, by: Cause) -> str:
    """What the report is called that somebody makes for another."""
    return derived_id("cev", assignment.id, by.actor.id, by.command_id or "")


def _request(by: Cause) -> str | None:
    if by.command_id is None:
        return None
    return derived_id("cmd", by.actor.role, by.actor.id, by.command_id)


def _visit(ticket: Ticket, visit_id: str) -> Visit:
    visit = ticket.visit(visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "The ticket has no such visit.")
    return visit
