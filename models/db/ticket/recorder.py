# ruff: noqa: S608, names of tables and columns are ours; values travel as a parameter.
"""Recording a ticket: its parts, its news and whom they concern, as one effect.

This is the write that every message of every ticket costs. Nothing happens unless the ticket's row
has the mark of the state that these news begin at, which is the guard against older and repeated
records. If it has another, a step of the ticket was written that Temporal never heard of: its
worker died in between, and the step was taken again, from other messages. Then the ticket is
written once more, whole.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json

from models import subject
from models.db.effect import Again, Effect, Moved, take_effect
from models.db.engine import Database
from models.db.knowledge.drafts import DRAFTS, FOLLOWED, drafts_of
from models.db.matching.tables import LIVE
from models.db.report.surveys import survey_columns
from models.message.notification import Intent
from models.messages.ticket import RecordTicket
from models.visit import Assignment, AssignmentState, Proposal, Visit, VisitGroup

_TABLES = {
    "visits": "visits",
    "groups": "visit_groups",
    "proposals": "proposals",
    "surveys": "surveys",
}
_PARTS = ("visits", "groups", "proposals")
_ONCE = ("surveys",)
"""What stays as it was first written."""
_WITHOUT_WHAT_NEVER_WAS = """without_untold as (
    delete from notifications t using moved, events e
    where e.id = t.event_id and e.aggregate = moved.id and e.seq > %(known)s and t.id not in (
        select n.id from jsonb_to_recordset(%(effect)s::jsonb -> 'intents') as n(id text))
    and t.state = 'QUEUED' and not exists (select from deliveries where notification_id = t.id)),
without_later_events as (
    delete from events using moved
    where aggregate = moved.id and seq > (%(record)s::jsonb -> 'ticket' ->> 'seq')::int
    and not exists (
        select from notifications t where t.event_id = events.id and (t.state <> 'QUEUED'
        or exists (select from deliveries where notification_id = t.id))))"""
"""What somebody was told already stays, and its event until the one with its number comes."""
_STANDS = """(
    select mark from tickets
    where id = %(id)s and mark <> %(mark)s and not exists (select from moved))"""
"""Nowhere, if the row was moved or has the mark already."""
_MARKED = """mark = %(mark)s, tentative_at = case when %(tentative)s then now() end"""
_TAKEN = """(select id, expert, state, blocked from assignments
    union all select id, expert, state, wanted from wanted)"""
_CREW = f"""wanted as (
    select a.id, a.expert, n.state, n.done_at,
        case when least(a.end_at, n.done_at) <= a.start_at then 'empty'
            else tstzrange(coalesce(lower(a.blocked), a.start_at), least(a.end_at, n.done_at))
        end as wanted
    from assignments a join jsonb_to_recordset(%(record)s::jsonb -> 'crew') as n(
        id text, state text, done_at timestamptz) on a.id = n.id
    where exists (select from moved)),
crew as (
    update assignments a set state = n.state, done_at = n.done_at,
        blocked = case when n.wanted <@ a.blocked then n.wanted else (
            select case when min(lower(o.blocked)) <= lower(n.wanted) then a.blocked * n.wanted
                else tstzrange(lower(n.wanted), least(upper(n.wanted), min(lower(o.blocked)))) end
            from {_TAKEN} o
            where o.id <> a.id and o.{LIVE} and o.expert = a.expert and o.blocked && n.wanted) end
    from wanted n where a.id = n.id
    and (a.{LIVE} or not n.{LIVE} or not exists (
        select from assignments o where o.id <> a.id and o.{LIVE} and (
            (o.expert = a.expert and o.blocked && a.blocked)
            or (o.visit_id = a.visit_id and o.position = a.position)))))"""
"""Who was set free and is taken by now stays free: I3 tells of it. Who is done is free from then
on; before the start, of all of it. Whoever was done, and is not after all, has as much of the time
again as nobody else was given meanwhile: their visit goes on all the same."""
_WITHOUT_OTHER_CREW = f"""without_other_crew as (
    update assignments a set state = '{AssignmentState.RELEASED}'
    from moved, visits v
    where v.ticket_id = moved.id and a.visit_id = v.id and a.{LIVE} and a.id not in (
        select n.id from jsonb_to_recordset(%(record)s::jsonb -> 'crew') as n(id text)))"""

_APART = {"crew": _CREW, "drafts": DRAFTS}
"""What is not simply put into its table."""

Part = tuple[str, tuple[str, ...]]


def record_ticket(
    database: Database, record: RecordTicket, intents: Sequence[Intent]
) -> str | None:
    """Bring the projection up to a ticket's state; nothing, if it is there already.

    Answers None; or the mark that the projection has, if that is neither the expected one nor the
    ticket's. Then nothing was written, and the ticket has to be recorded whole over that mark.
    """
    ticket_id = record.ticket_id
    rows = parts_of(record) | {
        "surveys": [survey_columns(record.survey)] if record.survey else [],
        "drafts": [draft for visit in record.visits for draft in drafts_of(visit)],
    }
    ticket_row = {"id": ticket_id, **ticket_columns(record)}
    parts = tuple((name, tuple(found[0])) for name, found in rows.items() if found)
    values = {
        "record": to_json({"ticket": ticket_row, **rows}).decode(),
        "id": ticket_id,
        "before": record.before,
        "mark": record.mark,
        "tentative": record.tentative,
        "known": record.seq - len(record.news),
    }
    moved = Moved(
        sql=_move(tuple(ticket_row)),
        values=values,
        parts=_steps(parts, record.whole, filed=record.filing is not None),
        answer=_STANDS,
        again=Again(events=True, intents=record.whole),
    )
    effect = Effect(subject.ticket(ticket_id), record.news, intents)
    stands: str | None = take_effect(database, moved, effect)
    return stands


def parts_of(record: RecordTicket) -> dict[str, list[dict[str, Any]]]:
    """The parts of a ticket as columns: visits, groups, proposals, and who comes."""
    ticket_id = record.ticket_id
    return {
        "visits": [_visit_columns(v, ticket_id) for v in record.visits],
        "groups": [_group_columns(g, ticket_id) for g in record.groups],
        "proposals": [_proposal_columns(p, ticket_id) for p in record.proposals],
        "crew": [_crew_columns(v, a) for v in record.visits for a in v.assignments],
    }


@cache
def _move(ticket: tuple[str, ...]) -> str:
    moves = ", ".join(f'"{name}" = n."{name}"' for name in ticket if name != "id")
    return (
        f"update tickets set {moves}, {_MARKED}"
        " from jsonb_populate_record(null::tickets, %(record)s::jsonb -> 'ticket') as n"
        " where tickets.id = n.id and tickets.mark = %(before)s"
        " returning tickets.id, tickets.model_id, tickets.category"
    )


@cache
def _steps(parts: tuple[Part, ...], whole: bool, *, filed: bool) -> tuple[str, ...]:
    """What is written with a ticket's row: the parts that there are; what follows what it is about,
    where that is among it; and without the others, where it is written whole."""
    steps = [_APART.get(name) or _insert(name, columns) for name, columns in parts]
    if filed:
        steps.append(FOLLOWED)
    if whole:
        steps += [_without_others(name, _TABLES[name]) for name in _PARTS]
        steps += [_WITHOUT_OTHER_CREW, _WITHOUT_WHAT_NEVER_WAS]
    return tuple(steps)


def _insert(name: str, columns: tuple[str, ...]) -> str:
    table = _TABLES[name]
    names = ", ".join(f'"{column}"' for column in columns)
    replaced = ", ".join(f'"{c}" = excluded."{c}"' for c in columns if c != "id")
    conflict = "do nothing" if name in _ONCE else f"(id) do update set {replaced}"
    return (
        f"new_{name} as (insert into {table} ({names}) select {names}"
        f" from jsonb_populate_recordset(null::{table}, %(record)s::jsonb -> '{name}')"
        f" where exists (select from moved) on conflict {conflict})"
    )


def _without_others(name: str, table: str) -> str:
    return (
        f"without_other_{name} as (delete from {table} using moved"
        f" where ticket_id = moved.id and {table}.id not in ("
        f"select n.id from jsonb_to_recordset(%(record)s::jsonb -> '{name}') as n(id text)))"
    )


def ticket_columns(record: RecordTicket) -> dict[str, Any]:
    """What of a ticket's row follows it."""
    columns = {
        "seq": record.seq,
        "status": record.status,
        "round": record.round,
        "timers": record.timers,
        "completed_at": record.completed_at,
    }
    if filing := record.filing:
        columns |= {
            "zone": filing.zone,
            "category": filing.category,
            "model_id": filing.model_id,
            "slots": filing.slots,
            "attention": filing.attention,
        }
    if promise := record.promise:
        columns |= {
            "plan_id": promise.plan_id,
            "coverage": promise.coverage,
            "coverage_as_of": promise.coverage_as_of,
            "service": promise.service,
            "clocks": promise.clocks,
        }
    return columns


def _visit_columns(visit: Visit, ticket_id: str) -> dict[str, Any]:
    return {
        "id": visit.id,
        "ticket_id": ticket_id,
        "group_id": visit.group_id,
        "seq": visit.seq,
        "state": visit.state,
        "minutes": int(visit.length.total_seconds() // 60),
        "positions": visit.positions,
        "slots": visit.slots,
        "start_at": visit.start,
        "end_at": visit.end,
        "actual_start": visit.actual_start,
        "actual_end": visit.actual_end,
        "report_id": visit.report_id,
        "shortfall": visit.shortfall,
        "follows": visit.follows,
        "not_before": visit.not_before,
        "first_until": visit.first_until,
    }


def _crew_columns(visit: Visit, assignment: Assignment) -> dict[str, Any]:
    return {"id": assignment.id, "state": assignment.state, "done_at": visit.done_at(assignment)}


def _group_columns(group: VisitGroup, ticket_id: str) -> dict[str, Any]:
    return {
        "id": group.id,
        "ticket_id": ticket_id,
        "round": group.round,
        "match_state": group.match_state,
        "missing": group.missing,
        "visit_ids": group.visit_ids,
        "dependencies": group.dependencies,
        "hold_until": group.hold_until,
    }


def _proposal_columns(proposal: Proposal, ticket_id: str) -> dict[str, Any]:
    return {
        "id": proposal.id,
        "ticket_id": ticket_id,
        "visit_id": proposal.visit_id,
        "expert_id": proposal.expert_id,
        "seq": proposal.seq,
        "state": proposal.state,
        "windows": proposal.windows,
    }
