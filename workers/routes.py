"""Writing down routes when what stands on a day changes, whether or not anybody reads them
(docs/rules/routes.md, The route)."""

import asyncio
from datetime import UTC, datetime
from functools import partial

import structlog

from activities.gateways.travel.scouting import RECKONING, KnownWays
from models.db.engine import Database
from models.db.market.days import Gathered, gathered, write_down
from models.db.people.reads import PeopleReads
from models.db.people.route_changes import ChangedDay, changed_days, taken_up
from models.db.people.ways import said_among
from models.people.travel import SaidWays, Ways, as_said
from models.rules.people.routing import planned
from workers.looking import keep_looking

PAUSE_SECONDS = 1.0
MOST = 200
"""Marks in one look; the next one has the rest."""

log = structlog.get_logger()


class Routes:
    """Looks every second. Several may: a route that is written down twice is there once. Nobody
    waits for a map server; it is asked for whoever looks next."""

    def __init__(self, database: Database, ways: KnownWays = RECKONING) -> None:
        self._database, self._ways = database, ways

    async def keep(self) -> None:
        """Look until cancelled; what cannot be written down now is, the next time."""
        await keep_looking(partial(asyncio.to_thread, self.look), PAUSE_SECONDS, "routes_blind")

    def look(self) -> int:
        """Look once; how many days had changed."""
        with self._database.reading() as session:
            found = changed_days(session, MOST)
        for changed in found:
            self._write_down(changed, datetime.now(UTC))
        return len(found)

    def _write_down(self, changed: ChangedDay, now: datetime) -> None:
        """A mark goes in the step that writes down the route that it asked for."""
        with self._database.reading() as session:
            file = PeopleReads(session).expert_file(changed.expert_id)
            found = gathered(session, file, changed.day, now) if file else None
            ways = self._known(found, said_among(session, found.sheet.places)) if found else ()
        route = planned(found.sheet, ways) if found else None
        with self._database.unit_of_work() as session:
            if found is not None and route is not None:
                write_down(session, found, route)
            taken_up(session, changed)

    def _known(self, found: Gathered, said: SaidWays) -> Ways:
        places = found.sheet.places
        self._ways.seek(places)
        return [[as_said(a, b, said) for b in places] for a in places]
