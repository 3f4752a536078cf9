"""What was accepted: the list that workflows and rows are held against."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_json
from sqlalchemy import text
from sqlmodel import Session

from models.base import Value
from models.db.engine import Database
from models.intake.command import LoggedCommand
from models.intake.loss import Accepted
from models.messages.ticket import OpenTicket

MOST = 100
"""How many are looked at together."""

_NOTE = text("""insert into accepted (ticket_id, customer_id, fingerprint, accepted_at, argument)
select n.ticket_id, n.customer_id, n.fingerprint, n.accepted_at, n.argument
from jsonb_to_recordset(cast(:new as jsonb)) as n(ticket_id text, customer_id text,
    fingerprint text, accepted_at timestamptz, argument text)
on conflict (ticket_id) do nothing""")
_SWEEP_WORDS = text(
    "update accepted set argument = null where accepted_at < :before and argument is not null"
)
_SWEEP = text("delete from accepted where accepted_at < :before")
_PAGE = """with due as (
    select a.ticket_id from accepted a
    where a.accepted_at < now() - %(quiet)s and (a.looked_at is null or a.looked_at < %(began)s)
        and {which}
    order by a.looked_at nulls first, a.ticket_id
    limit %(most)s for update skip locked),
looked as (
    update accepted a set looked_at = clock_timestamp() from due
    where a.ticket_id = due.ticket_id returning a.*)
select coalesce(jsonb_agg(jsonb_build_object(
    'ticket_id', l.ticket_id, 'customer_id', l.customer_id, 'fingerprint', l.fingerprint,
    'accepted_at', l.accepted_at, 'argument', l.argument,
    'mark', t.mark, 'is_stored', t.id is not null)), '[]')
from looked l left join tickets t on t.id = l.ticket_id"""
_RECENT = "(a.agreed_at is null or a.accepted_at > now() - %(recent)s)"
_EARLIER = "a.accepted_at > now() - %(recent)s"
_FOUND = """exists (select from losses s where s.ticket_id = a.ticket_id and s.over_at is null)"""
_AGREED = """update accepted set agreed_at = now()
where ticket_id = any(%(ticket_ids)s) returning ticket_id"""
_FALLEN_OUT = """update accepted set agreed_at = null
where ticket_id = any(%(ticket_ids)s) returning ticket_id"""
_OLDEST = text("select min(accepted_at) from accepted where agreed_at is null")


class Counted(Value):
    """What was accepted within a time, and how much of it is there."""

    accepted: int
    stored: int
    agreed: int


_COUNT = text("""select count(*) as accepted, count(t.id) as stored, count(a.agreed_at) as agreed
from accepted a left join tickets t on t.id = a.ticket_id
where a.accepted_at >= :since and a.accepted_at < :until""")


def note(session: Session, starts: Iterable[LoggedCommand]) -> None:
    """Put tickets on the list. Again after success: the first stays as it is."""
    session.execute(_NOTE, {"new": to_json([_noted(start) for start in starts]).decode()})


def _noted(start: LoggedCommand) -> dict[str, Any]:
    opened = OpenTicket.model_validate_json(start.argument)
    return {
        "ticket_id": opened.ticket_id,
        "customer_id": opened.customer_id,
        "fingerprint": opened.fingerprint,
        "accepted_at": opened.opened_at,
        "argument": start.argument,
    }


def sweep_accepted(session: Session, words_before: datetime, before: datetime) -> None:
    """Forget words that nobody can unseal any more, and what was accepted long ago."""
    session.execute(_SWEEP_WORDS, {"before": words_before})
    session.execute(_SWEEP, {"before": before})


def counted(session: Session, since: datetime, until: datetime) -> Counted:
    """What was accepted from `since` on, before `until`."""
    row = session.connection().execute(_COUNT, {"since": since, "until": until}).mappings().one()
    return Counted.model_validate(dict(row))


def oldest_unreconciled(session: Session) -> datetime | None:
    """When the oldest was accepted that was never found whole, or is not any more."""
    found: datetime | None = session.connection().execute(_OLDEST).scalar()
    return found


class AcceptedRepository:
    """The list, page by page, each taken up by one of those who look. A page is what was not looked
    at since a look `began`, and is older than `quiet`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(self, began: datetime, quiet: timedelta, recent: timedelta) -> list[Accepted]:
        """Of what was accepted lately, or never found whole."""
        return self._page(_RECENT, began, quiet, recent)

    def earlier(self, began: datetime, quiet: timedelta, recent: timedelta) -> list[Accepted]:
        """Of all that was accepted within `recent`, what was not looked at for longest."""
        return self._page(_EARLIER, began, quiet, recent)

    def found(self, began: datetime, quiet: timedelta) -> list[Accepted]:
        """Of those with which something is wrong."""
        return self._page(_FOUND, began, quiet, timedelta(0))

    def agree(self, ticket_ids: Sequence[str]) -> None:
        """Their workflows and rows are there and say the same."""
        self._database.rows_at_once(_AGREED, {"ticket_ids": list(ticket_ids)})

    def fall_out(self, ticket_ids: Sequence[str]) -> None:
        """They do not."""
        self._database.rows_at_once(_FALLEN_OUT, {"ticket_ids": list(ticket_ids)})

    def _page(
        self, which: str, began: datetime, quiet: timedelta, recent: timedelta
    ) -> list[Accepted]:
        asked = {"began": began, "quiet": quiet, "recent": recent, "most": MOST}
        found = self._database.at_once(_PAGE.format(which=which), asked)
        return [Accepted.model_validate(row) for row in found]
