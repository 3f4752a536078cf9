"""The database as the checks see it: the one place that knows its tables and columns."""

from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]

_TABLES: dict[str, LiteralString] = {
    "tickets": "select id, status, seq, round, number, zone, slots from tickets",
    "visits": "select id, ticket_id, seq, state, start_at, end_at, follows, group_id from visits",
    "groups": "select id, ticket_id, match_state, round, dependencies from visit_groups",
    "proposals": "select id, ticket_id, visit_id, expert_id, seq, state from proposals",
    "assignments": """select id, ticket_id, visit_id, position, expert_id, state, start_at, end_at,
            least(end_at, done_at) as held_until
        from assignments where state <> 'RELEASED'""",
    "relieved": "select id, ticket_id, relieved_by from assignments where relieved_by is not null",
    "escalations": "select id, ticket_id, workflow_id, state from escalations",
    "events": """select id, ticket_id, aggregate, seq, type, cause, facts, recorded_at
        from events""",
    "notifications": """select n.id, n.ticket_id, n.event_id, n.recipient_role, n.recipient_id,
        n.template, n.facts, n.state, (select count(*) from deliveries d
            where d.notification_id = n.id and d.state = 'SENT') as sent from notifications n""",
    "invoices": "select id, ticket_id, round from invoices",
    "earnings": "select assignment_id as id, ticket_id, visit_id from earnings",
}
"""What each is looked at for. Assignments are the live ones: those that hold their expert, who may
have said that they cannot come. `relieved` are those in whose place somebody else was booked."""
_UNDER_WAY: LiteralString = """select
    (select count(*) from notifications n where state = 'QUEUED' and created_at <= now()
        and not exists (select from deliveries where notification_id = n.id))
    + (select count(*) from deliveries where state = 'QUEUED')"""
_TICKET_OF: dict[str, LiteralString] = {
    "ntf": "select ticket_id from notifications where id = %s",
    "esc": "select ticket_id from escalations where id = %s",
}


@dataclass(frozen=True)
class Rows:
    """Every row, by table."""

    tickets: list[Row]
    visits: list[Row]
    groups: list[Row]
    proposals: list[Row]
    assignments: list[Row]
    relieved: list[Row]
    escalations: list[Row]
    events: list[Row]
    notifications: list[Row]
    invoices: list[Row]
    earnings: list[Row]

    def of(self, table: str) -> dict[str, list[Row]]:
        """The rows of a table by their ticket."""
        found: dict[str, list[Row]] = {}
        for row in getattr(self, table):
            found.setdefault(row["ticket_id"], []).append(row)
        return found


def read(session: "psycopg.Connection[Any]") -> Rows:
    """Everything there is."""
    with session.cursor(row_factory=dict_row) as cursor:
        return Rows(**{name: cursor.execute(q).fetchall() for name, q in _TABLES.items()})


def read_at(url: str) -> Rows:
    """Everything there is in a database, as of one moment."""
    with psycopg.connect(url) as session:
        session.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        return read(session)


def under_way(url: str) -> int:
    """How many messages still wait to be sent."""
    with psycopg.connect(url, autocommit=True, connect_timeout=2) as session:
        row = session.execute(_UNDER_WAY).fetchone()
    return int(row[0]) if row else 0


async def ticket_of(url: str, subject: str) -> str | None:
    """The ticket of an escalation or a notification; None if nobody knows."""
    query = _TICKET_OF.get(subject[:3])
    if query is None:
        return None
    connect = psycopg.AsyncConnection.connect
    async with await connect(url, autocommit=True, connect_timeout=2) as session:
        row = await (await session.execute(query, (subject,))).fetchone()
    return str(row[0]) if row else None
