"""When an expert is there, for the messages that say so and for whoever reads the ticket.

It is reckoned when such a message is looked at for the first time, a few seconds after its event,
and kept with it: whoever tells it again tells the same. No history has it, nor where the expert
was.
"""

from activities.gateways.travel.scouting import RECKONING, KnownWays
from models.db.engine import Database, Session
from models.db.message.expected import LATE, ON_THE_WAY, Awaited, awaited, expect, expected_of
from models.db.people.departures import Departure, departure
from models.people.route import Arrival, Origin
from models.rules.people.arriving import eta, left_at, sets_out_from, still_stands


class Arrivals:
    """Arrivals that customers wait for. Nobody waits for a map server: it is asked while the news
    settles, and what is known by then is used."""

    def __init__(self, database: Database, ways: KnownWays = RECKONING) -> None:
        self._database, self._ways = database, ways

    def seek(self, notification_id: str, template: str) -> None:
        """Have the way found out that a message will need."""
        if template not in (ON_THE_WAY, LATE):
            return
        with self._database.reading() as session:
            news = awaited(session, notification_id)
            for _, departs in _departures(session, news):
                assert news is not None, "nobody departs otherwise"
                self._ways.seek((_origin(departs, news).place, departs.place))

    def expected(self, notification_id: str, template: str) -> dict[str, str] | None:
        """The facts of a message with when the first who is on the way is there; None, if it tells
        of nobody of whom that can be said.

        Again after success: what was kept stays.
        """
        if template not in (ON_THE_WAY, LATE):
            return None
        with self._database.reading() as session:
            news = awaited(session, notification_id)
            if news is None or "eta" in news.facts:
                return news and news.facts
            found = [(e, self._arrival(session, news, e, d)) for e, d in _departures(session, news)]
        if not found:
            return None
        expert_id, arrival = min(found, key=lambda each: each[1].at)
        return expect(self._database, notification_id, expert_id, arrival)

    def _arrival(
        self, session: Session, news: Awaited, expert_id: str, departs: Departure
    ) -> Arrival:
        origin = _origin(departs, news)
        trip = self._ways.known(origin.place, departs.place)
        arrival = eta(left_at(origin, departs.seen, news.moment), origin, trip)
        if news.template != LATE:
            return arrival
        told = expected_of(session, news.ticket_id).get(news.visit_id, ())
        said = next((one for one in told if one.expert_id == expert_id), None)
        if said is None or not still_stands(said.at, origin, news.moment):
            return arrival
        known = trip.but(source=said.source, server=said.server)
        return arrival.but(at=said.at, trip=known)


def _departures(session: Session, news: Awaited | None) -> list[tuple[str, Departure]]:
    if news is None:
        return []
    found = ((e, departure(session, news.visit_id, e)) for e in news.expert_ids)
    return [(expert_id, departs) for expert_id, departs in found if departs is not None]


def _origin(departs: Departure, news: Awaited) -> Origin:
    return sets_out_from(departs.home, departs.previous, departs.seen, news.moment)
