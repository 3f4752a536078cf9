"""Reference data as it is loaded, and what a person changes of it."""

from collections.abc import Container, Sequence

from sqlalchemy import Table, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, SQLModel, col

from models.catalogue.nouns import ApplianceModel, Customer, Expert, ReferenceData
from models.db.catalogue.tables import CategoryRow, ModelRow, PlanRow, SkillRow, ZoneRow
from models.db.people.tables import CustomerRow, ExpertRow, ExpertSkillRow, SubscriptionRow
from models.db.tables import EventRow
from models.events.people import ExpertSkillDropped
from models.identity import derived_id

_AT_ONCE = 1000
"""Rows of one statement."""


class ReferenceRepository:
    """Skills, categories, models, plans and zones."""

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
        taken = self._taken_skills([e.id for e in reference.experts])
        for expert in reference.experts:
            rows += _expert_rows(expert, taken)
        for customer in reference.customers:
            rows += _customer_rows(customer)
        return sum(self._add_if_missing(row) for row in rows)

    def add_model(self, model: ApplianceModel) -> None:
        """Put a model in; one of that id stays as it is."""
        self._add_if_missing(ModelRow(**model.model_dump()))

    def follow_models(self, models: Sequence[ApplianceModel]) -> None:
        """Put models in as somebody else names them, in the order of their ids: one of that id that
        is there already becomes the same. Again after success: it is the same."""
        for first in range(0, len(models), _AT_ONCE):
            some = [m.model_dump() for m in models[first : first + _AT_ONCE]]
            new = upsert(ModelRow).values(some)
            said = {name: new.excluded[name] for name in ("brand", "designation", "category")}
            self._session.execute(new.on_conflict_do_update(index_elements=["id"], set_=said))

    def _taken_skills(self, expert_ids: Sequence[str]) -> set[tuple[str, str]]:
        """What somebody took from an expert, once: no file gives it back."""
        found = self._session.execute(
            select(col(EventRow.aggregate), col(EventRow.facts)["skill"].astext).where(
                col(EventRow.aggregate).in_(expert_ids),
                col(EventRow.type) == ExpertSkillDropped.kind,
            )
        )
        return {(expert_id, skill) for expert_id, skill in found}

    def _add_if_missing(self, row: SQLModel) -> int:
        values = row.model_dump(exclude={"expert_no"})
        table: Table = type(row).__table__  # type: ignore[attr-defined]
        new = self._session.execute(
            upsert(table).values(values).on_conflict_do_nothing().returning(literal(1))
        )
        return len(new.all())


def _expert_rows(expert: Expert, taken: Container[tuple[str, str]]) -> list[SQLModel]:
    person = expert.model_dump(mode="json", exclude={"home", "skills"})
    return [
        ExpertRow(**person, **expert.home.model_dump()),
        *(
            ExpertSkillRow(expert_id=expert.id, skill=code, level=level)
            for code, level in expert.skills.items()
            if (expert.id, code) not in taken
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
