# ruff: noqa: S608, names of tables and columns are ours; values travel as parameters.
"""Experts whose right to work has changed, and which tickets have to hear of it.

Whoever changes a standing, an area or a skill marks its expert in that very step: the database does
it itself (`migrations/versions/0006_rights.py`), so no way of changing them is forgotten. The mark
stays until every ticket that it concerns was told; whoever dies over it leaves it to the next.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from models.base import Value
from models.db.matching.tables import LIVE
from models.ticket import TicketStatus
from models.visit import AssignmentState, ProposalState

_FINAL = tuple(s.value for s in TicketStatus if s.is_final)
_MARKED = """select id, rights_changed_at from experts
where rights_changed_at < now() - %(quiet)s order by rights_changed_at limit %(most)s"""
_CONCERNED = f"""select a.ticket_id from assignments a join tickets t on t.id = a.ticket_id
where a.expert_id = %(expert_id)s and a.{LIVE} and a.state <> '{AssignmentState.DONE}'
and t.status not in {_FINAL}
union
select p.ticket_id from proposals p join tickets t on t.id = p.ticket_id
where p.expert_id = %(expert_id)s and p.state = '{ProposalState.ACTIVE}'
and t.status in ('{TicketStatus.MATCHING}', '{TicketStatus.IN_PROGRESS}')
order by 1"""
_TOLD = """update experts set rights_changed_at = null
where id = %(expert_id)s and rights_changed_at = %(since)s"""
_RAN_OUT = """with ended as materialized (
    select id from experts where id in (
        select expert_id from expert_skills
        where expires_at > %(after)s and expires_at <= %(until)s)
    order by id for update)
update experts e set rights_changed_at = clock_timestamp() from ended where e.id = ended.id"""
"""In the order in which a booking locks them too."""


class Change(Value):
    """An expert whose right to work changed, the last time `since` then."""

    expert_id: str
    since: datetime


class RightsRepository:
    """Changes that some ticket may not have heard of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def changed(self, quiet: timedelta, most: int) -> list[Change]:
        """Changes that were let alone for `quiet`, the oldest first."""
        asked = {"quiet": quiet, "most": most}
        found = self._session.connection().exec_driver_sql(_MARKED, asked)
        return [Change(expert_id=expert_id, since=since) for expert_id, since in found]

    def concerned(self, expert_id: str) -> list[str]:
        """The tickets that an expert is still to come for, or has an offer for that may win."""
        found = self._session.connection().exec_driver_sql(_CONCERNED, {"expert_id": expert_id})
        return list(found.scalars())

    def told(self, change: Change) -> None:
        """Every ticket was told; one that came meanwhile is another change."""
        self._session.connection().exec_driver_sql(_TOLD, change.model_dump())

    def ran_out(self, after: datetime, until: datetime) -> None:
        """Mark the experts who held a skill until some moment after `after`, up to `until`."""
        self._session.connection().exec_driver_sql(_RAN_OUT, {"after": after, "until": until})
