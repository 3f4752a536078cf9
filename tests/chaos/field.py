"""What must be so of the day of a visit after the last fault: who comes in whose place and in which
order, what follows work that was not done, who is paid, and that files are there."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from models.escalation import EscalationReason
from models.event import Event
from models.events.incident import VisitCalledOff
from models.events.matching import BookingUndone, ExpertSent, ProposalSelected
from models.events.visit import AssignmentReleased, VisitCancelled, VisitChanged, VisitReleased
from models.rules.transitions import status_of
from models.ticket import Ticket
from models.visit import Assignment, AssignmentSource, Visit, VisitState
from tests.chaos.evidence import Evidence
from tests.chaos.rows import Row
from workers.tools.invariants import Findings

SENT = (ProposalSelected.kind, ExpertSent.kind)
BOOKED = (ExpertSent.kind, BookingUndone.kind)
GIVEN_UP = (VisitReleased.kind, VisitCalledOff.kind, VisitCancelled.kind)
AHEAD = (VisitState.OPEN, VisitState.SCHEDULED)


def replaced_out_of_order(seen: Evidence) -> Findings:
    """Whoever comes in another's place is booked, and told; then that one is let go, and then the
    customer hears of it. All of it, and in this order."""
    found: Findings = {}
    relieved = seen.rows.of("relieved")
    for ticket_id, told in seen.told.items():
        events = sorted(told.events.values(), key=lambda event: event.seq)
        places = {row["relieved_by"]: row["id"] for row in relieved.get(ticket_id, [])}
        known = {e.data["assignment_id"]: e for e in events if e.type in BOOKED}
        for new, old in places.items():
            if new not in known:
                found[new] = f"is booked in the place of {old}, and nobody was told"
        for new, sent in known.items():
            if sent.data.get("source") == AssignmentSource.REPLACEMENT:
                why = _out_of_order(sent, places.get(new), events)
                found |= {new: why} if why else {}
    return found


def _out_of_order(sent: Event, old: str | None, events: list[Event]) -> str:
    if old is None:
        return "was sent in the place of another, and that one is not relieved"
    gone = (e for e in events if e.type == AssignmentReleased.kind)
    let_go = next((e.seq for e in gone if e.data["assignment_id"] == old), None)
    changes = (e for e in events if e.type == VisitChanged.kind and e.cause == sent.cause)
    told = next((e.seq for e in changes if e.data["visit_id"] == sent.data["visit_id"]), None)
    if let_go is None or told is None:
        missing = f"{old} was never let go" if let_go is None else "the customer was never told"
        return f"came in the place of another, and {missing}"
    if not sent.seq < let_go < told:
        return f"sent at {sent.seq}, {old} let go at {let_go}, customer told at {told}"
    return ""


def unmanned_visits(seen: Evidence) -> Findings:
    """At no moment nobody is to come to a visit that takes place: the last of its people is let go
    only with the visit."""
    found: Findings = {}
    by_ticket: dict[str, list[Row]] = defaultdict(list)
    for row in seen.rows.events:
        if row["aggregate"] == row["ticket_id"]:
            by_ticket[row["aggregate"]].append(row)
    for rows in by_ticket.values():
        found |= _unmanned(sorted(rows, key=lambda row: row["seq"]))
    return found


def _unmanned(rows: list[Row]) -> Findings:
    crews: dict[str, set[str]] = defaultdict(set)
    given_up: set[str] = set()
    found: Findings = {}
    for row in rows:
        kind, visit, who = row["type"], row["facts"].get("visit_id"), row["facts"].get("expert_id")
        if kind in SENT:
            crews[visit].add(who)
            given_up.discard(visit)
        elif kind in GIVEN_UP:
            given_up.add(visit)
        elif kind == AssignmentReleased.kind and who in crews[visit]:
            crews[visit].discard(who)
            if not crews[visit] and visit not in given_up:
                found[row["id"]] = f"{who} was let go, and nobody is to come to {visit}"
    return found


def work_left_undone(seen: Evidence) -> Findings:
    """Whatever ended before its work was done goes on, is asked about, or was left so by a person;
    and nothing that has not begun waits for it any more."""
    found: Findings = {}
    for _, ticket in seen.tickets():
        if ticket.cancelled:
            continue
        for visit in ticket.visits:
            if visit.state is VisitState.INCOMPLETE and not _goes_on(ticket, visit):
                found[visit.id] = f"INCOMPLETE, and nothing follows; {status_of(ticket)}"
        found |= {v.id: f"follows {before.id}, which ended undone" for v, before in _stuck(ticket)}
    return found


def _goes_on(ticket: Ticket, visit: Visit) -> bool:
    follows = any(
        v.follows == visit.id and v.state is not VisitState.CANCELLED for v in ticket.visits
    )
    asked = any(
        q.is_live and q.reason is EscalationReason.FOLLOW_UP_MISSING and q.subject == visit.id
        for q in ticket.doubts.questions
    )
    return follows or asked or visit.closed_as_it_is


def _stuck(ticket: Ticket) -> Iterator[tuple[Visit, Visit]]:
    visits = {v.id: v for v in ticket.visits}
    for group in ticket.matching.groups:
        for rule in group.dependencies:
            before, after = visits[rule.predecessor], visits[rule.successor]
            if before.state is VisitState.INCOMPLETE and after.state in AHEAD:
                yield after, before


def other_pay(seen: Evidence) -> Findings:
    """Earnings: of work that was billed, or that a person had paid though nobody is billed for it;
    and of all of that."""
    found: Findings = {}
    earned = {row["id"]: row["visit_id"] for row in seen.rows.earnings}
    due: set[str] = set()
    for _, ticket in seen.tickets():
        for visit, assignment in ((v, a) for v in ticket.visits for a in v.assignments):
            credited = _is_credited(visit, assignment)
            if credited and assignment.id not in {*earned, *ticket.to_credit}:
                found[assignment.id] = "is to be paid, and has earned nothing"
            if credited or visit.round in ticket.billed_rounds:
                due.add(assignment.id)
    undue = earned.keys() - due
    return found | {name: f"is paid for {earned[name]}, and nobody said so" for name in undue}


def _is_credited(visit: Visit, assignment: Assignment) -> bool:
    work: Any = assignment.work
    return visit.state is VisitState.CANCELLED and work is not None and work.minutes != 0


def lost_files(seen: Evidence) -> Findings:
    """Files whose bringer may forget them, and that are not there, or are others."""
    return dict(seen.lost)
