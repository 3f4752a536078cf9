"""The code that a customer has, and that whoever begins the work was told at the door
(docs/rules/states.md, Start codes). Times are UTC."""

from collections.abc import Iterable
from datetime import datetime

from models.errors import Forbidden, Invalid
from models.field import BEGINNINGS, FactKind, StartCode
from models.identity import derived_id
from models.messages.visit import ReportVisit
from models.rules.visit.clock import CLOCK_TOLERANCE
from models.ticket import Attention, Ticket
from models.visit import Assignment, Visit

_SETS_OUT = (FactKind.EN_ROUTE, FactKind.ON_SITE)
"""With either of them the customer has the code, where one is needed."""


def appointment_of(visit_id: str, assignment_ids: Iterable[str]) -> str:
    """What the code of a visit is drawn for: the visit with those who are booked for it now. Booked
    anew, or with somebody else, it is another appointment with another code."""
    return derived_id("apt", visit_id, *sorted(assignment_ids))


def needs_code(ticket: Ticket, visit: Visit, expert_id: str) -> bool:
    """Whether an expert begins a visit with the code only: as the policy says, or said when they
    set out. The customer has the code by then, or none."""
    own = next((a for a in visit.crew if a.expert_id == expert_id), None)
    kept = own.code_needed if own else None
    return ticket.policies.start_code if kept is None else kept


def with_code_kept(ticket: Ticket) -> Ticket:
    """The ticket before its policy becomes another: whoever has set out begins as they would
    have."""
    for visit in ticket.visits:
        crew = tuple(_kept(ticket, visit, a) for a in visit.assignments)
        if crew != visit.assignments:
            ticket = ticket.with_visit(visit.but(assignments=crew))
    return ticket


def _kept(ticket: Ticket, visit: Visit, known: Assignment) -> Assignment:
    has_set_out = any(f.kind in _SETS_OUT for f in visit.facts_of(known))
    if not known.is_live or known.code_needed is not None or not has_set_out:
        return known
    return known.but(code_needed=ticket.policies.start_code)


def is_held_to_code(fact: ReportVisit, received_at: datetime) -> bool:
    """Whether a beginning may be refused for its code: it was reported as it happened, by who
    begins, and the customer can be asked again."""
    return not fact.by.actor.role.is_staff and received_at - fact.occurred_at <= CLOCK_TOLERANCE


def with_code_looked_at(
    ticket: Ticket, fact: ReportVisit, received_at: datetime, *, asked: bool
) -> Ticket:
    """The ticket after a beginning was held to its code, if one is needed.
    Where the phone had no coverage, or nobody could answer, the work goes on all the same, and
    somebody should look at a code that was not right. `asked`: whoever reports waits for an answer.

    Raises:
        Forbidden: `start-code-wrong`.
        Invalid: `reason-missing` of the helpdesk, which begins without one.
    """
    visit = ticket.visit(fact.visit_id)
    assert visit is not None, "it is reported on"
    if fact.kind not in BEGINNINGS or not needs_code(ticket, visit, fact.expert_id):
        return ticket
    if fact.by.actor.role.is_staff:
        if fact.report_id is None:
            raise Invalid("reason-missing", "Say why they begin without it.", field="/reason")
        return ticket
    if fact.particulars.start_code is StartCode.RIGHT:
        return ticket
    if asked and is_held_to_code(fact, received_at):
        raise Forbidden(
            "start-code-wrong", "The customer has the code; ask them for it.", field="/start_code"
        )
    return ticket.with_attention(Attention.START_CODE_WRONG)
