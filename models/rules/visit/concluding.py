"""What a person says about work of which nobody in the field says anything: that it is over, or
what becomes of what was left (docs/rules/states.md, Silence; Follow-up)."""

from datetime import datetime

from models.errors import Conflict, Invalid
from models.event import Cause
from models.events.continuing import VisitClosedAsItIs
from models.field import FOLLOW_UP_MINUTES, FactKind, Particulars, Shortfall
from models.identity import derived_id
from models.messages.visit import CloseAsItIs, ConcludeVisit, PlanFollowUp, ReportVisit
from models.rules.matching.releasing import told_free, without
from models.rules.transitions import require_visit
from models.rules.visit.fieldwork import reported
from models.rules.visit.follow_up import lacks_follow_up, with_follow_up
from models.rules.visit.missing import is_unheard_of
from models.rules.visit.opening import request_name
from models.rules.visit.presence import AT_WORK, never_came, still_there, was_there
from models.rules.visit.settled import completed_if_done
from models.rules.visit.standing import stood
from models.ticket import Ticket
from models.visit import Assignment, Visit, WorkSettled


def concluded(ticket: Ticket, conclude: ConcludeVisit, now: datetime) -> Ticket:
    """The ticket with a visit at its end, reported for who is there: by all of them that it is
    done, or by the first that time ran out. Whoever never came is let go. Of a visit of which
    nothing was heard it is done by everybody who was to come. The same request again changes
    nothing.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone` where it is over already.
    """
    visit = require_visit(ticket, conclude.visit_id)
    if _was_concluded(visit, conclude.by):
        return ticket
    should_be_over = visit.end is not None and visit.end <= now
    unheard = is_unheard_of(visit) and should_be_over and conclude.kind is FactKind.COMPLETED
    if visit.state not in AT_WORK and not unheard:
        raise Conflict("doubt-gone", "The visit is over already.")
    if not unheard:
        ticket = _without_absent(ticket, visit, conclude.by, now)
    for assignment in _reporting(visit, conclude.kind):
        ended_at = visit.done_at(assignment) or now
        ticket, _ = reported(ticket, _said_for(assignment, conclude, ended_at), now)
    return completed_if_done(ticket, now)


def _reporting(visit: Visit, kind: FactKind) -> tuple[Assignment, ...]:
    """For whom is reported how a visit ended. Where all who came are done, one of them did not do
    all of it, if somebody has to come again."""
    there = visit.crew if is_unheard_of(visit) else still_there(visit)
    if kind is FactKind.COMPLETED:
        return there
    return there[:1] or tuple(a for a in visit.crew if was_there(visit, a))[:1]


def _said_for(assignment: Assignment, conclude: ConcludeVisit, ended_at: datetime) -> ReportVisit:
    """As it would be said by themselves. Of two ends at one moment it is the one at which something
    is left that counts."""
    is_done = conclude.kind is FactKind.COMPLETED
    return ReportVisit(
        visit_id=assignment.visit_id,
        kind=conclude.kind,
        expert_id=assignment.expert_id,
        occurred_at=ended_at,
        client_event_id=_name(assignment, conclude.by),
        particulars=Particulars(shortfall=None if is_done else Shortfall.OUT_OF_TIME),
        by=conclude.by,
    )


def _without_absent(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket without those on a visit who never came: they are free, told, and paid nothing,
    as somebody decided."""
    missing = never_came(visit)
    if not missing:
        return ticket
    unpaid = WorkSettled(minutes=0, command_id=request_name(by))
    ids = {a.id for a in missing}
    left = without(visit, missing)
    left = left.but(
        assignments=tuple(a.but(work=unpaid) if a.id in ids else a for a in left.assignments)
    )
    start = visit.start.isoformat() if visit.start else None
    return told_free(ticket.with_visit(stood(left)), missing, by, now, start=start)


def planned(ticket: Ticket, plan: PlanFollowUp, now: datetime) -> Ticket:
    """The ticket with the follow-up that a person wants. The same request again adds nothing.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone` where it has one, or needs none.
        Invalid: `minutes-off-the-grid`.
    """
    visit, name = require_visit(ticket, plan.visit_id), request_name(plan.by)
    if name is not None and any(v.asked_by == name for v in ticket.visits):
        return ticket
    allowed = FOLLOW_UP_MINUTES
    if plan.minutes not in allowed:
        raise Invalid(
            "minutes-off-the-grid",
            f"A visit takes {allowed[0]} to {allowed[-1]} minutes, in steps of {allowed.step}.",
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
    visit = require_visit(ticket, close.visit_id)
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


def _was_concluded(visit: Visit, by: Cause) -> bool:
    """Whether this request was carried out before: it left a report, or let somebody go."""
    names, name = {_name(a, by) for a in visit.crew}, request_name(by)
    is_said = any(f.client_event_id in names for f in visit.facts)
    settled = (a.work.command_id for a in visit.assignments if a.work)
    return is_said or (name is not None and name in settled)


def _name(assignment: Assignment, by: Cause) -> str:
    """What the report is called that somebody makes for another."""
    return derived_id("cev", assignment.id, by.actor.id, by.command_id or "")
