"""Reference data, read as a whole and cached by those who ask."""

from datetime import timedelta

from pydantic import TypeAdapter
from sqlalchemy import Table, func, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, SQLModel, col

from models.catalogue.nouns import Customer, Expert, ReferenceData
from models.db.catalogue.tables import CategoryRow, ModelRow, PlanRow, PolicyRow, SkillRow, ZoneRow
from models.db.people.tables import CustomerRow, ExpertRow, ExpertSkillRow, SubscriptionRow
from models.identity import derived_id
from models.promise.policy import Policies
from models.rules.promise.policies import policies_of
from models.ticket import Urgency

_POLICY: TypeAdapter[timedelta | bool] = TypeAdapter(timedelta | bool)


class ReferenceRepository:
    """Skills, categories, models, plans, zones and policies."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def load_missing(self, reference: ReferenceData) -> int:
        """Put in what is not there yet; what a person changed stays. Answers how much was new."""
        rows: list[SQLModel] = [
            *(SkillRow(**s.model_dump()) for s in reference.skills),
            *(
                CategoryRow(
                    **c.model_dump(exclude={"skills"}), skills=[s.model_dump() for s in c.skills]
                )
                for c in reference.categories
            ),
            *(ModelRow(**m.model_dump()) for m in reference.models),
            *(PlanRow(**p.model_dump(mode="json")) for p in reference.plans),
            *(
                ZoneRow(
                    **z.model_dump(mode="json", exclude={"centre", "tariff", "hours"}),
                    **z.centre.model_dump(),
                    **z.tariff.model_dump(),
                    hours=z.hours.of(z.tz).model_dump(mode="json"),
                )
                for z in reference.zones
            ),
        ]
        for expert in reference.experts:
            rows += _expert_rows(expert)
        for customer in reference.customers:
            rows += _customer_rows(customer)
        return sum(self._add_if_missing(row) for row in rows)

    @staticmethod
    def probe(session: Session) -> None:
        """Ask for nothing: whether the database answers."""
        session.execute(select(literal(1)))

    def zone(self, code: str) -> ZoneRow | None:
        """A zone."""
        return self._session.get(ZoneRow, code)

    def category(self, code: str) -> CategoryRow | None:
        """A category."""
        return self._session.get(CategoryRow, code)

    def model(self, model_id: str) -> ModelRow | None:
        """A model."""
        return self._session.get(ModelRow, model_id)

    def plan(self, plan_id: str) -> PlanRow | None:
        """A plan."""
        return self._session.get(PlanRow, plan_id)

    def policies(self, urgency: Urgency) -> Policies:
        """The durations in force for tickets of an urgency."""
        rows = self._session.scalars(select(PolicyRow).where(col(PolicyRow.urgency) == urgency))
        return policies_of(urgency, {row.name: row.value for row in rows})

    def set_policy(self, name: str, urgency: Urgency, value: timedelta | bool) -> None:
        """Change a policy for tickets that are opened from now on."""
        text = _POLICY.dump_json(value).decode().strip('"')
        self._session.execute(
            upsert(PolicyRow)
            .values(name=name, urgency=urgency, value=text)
            .on_conflict_do_update(index_elements=["name", "urgency"], set_={"value": text})
        )

    def skills(self) -> list[SkillRow]:
        """Every skill, by code."""
        return list(self._session.scalars(select(SkillRow).order_by(SkillRow.code)))

    def categories(self) -> list[CategoryRow]:
        """Every category, by code."""
        return list(self._session.scalars(select(CategoryRow).order_by(CategoryRow.code)))

    def plans(self) -> list[PlanRow]:
        """Every plan, by id."""
        return list(self._session.scalars(select(PlanRow).order_by(PlanRow.id)))

    def zones(self) -> list[ZoneRow]:
        """Every zone, by code."""
        return list(self._session.scalars(select(ZoneRow).order_by(ZoneRow.code)))

    def models(self, words: str | None, after: str | None, limit: int) -> list[ModelRow]:
        """Models whose brand and designation hold all of the words, by id, after an id."""
        query = select(ModelRow).order_by(col(ModelRow.id)).limit(limit)
        if after:
            query = query.where(col(ModelRow.id) > after)
        for word in (words or "").split():
            name = func.lower(col(ModelRow.brand) + " " + col(ModelRow.designation))
            query = query.where(name.contains(word.lower(), autoescape=True))
        return list(self._session.scalars(query))

    def add_model(self, model: ModelRow) -> None:
        """Put a model in; one of that id stays as it is."""
        self._add_if_missing(model)

    def all_models(self) -> list[ModelRow]:
        """Every model."""
        return list(self._session.scalars(select(ModelRow)))

    def _add_if_missing(self, row: SQLModel) -> int:
        values = row.model_dump(exclude={"expert_no"})
        table: Table = type(row).__table__  # type: ignore[attr-defined]
        new = self._session.execute(
            upsert(table).values(values).on_conflict_do_nothing().returning(literal(1))
        )
        return len(new.all())


def _expert_rows(expert: Expert) -> list[SQLModel]:
    person = expert.model_dump(mode="json", exclude={"home", "skills"})
    return [
        ExpertRow(**person, **expert.home.model_dump()),
        *(
            ExpertSkillRow(expert_id=expert.id, skill=code, level=level)
            for code, level in expert.skills.items()
        ),
    ]


def _customer_rows(customer: Customer) -> list[SQLModel]:
    person = customer.model_dump(mode="json", exclude={"address", "place", "subscriptions"})
    return [
        CustomerRow(**person, **customer.address.model_dump(), **customer.place.model_dump()),
        *(
            SubscriptionRow(
                id=derived_id("sub", customer.id, s.plan),
                customer_id=customer.id,
                plan_id=s.plan,
                status=s.status,
                anchor_day=s.anchor_day,
                started_on=s.started_on,
            )
            for s in customer.subscriptions
        ),
    ]
