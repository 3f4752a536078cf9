"""Keeping experts: skills, standing, time off and the shape of their week."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models import subject
from models.actor import Actor
from models.calendar import Stretch, Window
from models.db.effect import record_next
from models.db.matching.tables import FREED, AssignmentRow
from models.db.people.tables import AvailabilityRow, ExpertRow, ExpertSkillRow, TimeOffRow
from models.events.people import ExpertFacts


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

    def skills(self, expert_id: str) -> list[ExpertSkillRow]:
        """What an expert can do, by code."""
        return list(
            self._session.scalars(
                select(ExpertSkillRow)
                .where(col(ExpertSkillRow.expert_id) == expert_id)
                .order_by(col(ExpertSkillRow.skill))
            )
        )

    def moved(self, expert_id: str) -> ExpertRow:
        """An expert, locked, the calendar counted as changed: a booking that is being decided looks
        again."""
        row = self._session.get_one(ExpertRow, expert_id, with_for_update=True)
        row.calendar_version += 1
        return row

    def happened(self, facts: ExpertFacts, by: Actor, at: datetime) -> None:
        """Write down what changed about an expert, in the order of their row's lock."""
        expert_id = facts.expert_id
        mine = select(col(ExpertRow.id)).where(col(ExpertRow.id) == expert_id)
        self._session.execute(mine.with_for_update()).one()
        record_next(self._session, subject.expert(expert_id), facts, by, at)

    def add_time_off(self, off: TimeOffRow) -> None:
        """Keep time off; the same id once."""
        self._session.execute(upsert(TimeOffRow).values(off.model_dump()).on_conflict_do_nothing())

    def drop_time_off(self, expert_id: str, off_id: str) -> bool:
        """Give time back; False if there was none."""
        dropped = self._session.scalar(
            delete(TimeOffRow)
            .where(col(TimeOffRow.id) == off_id, col(TimeOffRow.expert_id) == expert_id)
            .returning(col(TimeOffRow.id))
        )
        return dropped is not None

    def time_off(self, expert_id: str, span: Window) -> list[TimeOffRow]:
        """Time off that touches a span."""
        return list(
            self._session.scalars(
                select(TimeOffRow)
                .where(
                    col(TimeOffRow.expert_id) == expert_id,
                    col(TimeOffRow.start_at) < span.end,
                    col(TimeOffRow.end_at) > span.start,
                )
                .order_by(col(TimeOffRow.start_at))
            )
        )

    def assignments(self, expert_id: str, span: Window) -> list[AssignmentRow]:
        """Live assignments that touch a span."""
        return list(
            self._session.scalars(
                select(AssignmentRow)
                .where(
                    col(AssignmentRow.expert_id) == expert_id,
                    col(AssignmentRow.state).not_in(FREED),
                    col(AssignmentRow.start_at) < span.end,
                    col(AssignmentRow.end_at) > span.start,
                )
                .order_by(col(AssignmentRow.start_at))
            )
        )

    def week(self, expert_id: str) -> tuple[Stretch, ...]:
        """The shape of an expert's week."""
        rows = self._session.scalars(
            select(AvailabilityRow)
            .where(col(AvailabilityRow.expert_id) == expert_id)
            .order_by(col(AvailabilityRow.weekday), col(AvailabilityRow.from_minute))
        )
        return tuple(
            Stretch(weekday=r.weekday, from_minute=r.from_minute, to_minute=r.to_minute)
            for r in rows
        )

    def set_week(self, expert_id: str, week: Sequence[Stretch]) -> None:
        """Replace the shape of an expert's week."""
        self._session.execute(
            delete(AvailabilityRow).where(col(AvailabilityRow.expert_id) == expert_id)
        )
        for stretch in week:
            self._session.add(AvailabilityRow(expert_id=expert_id, **stretch.model_dump()))
