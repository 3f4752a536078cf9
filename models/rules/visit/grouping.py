"""Visits that hang together: adding one, chaining two, merging their groups
(docs/rules/states.md, Group)."""

from datetime import datetime
from graphlib import CycleError, TopologicalSorter

from models.errors import Conflict, Invalid, NotFound
from models.event import Cause
from models.events.visit import VisitsChained
from models.messages.visit import AddDependency, AddVisit
from models.rules.matching.slots import acceptable_slots
from models.rules.transitions import TicketCommand, require_allowed
from models.rules.visit.opening import request_name, with_new_visit
from models.ticket import Ticket
from models.visit import Dependency, MatchState, Visit, VisitGroup, VisitState

MOST_VISITS = 6


def with_visit_added(
    ticket: Ticket, new: AddVisit, visit_id: str, group_id: str, now: datetime
) -> Ticket:
    """The ticket with one more visit, in the group of the visits it must follow. The same request
    again adds nothing: a new run of the workflow does not know what the last one was asked.

    Raises:
        Conflict: `illegal-transition`, `group-finalised`.
        Invalid: `too-many-visits`, and whatever is wrong with its slots or gaps.
        NotFound: `visit-unknown`.
    """
    if visit_asked_for(ticket, new) is not None:
        return ticket
    require_allowed(ticket, TicketCommand.ADD_VISIT)
    slots = None if new.slots is None else acceptable_slots(new.slots, now, new.duration)
    visit = Visit(
        id=visit_id,
        seq=max((v.seq for v in ticket.visits), default=0) + 1,
        duration=new.duration,
        positions=new.positions,
        slots=slots,
        asked_by=request_name(new.by),
    )
    waiting = any(g.is_live for g in ticket.matching.groups)
    ticket = ticket.but(
        matching=ticket.matching.but(since=ticket.matching.since if waiting else now)
    )
    ticket = with_new_visit(ticket, visit, group_id, now)
    for follows in new.after:
        dependency = Dependency(successor=visit_id, **follows.model_dump())
        ticket = chained(ticket, dependency, new.by, now)
    return ticket


def visit_asked_for(ticket: Ticket, new: AddVisit) -> Visit | None:
    """The visit that a request added, if it did."""
    name = request_name(new.by)
    return next((v for v in ticket.visits if name is not None and v.asked_by == name), None)


def with_dependency(ticket: Ticket, new: AddDependency, now: datetime) -> Ticket:
    """The ticket with two of its visits chained.

    Raises:
        as `chained`.
    """
    require_allowed(ticket, TicketCommand.ADD_VISIT)
    return chained(ticket, new.dependency, new.by, now)


def chained(ticket: Ticket, dependency: Dependency, by: Cause, now: datetime) -> Ticket:
    """The ticket with `dependency`, its two groups made one.

    A completed predecessor stays where it is: its actual end counts.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `group-finalised`, `same-expert-crew`.
        Invalid: `gap-backwards`, `dependency-cycle`, `dependency-twice`, `too-many-visits`.
    """
    before, after = _chainable(ticket, dependency)
    group = _live_group(ticket, after)
    if before.start is not None and after.start is not None:
        # The times of both stand already, whatever their group still waits for.
        raise _finalised(after)
    _require_free_crews(dependency, before, after)
    if before.state is not VisitState.COMPLETED:
        group = _merged(_live_group(ticket, before), group)
    joined = _with_rule(group, dependency)
    return _in_one_group(ticket, joined).happened(
        VisitsChained(
            group_id=joined.id,
            predecessor=before.id,
            successor=after.id,
            min_gap=dependency.min_gap.total_seconds(),
            max_gap=None if dependency.max_gap is None else dependency.max_gap.total_seconds(),
            same_expert=dependency.same_expert,
        ),
        now,
        by,
    )


def _chainable(ticket: Ticket, dependency: Dependency) -> tuple[Visit, Visit]:
    before, after = ticket.visit(dependency.predecessor), ticket.visit(dependency.successor)
    if before is None or after is None:
        raise NotFound("visit-unknown", "This ticket has no such visit.")
    if dependency.max_gap is not None and dependency.max_gap < dependency.min_gap:
        raise Invalid("gap-backwards", "max_gap is at least min_gap.", field="/max_gap")
    return before, after


def _require_free_crews(dependency: Dependency, before: Visit, after: Visit) -> None:
    if dependency.same_expert and (before.is_fixed or after.is_fixed):
        raise Conflict(
            "same-expert-crew",
            "A visit whose crew is partly chosen by hand cannot share its people with another.",
            visit_id=before.id if before.is_fixed else after.id,
        )


def _with_rule(group: VisitGroup, rule: Dependency) -> VisitGroup:
    """The group with one more dependency, to be evaluated anew."""
    known = {(d.predecessor, d.successor) for d in group.dependencies}
    if (rule.predecessor, rule.successor) in known:
        raise Invalid("dependency-twice", "The two visits are chained already.", field="")
    group = group.but(
        dependencies=(*group.dependencies, rule), hold_until=None, needs_matching=True
    )
    _require_acyclic(group)
    if len(group.visit_ids) > MOST_VISITS:
        raise Invalid("too-many-visits", f"At most {MOST_VISITS} visits hang together.", field="")
    return group


def _in_one_group(ticket: Ticket, joined: VisitGroup) -> Ticket:
    """The ticket with these visits in one group, and the groups that they were in given up."""
    absorbed = {g.id for g in (ticket.group_of(v) for v in joined.visit_ids) if g}
    others = (
        g.but(match_state=MatchState.CANCELLED, needs_matching=False, visit_ids=())
        if g.id in absorbed
        else g
        for g in ticket.matching.groups
        if g.id != joined.id
    )
    return ticket.but(
        matching=ticket.matching.but(groups=(*others, joined)),
        visits=tuple(
            v.but(group_id=joined.id) if v.id in joined.visit_ids else v for v in ticket.visits
        ),
    )


def _live_group(ticket: Ticket, visit: Visit) -> VisitGroup:
    group = ticket.group_of(visit.id)
    if group is None or not group.is_live:
        raise _finalised(visit)
    return group


def _finalised(visit: Visit) -> Conflict:
    return Conflict(
        "group-finalised",
        f"Visit {visit.seq} is settled already; nothing can be chained to it.",
        visit_id=visit.id,
    )


def _merged(one: VisitGroup, other: VisitGroup) -> VisitGroup:
    """The earlier group with the later one in it."""
    if one.id == other.id:
        return one
    return one.but(
        visit_ids=(*one.visit_ids, *other.visit_ids),
        dependencies=(*one.dependencies, *other.dependencies),
        round=max(one.round, other.round),
    )


def _require_acyclic(group: VisitGroup) -> None:
    order: TopologicalSorter[str] = TopologicalSorter()
    for dependency in group.dependencies:
        order.add(dependency.successor, dependency.predecessor)
    try:
        order.prepare()
    except CycleError:
        raise Invalid(
            "dependency-cycle", "The visits would wait for each other.", field=""
        ) from None
