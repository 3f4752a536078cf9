"""What was found to be wrong with tickets, and what is still."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic_core import to_json
from sqlalchemy import text
from sqlmodel import Session

from models.db.engine import Database
from models.intake.loss import Fault, Loss

CHORE = "loss"
"""The look for losses, by its name among the chores."""
_FIND = """insert into losses as l (ticket_id, fault, detail, found_at, seen_at)
select n.ticket_id, %(fault)s, n.detail, now(), now()
from jsonb_to_recordset(%(found)s::jsonb) as n(ticket_id text, detail text)
on conflict (ticket_id, fault) do update set detail = excluded.detail, seen_at = now(),
    found_at = case when l.over_at is null then l.found_at else now() end, over_at = null
returning ticket_id"""
_OVER = """update losses set over_at = now()
where ticket_id = any(%(ticket_ids)s) and fault = any(%(faults)s) and over_at is null
returning ticket_id"""
_OVER_BUT = """update losses set over_at = now()
where fault = any(%(faults)s) and over_at is null and not ticket_id = any(%(ticket_ids)s)
    and (exists (select from accepted a where a.ticket_id = losses.ticket_id) or not exists (
        select from tickets t where t.id = losses.ticket_id
            and t.opened_at < now() - %(since)s and t.status not in ('CLOSED', 'CANCELLED')))
returning ticket_id"""
_WITHOUT_A_ROW = """select ticket_id from losses
where fault = any(%(faults)s) and over_at is null
    and not exists (select from tickets t where t.id = losses.ticket_id)
    and not exists (select from accepted a where a.ticket_id = losses.ticket_id)"""
_STRANGERS = """select t.id, (
    select min(a.ticket_id) from accepted a
    where a.customer_id = t.customer_id and a.fingerprint = t.fingerprint) as like_it
from tickets t
where t.opened_at between now() - %(since)s and now() - %(quiet)s
    and t.id > %(after)s and not exists (select from accepted a where a.ticket_id = t.id)
order by t.id limit %(most)s"""
_UNKNOWN = """select n.id from unnest(%(ticket_ids)s::text[]) as n(id)
where not exists (select from accepted a where a.ticket_id = n.id)"""
_COUNT = text("""select
    coalesce(jsonb_object_agg(fault, n) filter (where open), '{}') as open,
    coalesce(sum(n) filter (where not open), 0)::int as over
from (select fault, over_at is null as open, count(*) as n from losses
    where over_at is null or (over_at >= :since and over_at < :until)
    group by fault, over_at is null) as counted""")
_OPEN = text("""select ticket_id, fault, detail, found_at, seen_at, over_at from losses
where over_at is null and (found_at, ticket_id) > (:found_at, :ticket_id)
order by found_at, ticket_id limit :most""")
_WAITING = text("select count(*) from intake where id like '%/start' and quarantined is null")
_SWEEP = text("delete from losses where over_at < :before")
_LEFT_OPEN = "select count(distinct ticket_id) from losses where over_at is null"


class Counted(NamedTuple):
    """How many are open, by fault, and how many were put right within a time."""

    open: Mapping[Fault, int]
    healed: int


class Stranger(NamedTuple):
    """A ticket's row that nobody is known to have asked for, and an accepted ticket of the same
    customer that says the same."""

    ticket_id: str
    like_it: str | None


class LossRepository:
    """Findings by ticket and fault. Finding the same again says that it is still so."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, fault: Fault, found: Mapping[str, str]) -> None:
        """These tickets have it; with what there is to say."""
        rows = [{"ticket_id": name, "detail": detail} for name, detail in found.items()]
        if rows:
            document = to_json(rows).decode()
            self._database.rows_at_once(_FIND, {"fault": fault.value, "found": document})

    def over(self, ticket_ids: Collection[str], faults: Collection[Fault]) -> int:
        """These tickets have none of these any more; with how many that is new."""
        asked = {"ticket_ids": list(ticket_ids), "faults": [f.value for f in faults]}
        return len(self._database.rows_at_once(_OVER, asked))

    def all_over(self, faults: Collection[Fault], but: Collection[str], since: timedelta) -> int:
        """Whatever had these faults has them no more, `but` for some; how many that are. A row that
        is older than `since` was not looked at: it has them until somebody has ended its ticket."""
        asked = {"ticket_ids": list(but), "faults": [f.value for f in faults], "since": since}
        return len(self._database.rows_at_once(_OVER_BUT, asked))

    def without_a_row(self, faults: Collection[Fault]) -> list[str]:
        """What has these faults, no row, and is not on the list of what was accepted."""
        asked = {"faults": [f.value for f in faults]}
        return [name for (name,) in self._database.rows_at_once(_WITHOUT_A_ROW, asked)]

    def strangers(
        self, since: timedelta, quiet: timedelta, after: str, most: int
    ) -> list[Stranger]:
        """Rows of that age that nobody is known to have asked for, the first after an id."""
        asked = {"since": since, "quiet": quiet, "after": after, "most": most}
        return [Stranger(*row) for row in self._database.rows_at_once(_STRANGERS, asked)]

    def unknown(self, ticket_ids: Collection[str]) -> list[str]:
        """Those of some that are not on the list of what was accepted."""
        asked = {"ticket_ids": list(ticket_ids)}
        return [name for (name,) in self._database.rows_at_once(_UNKNOWN, asked)]

    def left_open(self) -> int:
        """With how many tickets something is wrong."""
        return int(self._database.at_once(_LEFT_OPEN, {}))


def counted(session: Session, since: datetime, until: datetime) -> Counted:
    """What is open, and what was put right from `since` on, before `until`."""
    row = session.connection().execute(_COUNT, {"since": since, "until": until}).one()
    return Counted({Fault(name): count for name, count in row.open.items()}, row.over)


def open_losses(session: Session, after: tuple[datetime, str], most: int) -> list[Loss]:
    """What is wrong, the oldest first."""
    asked = {"found_at": after[0], "ticket_id": after[1], "most": most}
    rows = session.connection().execute(_OPEN, asked).mappings()
    return [Loss.model_validate(dict(row)) for row in rows]


def waiting(session: Session) -> int:
    """How many tickets are accepted, as far as the second copies say, and not started yet."""
    return int(session.connection().execute(_WAITING).scalar_one())


def sweep_losses(session: Session, before: datetime) -> None:
    """Forget what was put right before an instant."""
    session.execute(_SWEEP, {"before": before})
