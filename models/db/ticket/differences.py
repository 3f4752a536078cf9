"""Where the rows of a ticket say something else than the ticket: somebody wrote them by hand, or a
disk forgot."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from models.db.engine import Database
from models.db.ticket.recorder import parts_of, ticket_columns
from models.messages.ticket import OpenTicket, RecordTicket

_FOLLOW_THE_CLOCK = ("timers", "clocks")
"""What is written as of the moment, and is older a moment later."""
_AFTER_THE_END = ("seq", "attention")
"""What a report changes that comes when its ticket has ended (models.db.visit.late)."""
_MISSING_OR_OTHER = """select '{name} ' || (e ->> 'id')
    from row cross join jsonb_array_elements(%(said)s::jsonb -> '{name}') e
    left join {table} p on p.id = e ->> 'id'
    cross join lateral jsonb_populate_record(p, e) n
    where n is distinct from p
    union all
    select '{name} ' || p.id from row join {table} p on p.ticket_id = row.id
    where p.id not in (
        select e ->> 'id' from jsonb_array_elements(%(said)s::jsonb -> '{name}') e)"""
_PARTS = {"visits": "visits", "groups": "visit_groups", "proposals": "proposals"}
_OF_PARTS = " union all ".join(
    _MISSING_OR_OTHER.format(name=name, table=table) for name, table in _PARTS.items()
)
_DIFFERENCES = f"""with row as (
    select * from tickets where id = %(id)s and mark = %(mark)s),
differing(what) as (
    select 'ticket ' || k.name
    from row
    cross join lateral jsonb_populate_record(
        (select t from tickets t where t.id = row.id), %(said)s::jsonb -> 'ticket') n
    cross join jsonb_object_keys(%(said)s::jsonb -> 'ticket') k(name)
    where to_jsonb(n) -> k.name is distinct from to_jsonb(row) -> k.name
    union all
    {_OF_PARTS}
    union all
    select 'assignments ' || a.id
    from row cross join jsonb_array_elements(%(said)s::jsonb -> 'crew') e
    join assignments a on a.id = e ->> 'id' where a.state <> e ->> 'state')
select case when exists (select from row)
    then (select coalesce(jsonb_agg(what order by what), '[]') from differing) end"""  # noqa: S608
_RESTORE = """update tickets set customer_id = %(customer_id)s, channel = %(channel)s,
    urgency = %(urgency)s, opened_at = %(opened_at)s, fingerprint = %(fingerprint)s
where id = %(ticket_id)s returning id"""
_LAST = "select coalesce(max(seq), 0) from events where aggregate = %(ticket_id)s"
_HAPPENED = "select distinct type from events where aggregate = %(ticket_id)s"


def differences(
    database: Database, record: RecordTicket, filed: Mapping[str, Any]
) -> list[str] | None:
    """Which columns of a ticket's row, and which of its parts, are not as its whole record says, or
    as it was `filed`; None, if the row has been moved on meanwhile, or is not there."""
    apart = _FOLLOW_THE_CLOCK + (_AFTER_THE_END if record.status.is_final else ())
    ticket = {k: v for k, v in ticket_columns(record).items() if k not in apart}
    said = {"ticket": ticket | dict(filed), **parts_of(record)}
    asked = {"id": record.ticket_id, "mark": record.mark, "said": to_json(said).decode()}
    found: list[str] | None = database.at_once(_DIFFERENCES, asked)
    return found


def restore_filing(database: Database, opened: OpenTicket) -> None:
    """Write anew what a ticket was filed with and never changes. Again after success: the same."""
    told = opened.model_dump(
        include={"ticket_id", "customer_id", "channel", "urgency", "opened_at", "fingerprint"}
    )
    database.at_once(_RESTORE, {k: getattr(v, "value", v) for k, v in told.items()})


def happened(database: Database, ticket_id: str) -> list[str]:
    """The kinds of what happened to a ticket, as far as it is written."""
    return [kind for (kind,) in database.rows_at_once(_HAPPENED, {"ticket_id": ticket_id})]


def last_event(database: Database, ticket_id: str) -> int:
    """The number of the last event of a ticket that is written."""
    return int(database.at_once(_LAST, {"ticket_id": ticket_id}))
