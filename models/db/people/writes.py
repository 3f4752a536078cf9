"""Keeping people: experts' skills, standing, time off and the shape of their week; customers'
files."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models import subject
from models.actor import Actor
from models.calendar import Stretch
from models.db.effect import record_next
from models.db.people.tables import (
    AvailabilityRow,
    CustomerRow,
    ExpertRow,
    ExpertSkillRow,
    TimeOffRow,
)
from models.events.people import ExpertFacts
from models.people.customer import Customer
from models.people.diary import TimeOff
from models.people.expert import ExpertStatus


class ExpertRepository:
    """What may be changed about an expert."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def set_skill(
        self, expert_id: str, skill: str, level: int, expires_at: datetime | None
    ) -> None:
        """Give an expert a skill, or another level of it."""
        self._session.execute(
            upsert(ExpertSkillRow)
            .values(expert_id=expert_id, skill=skill, level=level, expires_at=expires_at)
            .on_conflict_do_update(
                index_elements=["expert_id", "skill"],
                set_={"level": level, "expires_at": expires_at},
            )
        )

    def drop_skill(self, expert_id: str, skill: str) -> bool:
        """Take a skill away; False if they had none."""
        dropped = self._session.scalar(
            delete(ExpertSkillRow)
            .where(col(ExpertSkillRow.expert_id) == expert_id, col(ExpertSkillRow.skill) == skill)
            .returning(col(ExpertSkillRow.skill))
        )
        return dropped is not None

    def moved(self, expert_id: str) -> None:
        """Lock an expert and count their calendar as changed: a booking that is being decided looks
        again."""
        self._session.execute(
            update(ExpertRow)
            .where(col(ExpertRow.id) == expert_id)
            .values(calendar_version=col(ExpertRow.calendar_version) + 1)
        )

    def happened(self, facts: ExpertFacts, by: Actor, at: datetime) -> None:
        """Write down what changed about an expert, in the order of their row's lock."""
        expert_id = facts.expert_id
        mine = select(col(ExpertRow.id)).where(col(ExpertRow.id) == expert_id)
        self._session.execute(mine.with_for_update()).one()
        record_next(self._session, subject.expert(expert_id), facts, by, at)

    def set_standing(self, expert_id: str, status: ExpertStatus) -> None:
        """Say where an expert stands with us."""
        self._session.execute(
            update(ExpertRow).where(col(ExpertRow.id) == expert_id).values(status=status)
        )

    def add_time_off(self, expert_id: str, off: TimeOff) -> None:
        """Keep time off; the same id once."""
        span = {"start_at": off.window.start, "end_at": off.window.end}
        self._session.execute(
            upsert(TimeOffRow)
            .values(id=off.id, expert_id=expert_id, **span)
            .on_conflict_do_nothing()
        )

    def drop_time_off(self, expert_id: str, off_id: str) -> bool:
        """Give time back; False if there was none. The expert is marked in the same step: every
        ticket that waits for them is told, whoever dies meanwhile."""
        dropped = self._session.scalar(
            delete(TimeOffRow)
            .where(col(TimeOffRow.id) == off_id, col(TimeOffRow.expert_id) == expert_id)
            .returning(col(TimeOffRow.id))
        )
        if dropped is None:
            return False
        self._session.execute(
            update(ExpertRow)
            .where(col(ExpertRow.id) == expert_id)
            .values(rights_changed_at=func.clock_timestamp())
        )
        return True

    def set_week(self, expert_id: str, week: Sequence[Stretch]) -> None:
        """Replace the shape of an expert's week."""
        self._session.execute(
            delete(AvailabilityRow).where(col(AvailabilityRow.expert_id) == expert_id)
        )
        for stretch in week:
            self._session.add(AvailabilityRow(expert_id=expert_id, **stretch.model_dump()))


_LEARN_PLACE = """update ticket_private p set lat = %(lat)s, lng = %(lng)s, precision = 'exact'
from tickets t
where t.customer_id = %(id)s and t.id = p.ticket_id and p.precision <> 'exact'
and p.street = %(street)s and p.city = %(city)s and p.postcode = %(postcode)s"""


class CustomerRepository:
    """Customers' files."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def keep(self, customer: Customer) -> None:
        """Put a customer's file in, in the place of an earlier one. Where they answered STOP stays
        as it was. Tickets at the same address, of which it was not known where that is, learn it.
        """
        columns = {
            **customer.model_dump(exclude={"place", "opted_out"}),
            **customer.place.model_dump(exclude={"site"}),
        }
        columns["channels"] = list(customer.channels)
        self._session.execute(
            upsert(CustomerRow)
            .values(columns)
            .on_conflict_do_update(index_elements=["id"], set_=columns)
        )
        if customer.place.is_exact:
            self._session.connection().exec_driver_sql(_LEARN_PLACE, columns)
