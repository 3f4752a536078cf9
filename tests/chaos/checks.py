"""What must be so after the last fault: one function a promise, each of which gives what breaks it.

They compare three tellings: what the workflows decided, which is the truth; what the database says;
and what left the house by SMS and mail.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import combinations
from typing import Any

from models.events.ticket import RequestRefused
from models.events.visit import VisitReportRefused
from models.rules.transitions import status_of
from models.ticket import TicketStatus
from models.visit import ENDED
from temporal.ids import billing_workflow
from tests.chaos.answers import bad_answers, lost_tickets, slow_commands
from tests.chaos.evidence import Evidence
from tests.chaos.field import (
    lost_files,
    other_pay,
    replaced_out_of_order,
    unmanned_visits,
    work_left_undone,
)
from tests.chaos.rows import Row
from tests.chaos.telling import false_messages, repeated_messages, unordered_messages
from workers.tools.invariants import Findings

Check = Callable[[Evidence], Findings]


def rows_behind_or_ahead(seen: Evidence) -> Findings:
    """The ticket's own row: status, last event, round. And that there is one."""
    rows = {row["id"]: row for row in seen.rows.tickets}
    found = dict.fromkeys(seen.told.keys() - rows.keys(), "a workflow without a row")
    found |= dict.fromkeys(rows.keys() - seen.told.keys(), "a row without a workflow")
    for ticket_id, ticket in seen.tickets():
        if row := rows.get(ticket_id):
            told = (str(status_of(ticket)), ticket.seq, ticket.round)
            found |= _unless_same(ticket_id, (row["status"], row["seq"], row["round"]), told)
    return found


def other_visits(seen: Evidence) -> Findings:
    """Visits, where they stand, when they are, what they go on with; groups, how far they are, and
    what must follow what."""
    visits, groups = seen.rows.of("visits"), seen.rows.of("groups")
    found: Findings = {}
    for ticket_id, ticket in seen.tickets():
        rows = {v["id"]: _stand(v) for v in visits.get(ticket_id, [])}
        told = {v.id: (str(v.state), v.start, v.end, v.follows) for v in ticket.visits}
        found |= _differences(rows, told)
        stand = {g["id"]: _chain(g) for g in groups.get(ticket_id, [])}
        chains = {
            g.id: (str(g.match_state), g.round, _links(d.model_dump() for d in g.dependencies))
            for g in ticket.matching.groups
        }
        found |= _differences(stand, chains)
    return found


def other_crews(seen: Evidence) -> Findings:
    """Who is booked: the calendar has the workflows' crews and nobody else."""
    booked = seen.rows.of("assignments")
    found: Findings = {}
    for ticket_id, ticket in seen.tickets():
        rows = {a["id"]: _booking(a) for a in booked.get(ticket_id, [])}
        crew = {
            a.id: (v.id, a.position, a.expert_id, str(a.state), v.start, v.end)
            for v in ticket.visits
            for a in v.crew
        }
        found |= _differences(rows, crew)
    return found


def double_bookings(seen: Evidence) -> Findings:
    """Nobody is at two places at a time. Who was done before the start is kept from nothing."""
    by_expert: dict[str, list[Row]] = {}
    for row in seen.rows.assignments:
        if row["start_at"] < row["held_until"]:
            by_expert.setdefault(row["expert_id"], []).append(row)
    return {
        b["id"]: f"overlaps {a['id']}"
        for booked in by_expert.values()
        for a, b in combinations(sorted(booked, key=lambda r: (r["start_at"], r["id"])), 2)
        if b["start_at"] < a["held_until"]
    }


def other_proposals(seen: Evidence) -> Findings:
    """Who offered what, in which order, and what became of it."""
    rows = seen.rows.of("proposals")
    found: Findings = {}
    for ticket_id, ticket in seen.tickets():
        stand = {p["id"]: _offer(p) for p in rows.get(ticket_id, [])}
        told = {
            p.id: (p.visit_id, p.expert_id, p.seq, str(p.state)) for p in ticket.matching.proposals
        }
        found |= _differences(stand, told)
    return found


def other_events(seen: Evidence) -> Findings:
    """The timeline: the very events that the workflow decided, one for each number."""
    found: Findings = {}
    by_aggregate: dict[str, list[Row]] = {}
    for row in seen.rows.events:
        by_aggregate.setdefault(row["aggregate"], []).append(row)
    for aggregate, rows in by_aggregate.items():
        if sorted(r["seq"] for r in rows) != list(range(1, len(rows) + 1)):
            found[aggregate] = f"events {sorted(r['seq'] for r in rows)[-3:]} of {len(rows)}"
    for ticket_id, told in seen.told.items():
        rows = {r["id"]: (r["seq"], r["type"], r["cause"]) for r in by_aggregate.get(ticket_id, [])}
        found |= _differences(rows, {e.id: (e.seq, e.type, e.cause) for e in told.events.values()})
        found |= {ticket_id: told.failure} if told.failure else {}
    return found


def effects_without_cause(seen: Evidence) -> Findings:
    """Every command that an event names is in the history that decided it; but what tells that one
    was refused, which is in none."""
    asked = {a.escalation_id: b"" for a in seen.asking}
    for asking in seen.asking:
        asked[asking.escalation_id] += asking.history
    found: Findings = {}
    for row in seen.rows.events:
        if row["type"] in (RequestRefused.kind, VisitReportRefused.kind):
            continue
        told = seen.told.get(row["ticket_id"] or "")
        history = asked.get(row["aggregate"], told.history if told else b"")
        if row["cause"] and row["cause"].encode() not in history:
            found[row["id"]] = f"{row['type']} of {row['ticket_id']}: {row['cause']} never came"
    return found


def questions_nobody_has(seen: Evidence) -> Findings:
    """Escalations: asked by a ticket that goes on, or has to know still who is paid for work that
    it had cancelled, in the database and in Temporal alike."""
    tickets = dict(seen.tickets())
    over = {t for t, ticket in tickets.items() if status_of(ticket).is_final}
    over |= {r["id"] for r in seen.rows.tickets if TicketStatus(r["status"]).is_final}
    asked = [q for ticket in tickets.values() for q in ticket.doubts.questions]
    known, live = {q.id for q in asked}, {q.id for q in asked if q.is_live}
    found: Findings = {}
    for row in seen.rows.escalations:
        if row["id"] not in known:
            found[row["id"]] = f"{row['ticket_id']} never asked"
        elif row["state"] not in ("OPEN", "CLAIMED") or row["id"] in live:
            continue
        elif row["ticket_id"] in over:
            found[row["id"]] = f"live, and {row['ticket_id']} is over"
    for asking in seen.asking:
        if asking.escalation_id not in known:
            found[asking.escalation_id] = f"{asking.workflow_id} was started, and nobody asked"
    return found


def bills_without_work(seen: Evidence) -> Findings:
    """Invoices and billing workflows: one for a round in which somebody worked to the end, though
    the work may not be done."""
    due = {
        (ticket_id, round_): billing_workflow(ticket_id, round_)
        for ticket_id, ticket in seen.tickets()
        for round_ in {v.round for v in ticket.visits if v.state in ENDED}
        if round_ in ticket.billed_rounds
    }
    why = "no round that was worked in was handed over to be billed"
    found = {
        row["id"]: f"{why}: {row['ticket_id']} {row['round']}"
        for row in seen.rows.invoices
        if (row["ticket_id"], row["round"]) not in due
    }
    found |= dict.fromkeys(seen.bills - set(due.values()), why)
    issued = {(row["ticket_id"], row["round"]) for row in seen.rows.invoices}
    missing = {due[key]: "was handed over, and there is no invoice" for key in due.keys() - issued}
    return found | missing


CHECKS: Mapping[str, tuple[str, Check]] = {
    "rows": ("every row is what its workflow says", rows_behind_or_ahead),
    "visits": ("visits, their states, times and order are the workflow's", other_visits),
    "crews": ("live bookings are the workflow's crews", other_crews),
    "calendars": ("nobody is booked twice at a time", double_bookings),
    "replaced": ("new one booked, told, old one let go, customer told", replaced_out_of_order),
    "manned": ("at no moment nobody is to come", unmanned_visits),
    "undone": ("work that was not done goes on, or a person said not", work_left_undone),
    "proposals": ("proposals are the workflow's", other_proposals),
    "events": ("the timeline is what the workflow decided", other_events),
    "causes": ("every event's command is in a history", effects_without_cause),
    "questions": ("escalations are asked by tickets that go on", questions_nobody_has),
    "bills": ("every bill has its round of work, and the reverse", bills_without_work),
    "pay": ("earnings are of work that somebody has to pay", other_pay),
    "files": ("every file that was taken is there, and the same", lost_files),
    "ordered": ("every message was ordered by a notification", unordered_messages),
    "once": ("everybody is told, and once", repeated_messages),
    "told": ("nobody is told what is not so", false_messages),
    "tickets": ("every accepted ticket is there, and once", lost_tickets),
    "answers": ("2xx, 4xx for a reason, 503 with Retry-After, or nobody there", bad_answers),
    "commands": ("every live ticket takes the next command", slow_commands),
}


def _stand(row: Row) -> tuple[Any, ...]:
    return row["state"], row["start_at"], row["end_at"], row["follows"]


def _chain(row: Row) -> tuple[Any, ...]:
    return row["match_state"], row["round"], _links(row["dependencies"])


def _links(rules: Iterable[Row]) -> tuple[Any, ...]:
    return tuple(sorted((rule["predecessor"], rule["successor"]) for rule in rules))


def _booking(row: Row) -> tuple[Any, ...]:
    where = row["visit_id"], row["position"], row["expert_id"], row["state"]
    return *where, row["start_at"], row["end_at"]


def _offer(row: Row) -> tuple[Any, ...]:
    return row["visit_id"], row["expert_id"], row["seq"], row["state"]


def _unless_same(name: str, row: object, told: object) -> Findings:
    return {} if row == told else {name: f"the row says {_plain(row)}, its workflow {_plain(told)}"}


def _differences(rows: Mapping[str, object], told: Mapping[str, object]) -> Findings:
    found: Findings = {}
    for name in rows.keys() | told.keys():
        found |= _unless_same(name, rows.get(name, "nothing"), told.get(name, "nothing"))
    return found


def _plain(value: object) -> str:
    parts = value if isinstance(value, tuple) else (value,)
    return " ".join(str(part) for part in parts)
