"""Experts and customers."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, bindparam, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from models.db.people.tables import CustomerRow, ExpertRow, ExpertSkillRow, SubscriptionRow
from models.geography import EARTH_KM, Spot
from models.people.expert import Expert, ExpertStatus

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


class PeopleRepository:
    """Who works for us, and for whom we work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def customer(self, customer_id: str) -> CustomerRow | None:
        """A customer."""
        return self._session.get(CustomerRow, customer_id)

    def keep_customer(self, customer: CustomerRow) -> None:
        """Put a customer's file in, in the place of an earlier one."""
        self._session.merge(customer)

    def subscriptions(self, customer_id: str) -> list[SubscriptionRow]:
        """The plans that a customer holds or held, oldest first."""
        return list(
            self._session.scalars(
                select(SubscriptionRow)
                .where(col(SubscriptionRow.customer_id) == customer_id)
                .order_by(col(SubscriptionRow.started_on), col(SubscriptionRow.id))
            )
        )

    def expert_row(self, expert_id: str) -> ExpertRow | None:
        """An expert with their personal data."""
        return self._session.get(ExpertRow, expert_id)

    def expert(self, expert_id: str) -> Expert | None:
        """An expert as matching knows them."""
        known = self._session.connection().exec_driver_sql(_ONE_EXPERT, {"id": expert_id}).first()
        return Expert.model_validate(known[0]) if known else None

    def who_could_come(
        self, skills: Sequence[str], zone: str, place: Spot, now: datetime
    ) -> list[str]:
        """The ids of the experts who may propose themselves for one of the skills at a place."""
        asked = {"skills": skills, "zone": zone, "now": now, "lat": place.lat, "lng": place.lng}
        return list(self._session.scalars(_could_come(), asked))


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
        .distinct()
        .order_by(col(ExpertRow.id))
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
