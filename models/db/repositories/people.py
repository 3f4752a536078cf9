"""Experts and customers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from models.db.tables.people import CustomerRow, ExpertRow, ExpertSkillRow, SubscriptionRow
from models.expert import Expert, ExpertStatus
from models.matching import HeldSkill
from models.rules.geography import EARTH_KM, Spot


class PeopleRepository:
    """Who works for us, and for whom we work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def customer(self, customer_id: str) -> CustomerRow | None:
        """A customer."""
        return self._session.get(CustomerRow, customer_id)

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
        """An expert with his personal data."""
        return self._session.get(ExpertRow, expert_id)

    def expert(self, expert_id: str) -> Expert | None:
        """An expert as matching knows him."""
        return next(iter(self.experts([expert_id])), None)

    def experts(self, expert_ids: Sequence[str]) -> list[Expert]:
        """Experts as matching knows them, by id."""
        skills: dict[str, list[HeldSkill]] = {}
        for held in self._session.scalars(
            select(ExpertSkillRow).where(col(ExpertSkillRow.expert_id).in_(expert_ids))
        ):
            skills.setdefault(held.expert_id, []).append(
                HeldSkill(code=held.skill, level=held.level, expires_at=held.expires_at)
            )
        rows = self._session.scalars(
            select(ExpertRow).where(col(ExpertRow.id).in_(expert_ids)).order_by(col(ExpertRow.id))
        )
        return [
            Expert(
                id=row.id,
                status=ExpertStatus(row.status),
                zone=row.zone,
                home=Spot(lat=row.lat, lng=row.lng),
                radius_km=row.radius_km,
                skills=tuple(skills.get(row.id, ())),
            )
            for row in rows
        ]

    def who_could_come(
        self, skills: Sequence[str], zone: str, place: Spot, now: datetime
    ) -> list[str]:
        """The ids of the experts who may propose themselves for one of the skills at a place."""
        return list(
            self._session.scalars(
                select(col(ExpertRow.id))
                .join(ExpertSkillRow, col(ExpertSkillRow.expert_id) == col(ExpertRow.id))
                .where(
                    col(ExpertSkillRow.skill).in_(skills),
                    or_(
                        col(ExpertSkillRow.expires_at).is_(None),
                        col(ExpertSkillRow.expires_at) > now,
                    ),
                    col(ExpertRow.status).in_([s for s in ExpertStatus if s.may_work]),
                    or_(
                        col(ExpertRow.zone) == zone,
                        great_circle(col(ExpertRow.lat), col(ExpertRow.lng), place.lat, place.lng)
                        <= col(ExpertRow.radius_km),
                    ),
                )
                .distinct()
                .order_by(col(ExpertRow.id))
            )
        )


def great_circle(
    lat: Mapped[Any], lng: Mapped[Any], to_lat: float, to_lng: float
) -> ColumnElement[float]:
    """The great-circle distance of a point in a row from a fixed one, in kilometres."""
    here, there = func.radians(to_lat), func.radians(lat)
    cosine = func.sin(here) * func.sin(there) + func.cos(here) * func.cos(there) * func.cos(
        func.radians(lng - to_lng)
    )
    return EARTH_KM * func.acos(func.greatest(-1.0, func.least(1.0, cosine)))
