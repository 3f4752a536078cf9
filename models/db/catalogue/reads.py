"""Reference data, read as a whole and cached by those who ask."""

from typing import TypeVar

from sqlalchemy import Select, func, literal, select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, SQLModel, col

from models.base import Value
from models.catalogue.nouns import ApplianceCategory, ApplianceModel, Skill, SupportPlan
from models.db.catalogue.tables import CategoryRow, ModelRow, PlanRow, SkillRow, ZoneRow
from models.db.columns import plain
from models.money.amount import Currency
from models.promise.sla import BusinessHours
from models.recorded import Recorded

Row = TypeVar("Row", bound=SQLModel)


class ServiceArea(Value):
    """A zone: its middle on the map, its tariff in minor units of its currency, its hours."""

    code: str
    city: str
    country: str
    tz: str
    currency: Recorded[Currency]
    lat: float
    lng: float
    address_mask: str
    call_out_fee: int
    hourly_rate: int
    urgent_fee: int
    hours: BusinessHours


class ReferenceReads:
    """Skills, categories, models, plans and zones."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @staticmethod
    def probe(session: Session) -> None:
        """Ask for nothing: whether the database answers."""
        session.execute(select(literal(1)))

    def skills(self, after: str | None = None, limit: int | None = None) -> list[Skill]:
        """Every skill, by code; or so many, after a code."""
        rows = self._session.scalars(_some(SkillRow, col(SkillRow.code), after, limit))
        return [Skill.model_validate(row, from_attributes=True) for row in rows]

    def categories(
        self, after: str | None = None, limit: int | None = None
    ) -> list[ApplianceCategory]:
        """Every category, by code; or so many, after a code."""
        rows = self._session.scalars(_some(CategoryRow, col(CategoryRow.code), after, limit))
        return [ApplianceCategory.model_validate(row, from_attributes=True) for row in rows]

    def plans(self, after: str | None = None, limit: int | None = None) -> list[SupportPlan]:
        """Every plan, by id; or so many, after an id."""
        rows = self._session.scalars(_some(PlanRow, col(PlanRow.id), after, limit))
        return [_plan(row) for row in rows]

    def zones(self, after: str | None = None, limit: int | None = None) -> list[ServiceArea]:
        """Every zone, by code; or so many, after a code."""
        rows = self._session.scalars(_some(ZoneRow, col(ZoneRow.code), after, limit))
        return [ServiceArea.model_validate(row, from_attributes=True) for row in rows]

    def zone(self, code: str) -> ServiceArea | None:
        """A zone."""
        row = self._session.get(ZoneRow, code)
        return None if row is None else ServiceArea.model_validate(row, from_attributes=True)

    def has_model(self, model_id: str) -> bool:
        """Whether there is a model of that id."""
        return self._session.get(ModelRow, model_id) is not None

    def model_named(self, name: str) -> ApplianceModel | None:
        """The model of that brand and designation, but for case, blanks and marks."""
        known = plain(col(ModelRow.brand) + " " + col(ModelRow.designation))
        query = select(ModelRow).where(known == plain(literal(name))).order_by(col(ModelRow.id))
        row = self._session.scalars(query.limit(1)).one_or_none()
        return None if row is None else ApplianceModel.model_validate(row, from_attributes=True)

    def model(self, model_id: str) -> ApplianceModel | None:
        """A model."""
        row = self._session.get(ModelRow, model_id)
        return None if row is None else ApplianceModel.model_validate(row, from_attributes=True)

    def models(self, words: str | None, after: str | None, limit: int) -> list[ApplianceModel]:
        """Models whose brand and designation hold all of the words, by id, after an id."""
        query = select(ModelRow).order_by(col(ModelRow.id)).limit(limit)
        if after:
            query = query.where(col(ModelRow.id) > after)
        for word in (words or "").split():
            name = func.lower(col(ModelRow.brand) + " " + col(ModelRow.designation))
            query = query.where(name.contains(word.lower(), autoescape=True))
        rows = self._session.scalars(query)
        return [ApplianceModel.model_validate(row, from_attributes=True) for row in rows]

    def all_models(self) -> list[ApplianceModel]:
        """Every model."""
        rows = self._session.scalars(select(ModelRow))
        return [ApplianceModel.model_validate(row, from_attributes=True) for row in rows]

    def has_plan(self, plan_id: str) -> bool:
        """Whether there is a plan of that id."""
        return self._session.get(PlanRow, plan_id) is not None


def _some(table: type[Row], name: Mapped[str], after: str | None, limit: int | None) -> Select[Row]:
    query = select(table).order_by(name).limit(limit)
    return query.where(name > after) if after else query


def _plan(row: PlanRow) -> SupportPlan:
    # As the file says it: no categories at all would be a slip of the pen.
    return SupportPlan.model_validate(row.model_dump() | {"categories": row.categories or "all"})
