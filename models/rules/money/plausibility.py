"""Work whose report cannot be right: nothing follows from it before a person has looked
(docs/rules/money.md, Reports that cannot be right). Times are UTC."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from models.field import BEGINNINGS, FactKind
from models.promise.policy import Policies
from models.ticket import Ticket
from models.visit import ENDED, Assignment, Visit

LONGEST = 3
"""So many times its own length a visit may take."""


def worked(visit: Visit, assignment: Assignment) -> timedelta:
    """From the expert's start, or arrival, or the appointed time, to their completion; the planned
    time, where one of the two is not known."""
    start, end = _begun(visit, assignment), visit.done_at(assignment)
    if start is None or end is None:
        return visit.length
    return max(end - start, timedelta(0))


def is_implausible(visit: Visit, assignment: Assignment, policies: Policies) -> bool:
    """Whether an expert says that they were done hours before the start, or worked far longer than
    was planned or than anybody works in a day."""
    end = visit.done_at(assignment)
    if end is None:
        return False
    early = visit.start is not None and visit.start - end >= policies.early_completion
    length = worked(visit, assignment)
    return early or length > LONGEST * visit.length or length > policies.longest_work


def in_doubt(ticket: Ticket, visit: Visit) -> tuple[Assignment, ...]:
    """The parts of a visit about whose report a person has to decide. What is billed is billed:
    a report that comes afterwards raises no doubt."""
    if visit.round in ticket.billed_rounds:
        return ()
    return tuple(
        a for a in visit.crew if a.work is None and is_implausible(visit, a, ticket.policies)
    )


def doubtful_visits(ticket: Ticket) -> Iterator[Visit]:
    """The visits of a ticket about whose reports a person has to decide."""
    return (v for v in ticket.visits if in_doubt(ticket, v))


def may_settle(ticket: Ticket, round_: int) -> bool:
    """Whether what was done in a round may be billed, surveyed and called done."""
    return not any(v.round == round_ for v in doubtful_visits(ticket))


def ended_at(ticket: Ticket, round_: int) -> datetime | None:
    """When the last work of a round was done, by those who did it."""
    ends = (
        v.actual_end
        for v in ticket.visits
        if v.round == round_ and v.state in ENDED and v.actual_end is not None
    )
    return max(ends, default=None)


def _begun(visit: Visit, assignment: Assignment) -> datetime | None:
    facts = [f for f in visit.facts_of(assignment) if not visit.is_after_the_end(f)]
    for kinds in (BEGINNINGS, (FactKind.ON_SITE,)):
        if at := [f.occurred_at for f in facts if f.kind in kinds]:
            return min(at)
    return visit.start
