"""A day of an expert's, gathered and planned."""

import asyncio
from datetime import date, datetime

from api.http import asking
from api.http.services import Services
from api.people.knowing import known
from models.db.engine import Session
from models.db.market.days import Gathered, write_down
from models.db.market.days import gathered as gathered_for
from models.people.route import Route
from models.rules.people.routing import planned

FOR_MAPS = 1.1
"""Seconds that a reader waits for the map servers at the most; then ways are reckoned."""
FOR_US = 0.3
"""Seconds that are left for the rest of the answer."""


def gathered(session: Session, expert_id: str, asked: date | None, now: datetime) -> Gathered:
    """A day of an expert's, today if none is named, where they live.

    Raises:
        NotFound: `expert-unknown`.
    """
    return gathered_for(session, known(session, expert_id), asked, now)


async def route_of(services: Services, found: Gathered) -> Route:
    """The route of a day, written down if it is another than before. No map server is waited for
    longer than a moment."""
    sheet = found.sheet
    ways = await services.travel.between(sheet.places, asking.rest(FOR_MAPS + FOR_US) - FOR_US)
    route = await asyncio.to_thread(planned, sheet, ways)

    def write(session: Session) -> None:
        write_down(session, found, route)

    await services.reads.settle(write)
    return route
