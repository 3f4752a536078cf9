"""Experts and customers, and who of them could come."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Float, Select, bindparam, func, or_, select, text
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from models.db.people.tables import CustomerRow, ExpertRow, ExpertSkillRow
from models.geography import EARTH_KM, Precision, Spot
from models.message.notification import MessageChannel, Stop
from models.people.customer import Customer
from models.people.expert import Expert, ExpertFile, ExpertStatus
from models.rules.message.reaching import stops_of

Degrees = float | ColumnElement[float]


EXPERT = """jsonb_build_object(
    'id', e.id, 'status', e.status, 'zone', e.zone, 'radius_km', e.radius_km,
    'home', jsonb_build_object('lat', e.lat, 'lng', e.lng),
    'skills', (
        select coalesce(jsonb_agg(jsonb_build_object(
            'code', skill, 'level', level, 'expires_at', expires_at) order by skill), '[]')
        from expert_skills where expert_id = e.id))"""
"""A row `e` of experts as matching knows it."""
_ONE_EXPERT = f"select {EXPERT} from experts e where e.id = %(id)s"  # noqa: S608, our own words
_ONE_FILE = f"""select
    {EXPERT} || jsonb_build_object('name', e.name, 'tz', e.tz), e.phone, e.email, e.opted_out
from experts e where e.id = %(id)s"""  # noqa: S608, our own words

_NO_SHOWS = text("""select count(*) from tickets t join events e on e.ticket_id = t.id
    where t.customer_id = :customer_id and e.type = 'visit.no_show'""")


class Contact(NamedTuple):
    """Somebody, and how they are reached."""

    name: str
    phone: str
    email: str


class PeopleReads:
    """Who works for us, and for whom we work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def customer(self, customer_id: str) -> Customer | None:
        """A customer's file."""
        row = self._session.get(CustomerRow, customer_id)
        if row is None:
            return None
        return Customer(
            **row.model_dump(exclude={"lat", "lng", "precision", *_OF_PREFERENCES}),
            place=Spot(lat=row.lat, lng=row.lng, precision=Precision(row.precision)),
            opted_out=_stops(row.opted_out, row.phone, row.email),
        )

    def no_shows(self, customer_id: str) -> int:
        """For how many visits a customer was not there."""
        counted: int = self._session.execute(_NO_SHOWS, {"customer_id": customer_id}).scalar_one()
        return counted

    def expert(self, expert_id: str) -> Expert | None:
        """An expert as matching knows them."""
        known = self._one(_ONE_EXPERT, expert_id)
        return Expert.model_validate(known[0]) if known else None

    def expert_file(self, expert_id: str) -> ExpertFile | None:
        """An expert as the helpdesk keeps them."""
        known = self._one(_ONE_FILE, expert_id)
        if known is None:
            return None
        file, phone, email, opted_out = known
        return ExpertFile.model_validate({**file, "opted_out": _stops(opted_out, phone, email)})

    def contacts(self, expert_ids: Collection[str]) -> dict[str, Contact]:
        """How to reach experts, by id; whoever is gone is left out."""
        found = self._session.execute(
            select(
                col(ExpertRow.id), col(ExpertRow.name), col(ExpertRow.phone), col(ExpertRow.email)
            ).where(col(ExpertRow.id).in_(expert_ids))
        )
        return {expert_id: Contact(*reached) for expert_id, *reached in found}

    def who_could_come(
        self, skills: Sequence[str], zone: str, place: Spot, now: datetime
    ) -> list[str]:
        """The ids of the experts who may propose themselves for one of the skills at a place, who
        lives nearest first."""
        asked = {"skills": skills, "zone": zone, "now": now, "lat": place.lat, "lng": place.lng}
        return list(self._session.scalars(_could_come(), asked))

    def _one(self, question: str, expert_id: str) -> Any:
        return self._session.connection().exec_driver_sql(question, {"id": expert_id}).first()


_OF_PREFERENCES = ("opted_out", "declined", "quiet_hours")


def _stops(opted_out: dict[str, Any], phone: str, email: str) -> tuple[Stop, ...]:
    return stops_of(opted_out, {MessageChannel.SMS: phone, MessageChannel.EMAIL: email})


@cache
def _could_come() -> Select[str]:
    # To put it together takes longer than to ask it, and every ticket asks.
    away = great_circle(
        col(ExpertRow.lat), col(ExpertRow.lng), bindparam("lat", type_=Float), bindparam("lng")
    )
    return (
        select(col(ExpertRow.id))
        .join(ExpertSkillRow, col(ExpertSkillRow.expert_id) == col(ExpertRow.id))
        .where(
            col(ExpertSkillRow.skill).in_(bindparam("skills", expanding=True)),
            or_(
                col(ExpertSkillRow.expires_at).is_(None),
                col(ExpertSkillRow.expires_at) > bindparam("now"),
            ),
            col(ExpertRow.status).in_([s for s in ExpertStatus if s.may_work]),
            or_(col(ExpertRow.zone) == bindparam("zone"), away <= col(ExpertRow.radius_km)),
        )
        .group_by(col(ExpertRow.id))
        .order_by(away, col(ExpertRow.id))
    )


def great_circle(
    lat: Mapped[Any], lng: Mapped[Any], to_lat: Degrees, to_lng: Degrees
) -> ColumnElement[float]:
    """The great-circle distance of a point in a row from a fixed one, in kilometres."""
    here, there = func.radians(to_lat), func.radians(lat)
    cosine = func.sin(here) * func.sin(there) + func.cos(here) * func.cos(there) * func.cos(
        func.radians(lng - to_lng)
    )
    return EARTH_KM * func.acos(func.greatest(-1.0, func.least(1.0, cosine)))
