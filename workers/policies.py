"""Telling running tickets of policies that became others, and of the flags that act as such
(docs/rules/timers.md, Changing a policy).

A change is told a moment after it was made, when whatever was looked up before it is written, and
some tickets at a time: a house that has many goes on working meanwhile. What each has heard of
stands beside it in Postgres, so whoever dies over it leaves the rest to the next.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from models.db.catalogue.policies import PolicyReads
from models.db.catalogue.policy_changes import QUIET, PolicyChangeRepository, Untold
from models.db.chores import ChoreRepository
from models.db.engine import Database
from models.db.flag.reads import FlagReads
from models.flag import ACT_AS_POLICIES, FlagSubject
from models.messages.ticket import PoliciesChanged
from models.promise.policy import PolicyRule
from models.rules.ticket.admission import governing
from models.ticket import Urgency
from temporal.flags import FlagsAsSaid
from temporal.ids import ticket_workflow
from temporal.telling import tell_if_open
from workers.looking import keep_looking

PAUSE_SECONDS = 0.5
EVERY = timedelta(seconds=0.4)
"""Between two pages, whoever of the house tells them."""
MOST = 50
"""Tickets at a time: a hundred a second at the most."""
AT_ONCE = 10
POLICIES_CHANGED = "policies_changed"

log = structlog.get_logger()


class InForce:
    """What was said of policies and flags, not before the change that is its `version`."""

    def __init__(
        self, version: int, rules: Mapping[Urgency, list[PolicyRule]], flags: FlagsAsSaid
    ) -> None:
        self.version = version
        self._rules = rules
        self._flags = flags

    def news(self, ticket: Untold) -> PoliciesChanged:
        """What governs a ticket by now."""
        asked = FlagSubject(customer=ticket.customer_id, zone=ticket.zone)
        flagged = [name for name in ACT_AS_POLICIES if self._flags.is_on(name, asked)]
        rules = self._rules[ticket.urgency]
        return PoliciesChanged(
            version=self.version,
            policies=governing(ticket.urgency, rules, ticket.zone, ticket.plan_id, flagged),
            zone=ticket.zone,
            plan_id=ticket.plan_id,
        )


class PolicyNews:
    """Looks twice a second. A ticket that hears of a change twice finds nothing new."""

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._chores = ChoreRepository(database, "policies")
        self._client = client

    async def keep(self) -> None:
        """Look until cancelled; whoever cannot be told now is told the next time."""
        await keep_looking(self.look, PAUSE_SECONDS, "policies_blind")

    async def look(self, quiet: timedelta = QUIET, every: timedelta = EVERY) -> int:
        """Look once; how many tickets were told."""
        if not await asyncio.to_thread(self._is_due, quiet, every):
            return 0
        in_force, tickets = await asyncio.to_thread(self._untold, quiet)
        turn = asyncio.Semaphore(AT_ONCE)

        async def told(ticket: Untold) -> Untold | None:
            async with turn:
                return await self._tell(ticket, in_force)

        heard = [t for t in await asyncio.gather(*map(told, tickets)) if t]
        await asyncio.to_thread(self._told, heard, in_force.version, quiet)
        return len(heard)

    def _is_due(self, quiet: timedelta, every: timedelta) -> bool:
        """Whether there is anything to tell, and it is this one's turn."""
        with self._database.reading() as session:
            if not PolicyChangeRepository(session).is_pending(quiet):
                return False
        return self._chores.turn(every) is not None

    def _untold(self, quiet: timedelta) -> tuple[InForce, list[Untold]]:
        with self._database.reading() as session:
            changes, policies = PolicyChangeRepository(session), PolicyReads(session)
            # The number first: what is read after it is as of that change, or of a later one.
            version = changes.newest()
            rules = {urgency: policies.rules(urgency) for urgency in Urgency}
            flags = FlagsAsSaid(FlagReads(session).rollouts())
            return InForce(version, rules, flags), changes.untold(MOST, quiet)

    async def _tell(self, ticket: Untold, in_force: InForce) -> Untold | None:
        """The ticket, if it has heard, or is over and need not."""
        news = in_force.news(ticket)
        try:
            name = ticket_workflow(ticket.id)
            await tell_if_open(self._client, name, POLICIES_CHANGED, news)
        except RPCError as error:
            log.warning("policies_unheard", ticket_id=ticket.id, error=error.status.name)
            return None
        return ticket

    def _told(self, heard: list[Untold], version: int, quiet: timedelta) -> None:
        with self._database.unit_of_work() as session:
            changes = PolicyChangeRepository(session)
            changes.told(heard, version)
            changes.over(quiet)
        if heard:
            log.info("policies_told", tickets=len(heard), version=version)
