"""Ways as map servers said them, for whoever decides: every process writes down what it was
answered, and each reads what any of them knows (docs/rules/routes.md, Travel times)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json

from models.base import Value
from models.db.engine import Database, Session
from models.people.travel import Leg, SaidWays, TravelSource, Trip

BELIEVED = timedelta(days=30)
"""Roads change slowly, and whoever uses a way has it asked for again."""
_FOUND = """select coalesce(jsonb_object_agg(
    concat_ws(' ', from_lat, from_lng, to_lat, to_lng),
    jsonb_build_object('lasts', w.minutes * 60, 'source', w.source, 'server', w.server)
    order by w.server desc), '{}')
from unnest(%(from_lat)s::int[], %(from_lng)s::int[], %(to_lat)s::int[], %(to_lng)s::int[])
    asked(from_lat, from_lng, to_lat, to_lng)
join ways w using (from_lat, from_lng, to_lat, to_lng)
where w.answered_at > now() - %(believed)s::interval
and (w.server > 1 or not exists (
    select from flags where key = 'maps.primary'
    and (not (rollout ->> 'on')::bool or (rollout ->> 'percent')::int = 0)))"""
"""Of several who know a way, the first of the chain is believed: the last of a name stays."""
_WRITTEN = """insert into ways (
    from_lat, from_lng, to_lat, to_lng, server, source, minutes, answered_at)
select from_lat, from_lng, to_lat, to_lng, server, source, minutes, now()
from jsonb_to_recordset(%(said)s::jsonb) as s(from_lat int, from_lng int, to_lat int, to_lng int,
    server smallint, source text, minutes int)
order by from_lat, from_lng, to_lat, to_lng
on conflict (from_lat, from_lng, to_lat, to_lng, server) do update set
    source = excluded.source, minutes = excluded.minutes, answered_at = excluded.answered_at
returning 1"""
"""In one order: of two who write the same, one waits, and neither for the other."""
_SWEPT = "delete from ways where answered_at < now() - %(believed)s::interval"

_SAID: TypeAdapter[dict[str, Trip]] = TypeAdapter(dict[str, Trip])
_MINUTE = timedelta(minutes=1)


class Heard(Value):
    """What a server of the chain said of a way."""

    from_lat: int
    from_lng: int
    to_lat: int
    to_lng: int
    server: int
    source: TravelSource
    minutes: int


def heard(leg: Leg, trip: Trip) -> Heard:
    """A way that a map server answered, to be written down."""
    (from_lat, from_lng), (to_lat, to_lng) = leg[0].point, leg[1].point
    assert trip.server is not None, "nobody said it"
    return Heard(
        from_lat=from_lat,
        from_lng=from_lng,
        to_lat=to_lat,
        to_lng=to_lng,
        server=trip.server,
        source=trip.source,
        minutes=trip.lasts // _MINUTE,
    )


class WayBook:
    """What map servers said, as it is written down; each call is a unit of work by itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, said: Sequence[tuple[Leg, Trip]]) -> None:
        """Write down what was answered just now. Written again, it is there once."""
        rows = {(h.from_lat, h.from_lng, h.to_lat, h.to_lng): h for h in (heard(*s) for s in said)}
        if rows:
            self._database.at_once(_WRITTEN, {"said": to_json(list(rows.values())).decode()})

    def said(self, legs: Sequence[Leg]) -> SaidWays:
        """What is known of ways."""
        if not legs:
            return {}
        return _SAID.validate_python(self._database.at_once(_FOUND, _asked(legs)))

    def sweep(self) -> None:
        """Forget what is not believed any more."""
        with self._database.unit_of_work() as session:
            session.connection().exec_driver_sql(_SWEPT, {"believed": BELIEVED})


def said_of(session: Session, legs: Sequence[Leg]) -> SaidWays:
    """What is known of ways, in a transaction of the caller's."""
    if not legs:
        return {}
    found = session.connection().exec_driver_sql(_FOUND, _asked(legs)).scalar()
    return _SAID.validate_python(found)


def _asked(legs: Sequence[Leg]) -> Mapping[str, Any]:
    points = [(*a.point, *b.point) for a, b in legs]
    names = ("from_lat", "from_lng", "to_lat", "to_lng")
    columns = zip(*points, strict=True)
    return {**{n: list(c) for n, c in zip(names, columns, strict=True)}, "believed": BELIEVED}
