# ruff: noqa: S608, names of tables and columns are ours; values travel as parameters.
"""Changes of policies, and which running tickets have to hear of them.

A change has a number, and is written in the step that makes it. Each ticket has the number of the
newest that it heard of; a ticket whose zone or plan became another is marked by the database
(`migrations/versions/0022_policies.py`). So nothing has to be remembered by whoever tells them: who
dies over it leaves the rest to the next.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import Session

from models.base import Value
from models.ticket import TicketStatus, Urgency

QUIET = timedelta(seconds=3)
"""How long a change is let alone: what was looked up before it is written by then."""
_FINAL = tuple(s.value for s in TicketStatus if s.is_final)
# So that numbers are in the order in which the changes can be seen.
_ONE_AT_A_TIME = "lock table policy_changes in share row exclusive mode"
_CHANGED = """insert into policy_changes (version, urgency, zone, plan, made_at)
select coalesce(max(version), 0) + 1, %(urgency)s, %(zone)s, %(plan)s, clock_timestamp()
from policy_changes"""
HEARD_WHEN_FILED = """(select coalesce(max(version), 0) from policy_changes
    where made_at < now() - interval '5 seconds')"""
"""What a ticket that is filed now has surely heard of. It may know newer policies, and is told of
them once more."""
_NEWEST = "select coalesce(max(version), 0) from policy_changes"
_CONCERNS = """t.policies_version < c.version and (c.urgency is null or c.urgency = t.urgency)
    and (t.seq = 0 or ((c.zone is null or c.zone = t.zone)
        and (c.plan is null or c.plan = t.plan_id)))"""
_UNTOLD = f"""select t.id, t.customer_id, t.urgency, t.zone, t.plan_id, t.policies_version as heard
from tickets t where t.status not in {_FINAL} and t.seq > 0
and (t.policies_version < 0 or exists (select from policy_changes c
    where c.told_at is null and c.made_at < now() - %(quiet)s and {_CONCERNS}))
order by t.id limit %(most)s"""
_PENDING = f"""select exists (
    select from policy_changes where told_at is null and made_at < now() - %(quiet)s)
or exists (select from tickets where status not in {_FINAL} and seq > 0 and policies_version < 0)"""
_TOLD = """update tickets set policies_version = %(version)s
where id = %(id)s and policies_version = %(heard)s and urgency = %(urgency)s
and (zone, plan_id) is not distinct from (%(zone)s::text, %(plan_id)s::text)"""
_OVER = f"""update policy_changes c set told_at = clock_timestamp()
where c.told_at is null and c.made_at < now() - %(quiet)s and not exists (
    select from tickets t where t.status not in {_FINAL} and {_CONCERNS})"""


class Untold(Value):
    """A running ticket that has not heard of every change that concerns it, and of which it has
    `heard`."""

    id: str
    customer_id: str
    urgency: Urgency
    zone: str | None
    plan_id: str | None
    heard: int


def note_change(
    session: Session,
    urgency: Urgency | None = None,
    zone: str | None = None,
    plan: str | None = None,
) -> None:
    """Write down that the policies of such tickets are others from this unit of work on."""
    connection = session.connection()
    connection.exec_driver_sql(_ONE_AT_A_TIME)
    named = {"urgency": urgency and urgency.value, "zone": zone, "plan": plan}
    connection.exec_driver_sql(_CHANGED, named)


class PolicyChangeRepository:
    """Changes that some running ticket may not have heard of."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def newest(self) -> int:
        """The number of the last change; 0, and there was none."""
        found: int = self._session.connection().exec_driver_sql(_NEWEST).scalar_one()
        return found

    def is_pending(self, quiet: timedelta = QUIET) -> bool:
        """Whether there may be anything to tell."""
        found = self._session.connection().exec_driver_sql(_PENDING, {"quiet": quiet})
        return bool(found.scalar_one())

    def untold(self, most: int, quiet: timedelta = QUIET) -> list[Untold]:
        """Tickets that have to hear of changes which were let alone for `quiet`, by id."""
        asked = {"quiet": quiet, "most": most}
        found = self._session.connection().exec_driver_sql(_UNTOLD, asked).mappings()
        return [Untold.model_validate(dict(row)) for row in found]

    def told(self, tickets: Iterable[Untold], version: int) -> None:
        """They have heard of everything up to a number; not whose zone or plan is another by
        now."""
        for ticket in tickets:
            named = {**ticket.model_dump(mode="json"), "version": version}
            self._session.connection().exec_driver_sql(_TOLD, named)

    def over(self, quiet: timedelta = QUIET) -> None:
        """Have done with the changes of which every ticket that they concern has heard."""
        self._session.connection().exec_driver_sql(_OVER, {"quiet": quiet})
