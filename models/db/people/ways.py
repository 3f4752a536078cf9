# ruff: noqa: S608, names of tables and columns are ours; values travel as parameters.
"""Ways as map servers said them, for whoever decides: every process writes down what it was
answered, and each reads what any of them knows (docs/rules/routes.md, Travel times)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from pydantic import TypeAdapter
from pydantic_core import to_json

from models.base import Value
from models.db.engine import Database, Session
from models.geography import Spot
from models.people.travel import Leg, SaidWays, TravelSource, Trip, legs_among

BELIEVED = timedelta(days=30)
"""Roads change slowly, and whoever uses a way has it asked for again."""
_SAID = """coalesce(jsonb_object_agg(
    concat_ws(' ', from_lat, from_lng, to_lat, to_lng),
    jsonb_build_object('lasts', w.minutes * 60, 'source', w.source, 'server', w.server)
    order by w.server desc), '{}')"""
"""Of several who know a way, the first of the chain is believed: the last of a name stays."""
_BELIEVED = f"""w.answered_at > now() - interval '{BELIEVED.days} days'
    and (w.server > 1 or not exists (
        select from flags where key = 'maps.primary'
        and (not (rollout ->> 'on')::bool or (rollout ->> 'percent')::int = 0)))"""
_AMONG = f"""select {_SAID}
from unnest(%(from_lat)s::int[], %(from_lng)s::int[], %(to_lat)s::int[], %(to_lng)s::int[])
    asked(from_lat, from_lng, to_lat, to_lng)
join ways w using (from_lat, from_lng, to_lat, to_lng) where {_BELIEVED}"""
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
_SWEPT = f"delete from ways where answered_at < now() - interval '{BELIEVED.days} days'"

_WAYS: TypeAdapter[dict[str, Trip]] = TypeAdapter(dict[str, Trip])
_MINUTE = timedelta(minutes=1)


def around(lat: str, lng: str) -> str:
    """What is known of the ways to and from a place, whoever asked, as a value of SQL. `lat` and
    `lng` say the place in degrees; null, where it is not exact."""
    here = f"(round({lat} * 10000)::int, round({lng} * 10000)::int)"
    return f"""(select {_SAID} from (
        select * from ways where (from_lat, from_lng) = {here}
        union all select * from ways where (to_lat, to_lng) = {here}) w where {_BELIEVED})"""


_AROUND = f"select {around('%(lat)s::float8', '%(lng)s::float8')}"


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

    def sweep(self) -> None:
        """Forget what is not believed any more."""
        with self._database.unit_of_work() as session:
            session.connection().exec_driver_sql(_SWEPT)


def said_around(session: Session, place: Spot) -> SaidWays:
    """What is known of the ways to and from a place."""
    if not place.is_exact:
        return {}
    asked = {"lat": place.lat, "lng": place.lng}
    found = session.connection().exec_driver_sql(_AROUND, asked).scalar()
    return _WAYS.validate_python(found)


def said_among(session: Session, places: Iterable[Spot]) -> SaidWays:
    """What is known of the ways between all of some places."""
    points = [(*a.point, *b.point) for a, b in legs_among(places)]
    if not points:
        return {}
    names = ("from_lat", "from_lng", "to_lat", "to_lng")
    asked = {n: list(c) for n, c in zip(names, zip(*points, strict=True), strict=True)}
    found = session.connection().exec_driver_sql(_AMONG, asked).scalar()
    return _WAYS.validate_python(found)
