"""Rows that may say what never was: which they are, and what was found out about them."""

from datetime import timedelta

from models.base import Value
from models.db.engine import Database
from models.db.matching.tables import LIVE
from models.ticket import TicketStatus

FINAL = tuple(s.value for s in TicketStatus if s.is_final)
MOST = 100
"""How many are asked about at once."""

_TAKE_UP = """with due as (
    select id from tickets where tentative_at < now() - %(quiet)s
    order by tentative_at < now() - interval '1 day', tentative_at
    limit %(most)s for update skip locked),
taken as (
    update tickets t set tentative_at = now() from due where t.id = due.id
    returning t.id, t.mark)
select coalesce(jsonb_agg(jsonb_build_object('ticket_id', id, 'mark', mark)), '[]') from taken"""
_CONFIRM = """update tickets set tentative_at = null
where id = %(ticket_id)s and mark = %(mark)s returning id"""
_DOUBT = """update tickets set tentative_at = now()
where id = %(ticket_id)s and tentative_at is null returning id"""
_STANDS = "select id from tickets where id = %(ticket_id)s and mark = %(mark)s"
_SUSPECT = f"""with recent as (
    select distinct ticket_id from events
    where recorded_at > now() - %(since)s and ticket_id is not null),
suspected as (
    update tickets set tentative_at = now() - interval '2 days' from recent
    where tickets.id = recent.ticket_id and tentative_at is null
    and status not in {FINAL} returning tickets.id)
select count(*) from suspected"""  # noqa: S608, FINAL is a constant of ours
_HALF_BOOKED = f"""select coalesce(jsonb_agg(distinct
    jsonb_build_object('ticket_id', t.id, 'mark', t.mark)), '[]')
from visit_groups g
join tickets t on t.id = g.ticket_id
join assignments a on a.group_id = g.id and a.round = g.round and a.{LIVE}
left join decisions d on d.group_id = g.id and d.round = g.round
where g.match_state <> 'FINALISED' and t.status not in {FINAL}
and coalesce(d.decided_at, '-infinity') < now() - %(quiet)s"""  # noqa: S608, constants of ours


class Doubtful(Value):
    """A ticket's row, and the mark it has."""

    ticket_id: str
    mark: str


class ReconciliationRepository:
    """Doubtful rows, each taken up by one of those who ask about them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take_up(self, quiet: timedelta) -> list[Doubtful]:
        """Rows that have been tentative, and let alone, for `quiet`, those first that there is
        reason to doubt; whoever takes them up has as long to find out."""
        found = self._database.at_once(_TAKE_UP, {"quiet": quiet, "most": MOST})
        return [Doubtful.model_validate(row) for row in found]

    def confirm(self, row: Doubtful) -> None:
        """It is as its ticket says, unless it was moved since."""
        self._database.at_once(_CONFIRM, row.model_dump())

    def doubt(self, ticket_id: str) -> None:
        """There is reason to ask about it."""
        self._database.at_once(_DOUBT, {"ticket_id": ticket_id})

    def stands(self, row: Doubtful) -> bool:
        """Whether it was not moved since."""
        return self._database.at_once(_STANDS, row.model_dump()) is not None

    def suspect(self, since: timedelta) -> int:
        """Doubt whatever was recorded within `since`, of tickets that go on; how many that is. The
        last record of a ticket is made with its end, or before it."""
        return int(self._database.at_once(_SUSPECT, {"since": since}))

    def half_booked(self, quiet: timedelta) -> list[Doubtful]:
        """Tickets that have not taken up, for `quiet`, what somebody booked for them."""
        found = self._database.at_once(_HALF_BOOKED, {"quiet": quiet})
        return [Doubtful.model_validate(row) for row in found]
