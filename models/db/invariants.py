"""What must be true of the database whatever happened (docs/rules/invariants.md): questions whose
right answer is nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlmodel import Session

from models.base import Value
from models.db.matching.tables import LIVE

_TICKETS = text("""
    select t.id, t.status, t.seq, max(e.recorded_at) as last_event_at
    from tickets t left join events e on e.aggregate = t.id
    group by t.id order by t.id
""")
_LIVE_ESCALATIONS = text("""
    select id, ticket_id from escalations where state in ('OPEN', 'CLAIMED') order by id
""")
_EXCLUSION = text("""
    select pg_get_constraintdef(c.oid)
    from pg_constraint c join pg_index i on i.indexrelid = c.conindid
    where c.conname = 'one_place_at_a_time' and c.conrelid = to_regclass('assignments')
      and c.contype = 'x' and c.convalidated and i.indisvalid and i.indisready
""")
_EXCLUDES = "EXCLUDE USING gist (expert WITH =, blocked WITH &&)"
_OVERLAPPING = text(f"""
    with live as (select id, expert_id, blocked from assignments where {LIVE})
    select a.id, 'overlaps ' || b.id
    from live a join live b on a.expert_id = b.expert_id and a.id < b.id and a.blocked && b.blocked
    order by a.id
""")  # noqa: S608, LIVE is a constant of ours
_PARTLY_RESERVED = text(f"""
    select distinct g.id, g.match_state || ', and somebody is booked'
    from visit_groups g join assignments a on a.group_id = g.id and a.round = g.round
    where g.match_state <> 'FINALISED' and a.{LIVE}
    order by g.id
""")  # noqa: S608, LIVE is a constant of ours
# Whoever is let go once others were at work, and have finished it, has nobody in their place.
_NEVER_CAME = """v.state = 'COMPLETED' and exists (select from events e
    where e.ticket_id = v.ticket_id and e.type = 'assignment.released'
    and e.facts ->> 'assignment_id' = a.id
    and e.occurred_at >= coalesce(v.actual_start, v.start_at))"""
_PARTLY_STAFFED = text(f"""
    with staffed as (
        select v.group_id, v.state, jsonb_array_length(v.positions) as positions,
            (select count(distinct a.position) from assignments a
             where a.visit_id = v.id and (a.{LIVE} or {_NEVER_CAME})) as people
        from visits v where v.state not in ('CANCELLED', 'INCOMPLETE')
    )
    select g.id, 'FINALISED, and a visit is ' || s.state || ' with ' || s.people || ' of '
        || s.positions || ' people'
    from visit_groups g join staffed s on s.group_id = g.id
    where g.match_state = 'FINALISED' and (s.state = 'OPEN' or s.people <> s.positions)
    order by g.id
""")  # noqa: S608, LIVE is a constant of ours
_ELSEWHEN = text(f"""
    select a.id, 'is from ' || a.start_at || ' to ' || a.end_at || ', and its visit from '
        || coalesce(v.start_at::text, 'never') || ' to ' || coalesce(v.end_at::text, 'never')
    from assignments a join visits v on v.id = a.visit_id
    where a.{LIVE} and (v.start_at is distinct from a.start_at or v.end_at <> a.end_at)
    order by a.id
""")  # noqa: S608, LIVE is a constant of ours
_CHAINED = """
    with chained as (
        select before.id as before_id, after.id, before.end_at, before.actual_end,
            after.start_at, after.actual_start, (rule ->> 'min_gap')::interval as least,
            coalesce((rule ->> 'max_gap')::interval, 'infinity') as most
        from visit_groups g cross join jsonb_array_elements(g.dependencies::jsonb) rule
            join visits before on before.id = rule ->> 'predecessor'
            join visits after on after.id = rule ->> 'successor'
        where after.group_id = g.id and 'CANCELLED' not in (before.state, after.state)
    )
"""
_PLANNED_GAPS = text(f"""{_CHAINED}
    select id, 'is planned ' || (start_at - end_at) || ' after ' || before_id
        || ', which has to be ' || least || ' to ' || most
    from chained
    where start_at - end_at not between least and most
        and (actual_end is null or start_at - actual_end not between least and most)
    order by id
""")  # noqa: S608, the rest is ours
_PEOPLE = """
    with standing as (
        select v.id, v.group_id, v.state, array_agg(distinct a.expert_id order by a.expert_id)
            as people
        from visits v join assignments a on a.visit_id = v.id and a.state <> 'RELEASED'
        where v.state not in ('OPEN', 'CANCELLED', 'INCOMPLETE') group by v.id
    ), others as (
        select before.id as before_id, after.id, before.people as came, after.people,
            before.state = 'SCHEDULED' and after.state = 'SCHEDULED' as is_planned
        from visit_groups g cross join jsonb_array_elements(g.dependencies::jsonb) rule
            join standing before on before.id = rule ->> 'predecessor'
            join standing after on after.id = rule ->> 'successor'
        where after.group_id = g.id and (rule ->> 'same_expert')::boolean
        and before.people <> after.people
    )
"""
_OTHER_PEOPLE = text(f"""{_PEOPLE}
    select id, 'is planned with others than ' || before_id || ', which the same people have to make'
    from others where is_planned order by id
""")  # noqa: S608, the rest is ours
_OTHERS_CAME = text(f"""{_PEOPLE}
    select id, 'is made by others than ' || before_id || ', which the same people had to make'
    from others where not is_planned order by id
""")  # noqa: S608, the rest is ours
_ACTUAL_GAPS = text(f"""{_CHAINED}
    select id, 'began ' || (actual_start - actual_end) || ' after ' || before_id
        || ', which had to be ' || least || ' to ' || most
    from chained where actual_start - actual_end not between least and most
    order by id
""")  # noqa: S608, the rest is ours
_GAPS = text("""
    select aggregate, 'events 1 to ' || max(seq) || ', ' || count(*) || ' of them'
    from events group by aggregate
    having min(seq) <> 1 or max(seq) <> count(*) or count(distinct seq) <> count(*)
    order by aggregate
""")
_BEHIND = text("""
    select t.id, 'seq ' || t.seq || ', last event ' || coalesce(max(e.seq), 0)
    from tickets t left join events e on e.aggregate = t.id
    group by t.id having t.seq <> coalesce(max(e.seq), 0)
    order by t.id
""")
_TOLD_TWICE = text("""
    select min(id), count(*) || ' intents for one event, recipient and template'
    from notifications group by event_id, recipient_id, template having count(*) > 1
    order by 1
""")
_SENT_TWICE = text("""
    select notification_id, count(*) || ' deliveries sent'
    from deliveries where state = 'SENT' group by notification_id having count(*) > 1
    order by notification_id
""")

Findings = dict[str, str]
"""What is wrong, by the id it is wrong with."""


class KnownTicket(Value):
    """A ticket's row, and when something last happened to it."""

    id: str
    status: str
    seq: int
    last_event_at: datetime | None


class LiveEscalation(Value):
    """The row of a question that waits for an answer."""

    id: str
    ticket_id: str | None
    """None where it is not about a ticket."""


class InvariantRepository:
    """Questions to the whole database, for those who check it; never part of a request."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def tickets(self) -> list[KnownTicket]:
        """Every ticket there is a row of."""
        rows = self._session.connection().execute(_TICKETS).mappings()
        return [KnownTicket.model_validate(dict(row)) for row in rows]

    def live_escalations(self) -> list[LiveEscalation]:
        """Every row of a question that waits for an answer (I12)."""
        rows = self._session.connection().execute(_LIVE_ESCALATIONS).mappings()
        return [LiveEscalation.model_validate(dict(row)) for row in rows]

    def double_bookings(self) -> Findings:
        """Live assignments of one expert that overlap, or a constraint that would let them (I2)."""
        stated: Any = self._session.connection().execute(_EXCLUSION).scalar()
        missing = {"one_place_at_a_time": "the constraint is missing, invalid or another one"}
        held = isinstance(stated, str) and stated.startswith(_EXCLUDES)
        return self._found(_OVERLAPPING) | ({} if held else missing)

    def half_reserved_groups(self) -> Findings:
        """Groups that are neither wholly booked nor wholly free, and people who are booked for
        another time than that of their visit (I3)."""
        whole = self._found(_PARTLY_RESERVED) | self._found(_PARTLY_STAFFED)
        return whole | self._found(_ELSEWHEN)

    def broken_gaps(self) -> Findings:
        """Visits that are planned nearer to their predecessor, or further from it, than they may
        be; what the predecessor's planned end allows or its actual one is allowed. And visits that
        are planned with others than those who have to make both (I5)."""
        return self._found(_PLANNED_GAPS) | self._found(_OTHER_PEOPLE)

    def unkept_gaps(self) -> Findings:
        """Visits that began nearer to the end of their predecessor, or further from it, than they
        were to, or that others make than had to, one of them having begun: nobody can undo it, and
        nobody is to overlook it (I5)."""
        return self._found(_ACTUAL_GAPS) | self._found(_OTHERS_CAME)

    def gaps_in_events(self) -> Findings:
        """Aggregates whose events are not 1, 2, 3…, and tickets that are not at their last (I6)."""
        return self._found(_GAPS) | self._found(_BEHIND)

    def double_messages(self) -> Findings:
        """Intents that are there twice, and messages that went out on two channels (I7)."""
        return self._found(_TOLD_TWICE) | self._found(_SENT_TWICE)

    def _found(self, question: TextClause) -> Findings:
        return {row[0]: row[1] for row in self._session.connection().execute(question)}
