"""Policies as somebody changed them: for an urgency, and of that for a zone, a plan, or both."""

from datetime import timedelta

from pydantic import TypeAdapter
from sqlalchemy import delete, literal, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.catalogue.policy_changes import note_change
from models.db.catalogue.tables import ParticularPolicyRow, PolicyRow
from models.promise.policy import Policies, PolicyRule
from models.promise.sla import SlaAsks
from models.rules.promise.policies import policies_of
from models.ticket import Urgency

Setting = timedelta | bool | int | SlaAsks
_SETTING: TypeAdapter[Setting] = TypeAdapter(Setting)
ANY = ""


class PolicyReads:
    """What was said of policies."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rules(self, urgency: Urgency) -> list[PolicyRule]:
        """Everything that was said for tickets of an urgency."""
        general = self._session.scalars(select(PolicyRow).where(col(PolicyRow.urgency) == urgency))
        row = ParticularPolicyRow
        particular = self._session.scalars(select(row).where(col(row.urgency) == urgency))
        return [
            *(PolicyRule(name=r.name, value=r.value) for r in general),
            *(
                PolicyRule(name=r.name, value=r.value, zone=r.zone or None, plan=r.plan or None)
                for r in particular
            ),
        ]

    def policies(
        self, urgency: Urgency, zone: str | None = None, plan: str | None = None
    ) -> Policies:
        """The policies in force for tickets of an urgency in a zone under a plan."""
        return policies_of(urgency, self.rules(urgency), zone, plan)


class PolicyRepository:
    """What a person changes of policies. What stands already is no change."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def set_policy(
        self,
        name: str,
        urgency: Urgency,
        value: Setting,
        zone: str | None = None,
        plan: str | None = None,
    ) -> None:
        """Change a policy, and have the running tickets concerned told."""
        text = _SETTING.dump_json(value).decode().strip('"')
        key = {"name": name, "urgency": urgency.value}
        if zone or plan:
            key |= {"zone": zone or ANY, "plan": plan or ANY}
        table = ParticularPolicyRow if zone or plan else PolicyRow
        written = (
            upsert(table)
            .values(**key, value=text)
            .on_conflict_do_update(
                index_elements=list(key), set_={"value": text}, where=col(table.value) != text
            )
            .returning(col(table.name))
        )
        if self._session.execute(written).first() is not None:
            note_change(self._session, urgency, zone, plan)

    def drop_policy(
        self, name: str, urgency: Urgency, zone: str | None = None, plan: str | None = None
    ) -> None:
        """Take back what was said of a policy, so that what is said less particularly holds again;
        the running tickets concerned are told."""
        if zone or plan:
            row = ParticularPolicyRow
            gone = delete(row).where(
                col(row.name) == name,
                col(row.urgency) == urgency,
                col(row.zone) == (zone or ANY),
                col(row.plan) == (plan or ANY),
            )
        else:
            general = PolicyRow
            gone = delete(general).where(col(general.name) == name, col(general.urgency) == urgency)
        if self._session.execute(gone.returning(literal(1))).first() is not None:
            note_change(self._session, urgency, zone, plan)
