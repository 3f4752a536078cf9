"""A ticket of two months in which everything that can go wrong on the day of a visit does: no run
of it is long, and nothing that was said to it is lost."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from models.field import FactKind
from tests.bench.history import Trace
from tests.house import House
from tests.replica import replica
from tests.workflows.company import at, between, rest
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import open_question, shown
from tests.workflows.hard_day import (
    Chain,
    booked,
    chained,
    finished,
    lacking_parts,
    moved,
    overran,
    replaced,
    shut_out,
)
from workers.histories import runs_of

pytestmark = pytest.mark.long

LONGEST = 300
"""Events of a run."""
REPORTED = Counter(
    acknowledged=6,
    en_route=5,
    on_site=5,
    started=4,
    need_more_time=1,
    completed=3,
    cannot_arrive=1,
    cannot_enter=1,
    incomplete=1,
)
"""By their kinds. Who was shut out comes again, and says again that they do."""
ASKED = {
    *("NO_PROPOSALS", "NO_ACK", "LATE_START", "OVERRUN"),
    *("CANNOT_ARRIVE", "CANNOT_ENTER"),
}
"""What people were asked for want of anybody's word, and of somebody who could come or get in."""

TOLD_ONCE = (
    ("pia", "assignment.extended"),
    ("eli", "assignment.shifted"),
    ("rob", "assignment.shifted"),
    ("ella", "expert.assigned"),
    ("eli", "assignment.cancelled"),
    ("cus", "visit.at_the_door"),
    ("rob", "assignment.may_leave"),
    ("rob", "visit.open_first"),
    ("cus", "follow_up.planned"),
    ("cus", "ticket.completed"),
)


@dataclass
class Days:
    """The time of one ticket, by how much it is ahead of everybody else's."""

    house: House
    ticket_id: str
    ahead: timedelta = timedelta(0)

    async def until(self, day: datetime) -> None:
        """Let the ticket wait."""
        left = day - self.now
        await self.house.later(self.ticket_id, left)
        self.ahead += left

    @property
    def now(self) -> datetime:
        """What time it is for the ticket, UTC."""
        return datetime.now(UTC) + self.ahead

    @property
    def said(self) -> dict[str, str]:
        """When something that is reported now occurred."""
        return {"occurred_at": self.now.isoformat()}

    @asynccontextmanager
    async def lived(self, chain: Chain) -> AsyncIterator[Chain]:
        """The same people, who have the same time as the ticket."""
        async with replica(self.house, ahead=self.ahead) as http:
            yield replace(chain, house=replace(self.house, http=http))


async def test_a_ticket_of_sixty_days_that_had_every_mishap_has_no_long_run_and_lost_nothing(
    house: House,
) -> None:
    chain = await chained(house, between(8, 20), between(8, 20, 58))
    days = Days(house, chain.ticket_id)
    await days.until(days.now + timedelta(hours=25))
    await open_question(house, chain.ticket_id, "NO_PROPOSALS")
    await booked(chain)
    follow_up = await the_day(days, chain)
    await days.until(at(6.5, 58))
    async with days.lived(chain) as there:
        await finished(there, follow_up, **days.said)

    happened = [what.removeprefix("visit.") for _, what in await chain.happened()]
    assert Counter(kind for kind in happened if kind in REPORTED) == REPORTED
    assert {e["reason"] for e in await shown(house, chain.ticket_id)} >= ASKED
    assert [e["state"] for e in await shown(house, chain.ticket_id) if not e["closed_at"]] == []
    told = chain.told()
    assert [told[once] for once in TOLD_ONCE] == [1] * len(TOLD_ONCE)
    runs = await runs_of(house.env.client, house.workflow(chain.ticket_id).id)
    for run in runs:
        trace = Trace()
        trace.add(run)
        print(len(run.events), trace.events.most_common())
    assert max(len(run.events) for run in runs) < LONGEST


async def the_day(days: Days, chain: Chain) -> str:
    """Nobody says that they know of it, the first one comes late and takes longer, the next one
    cannot come, and nobody opens for the last, who lacks a part when they are let in; the visit
    that follows."""
    await days.until(at(8.3))
    await rest(days.house, chain.ticket_id)
    async with days.lived(chain) as there:
        await there.says(there.pia, there.water, FactKind.ON_SITE, **days.said)
    await days.until(at(10.2))
    await open_question(days.house, chain.ticket_id, "OVERRUN", 2)
    async with days.lived(chain) as there:
        await overran(there, **days.said)
        await replaced(there, **days.said)
        asked = await shut_out(there, days.now.isoformat(), **days.said)
        await days.until(days.now + timedelta(minutes=16))
        await moved(there, asked)
    await days.until(at(11.8))
    async with days.lived(chain) as there:
        return await lacking_parts(there, eta_day=40, **days.said)
