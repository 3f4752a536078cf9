"""Which experts are near, and have what it takes: one statement, however many there are."""

from sqlmodel import Session

from models.geography import EARTH_KM
from models.people.expert import ExpertStatus
from models.people.finding import Found, Sought
from models.rules.people.arriving import FRESH
from models.visit import AssignmentState as S

_MAY_WORK = tuple(s.value for s in ExpertStatus if s.may_work)
_UNDER_WAY = (S.ON_SITE.value, S.WORKING.value)
_TODAY = "date_trunc('day', %(now)s::timestamptz at time zone e.tz)"


def _km(lat: str, lng: str, to: str) -> str:
    """The great-circle distance to a point whose degrees are the parameters `<to>_lat` and
    `<to>_lng`, in kilometres; null where there is no such point."""
    here, there = f"radians(%({to}_lat)s::float8)", f"radians({lat})"
    cosine = (
        f"sin({here}) * sin({there}) + cos({here}) * cos({there})"
        f" * cos(radians({lng} - %({to}_lng)s::float8))"
    )
    return f"{EARTH_KM} * acos(greatest(-1.0, least(1.0, {cosine})))"


_FIND = f"""with wanted as (
    select e.id, e.name, e.status, e.zone, p.lat p_lat, p.lng p_lng, v.lat v_lat, v.lng v_lng,
        coalesce(p.lat, v.lat, e.lat) lat, coalesce(p.lng, v.lng, e.lng) lng
    from experts e
    left join expert_positions p
        on p.expert_id = e.id and p.seen_at >= %(now)s::timestamptz - %(fresh)s::interval
    left join lateral (
        select lat, lng from assignments a
        where a.expert_id = e.id and p.lat is null and %(near_lat)s::float8 is not null
        and a.state in {(*_UNDER_WAY, S.DONE.value)}
        and a.start_at >= {_TODAY} at time zone e.tz
        and a.start_at < ({_TODAY} + interval '1 day') at time zone e.tz
        order by a.state = '{S.DONE}', a.start_at desc limit 1) v on true
    where (%(zone)s::text is null or e.zone = %(zone)s)
    and (cardinality(%(skills)s::text[]) = 0 or e.id in (
        select expert_id from expert_skills
        where skill = any(%(skills)s) and (expires_at is null or expires_at > %(now)s)
        group by expert_id having count(*) = cardinality(%(skills)s::text[])))
    and (cardinality(%(tools)s::text[]) = 0 or e.id in (
        select expert_id from expert_tools where tool = any(%(tools)s)
        group by expert_id having count(*) = cardinality(%(tools)s::text[])))
    and (%(area_zone)s::text is null or (
        e.status in {_MAY_WORK}
        and (e.zone = %(area_zone)s or {_km("e.lat", "e.lng", "area")} <= e.radius_km)
        and e.id in (
            select s.expert_id from expert_skills s
            join unnest(%(codes)s::text[], %(levels)s::int[]) needed(code, level)
            on s.skill = needed.code and s.level >= needed.level
            where s.expires_at is null
            or (s.expires_at > %(now)s and s.expires_at >= %(until)s::timestamptz))))
), reckoned as (
    select id, name, status, zone,
        case when p_lat is not null then 'position' when v_lat is not null then 'visit'
            else 'home' end origin,
        coalesce(round(({_km("round(lat::numeric, 2)", "round(lng::numeric, 2)", "near")})::numeric,
            1), 0) km
    from wanted
), page as (
    select * from reckoned
    where (%(within_km)s::int is null or km <= %(within_km)s)
    and (%(after_km)s::numeric is null or (km, id) > (%(after_km)s::numeric, %(after_id)s))
    order by km, id limit %(limit)s
)
select jsonb_build_object(
    'id', id, 'name', name, 'status', status, 'zone', zone,
    'km', case when %(near_lat)s::float8 is null then null else km end,
    'origin', case when %(near_lat)s::float8 is null then null else origin end,
    'skills', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'code', skill, 'level', level, 'expires_at', expires_at) order by skill), '[]')
        from expert_skills where expert_id = page.id),
    'tools', (
        select coalesce(jsonb_agg(tool order by tool collate "C"), '[]')
        from expert_tools where expert_id = page.id))
from page order by km, id"""  # noqa: S608, our own words
"""Where somebody is taken to be is rounded to a hundredth of a degree, about a kilometre: nobody
finds a home, or a position, by asking from many sides how far it is."""


class ExpertFinder:
    """Looks for experts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, sought: Sought, after: tuple[float, str] | None, limit: int) -> list[Found]:
        """The nearest of those who are looked for, after a distance and id; by their ids alone,
        where no place was named."""
        near, area = sought.near, sought.area
        asked = {
            **sought.model_dump(include={"now", "zone", "within_km", "area_zone"}),
            "fresh": FRESH,
            "skills": sorted(set(sought.skills)),
            "tools": sorted(set(sought.tools)),
            "near_lat": near.lat if near else None,
            "near_lng": near.lng if near else None,
            "area_lat": area.lat if area else None,
            "area_lng": area.lng if area else None,
            "codes": [p.skill for p in sought.positions],
            "levels": [p.min_level for p in sought.positions],
            "until": sought.until or sought.now,
            "after_km": after[0] if after else None,
            "after_id": after[1] if after else "",
            "limit": limit,
        }
        found = self._session.connection().exec_driver_sql(_FIND, asked)
        return [Found.model_validate(one) for one in found.scalars()]
