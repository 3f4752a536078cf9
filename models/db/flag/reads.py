"""Flags as somebody left them, and who changed what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col

from models import subject
from models.actor import Role
from models.base import Value
from models.db.flag.tables import FlagNoteRow, FlagRow
from models.db.tables import EventRow
from models.flag import Rollout, Rollouts, TimeOn, flag_of, times_on
from models.recorded import Recorded

_LOOK_BACK = 100


class FlagChange(Value):
    """A change of a flag: who said when for whom it is on from then on, and why. Versions have no
    gaps."""

    key: str
    version: int
    was: Rollout
    now: Rollout
    at: datetime
    by_role: Recorded[Role]
    by_id: str
    reason: str


class FlagStanding(Value):
    """For whom a flag is on, and the change that made it so; none, and it has its default."""

    key: str
    rollout: Rollout
    changed: FlagChange | None = None

    @property
    def version(self) -> int:
        """The number of its last change; 0, and there was none."""
        return self.changed.version if self.changed else 0


class FlagReads:
    """What is said of flags."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def rollouts(self) -> Rollouts:
        """For whom every flag is on that somebody ever changed."""
        rows = self._session.scalars(select(FlagRow))
        return {row.key: Rollout.model_validate(row.rollout) for row in rows}

    def standing(self, key: str) -> FlagStanding:
        """How a flag stands.

        Raises:
            NotFound: `flag-unknown`.
        """
        return self.standings([key])[0]

    def standings(self, keys: Sequence[str]) -> list[FlagStanding]:
        """How flags stand, in the order of their keys.

        Raises:
            NotFound: `flag-unknown`.
        """
        row = EventRow
        last = (
            _changes()
            .where(col(row.aggregate).in_([subject.flag(key).id for key in keys]))
            .ext(distinct_on(col(row.aggregate)))
            .order_by(col(row.aggregate), col(row.seq).desc())
        )
        changed = {change.key: change for change in self._found(last)}
        return [_standing(key, changed.get(key)) for key in keys]

    def history(self, key: str, before: int | None, limit: int) -> list[FlagChange]:
        """The changes of a flag, the last one first, from before a version."""
        row = EventRow
        query = (
            _changes()
            .where(col(row.aggregate) == subject.flag(key).id)
            .order_by(col(row.seq).desc())
            .limit(limit)
        )
        return self._found(query if before is None else query.where(col(row.seq) < before))

    def times_on(self, key: str, now: datetime) -> list[TimeOn]:
        """When a flag was on that is off by default, as far as its last hundred changes say."""
        changes = reversed(self.history(key, None, _LOOK_BACK))
        return list(times_on(((one.at, one.now.on) for one in changes), now))

    def _found(self, query: Select[EventRow, str]) -> list[FlagChange]:
        return [_change(event, reason) for event, reason in self._session.execute(query)]


def _changes() -> Select[EventRow, str]:
    named = col(EventRow.facts)["note_id"].astext == col(FlagNoteRow.id)
    return select(EventRow, col(FlagNoteRow.body)).join(FlagNoteRow, named)


def _change(event: EventRow, reason: str) -> FlagChange:
    facts: dict[str, Any] = event.facts
    was = {name.removeprefix("was_"): f for name, f in facts.items() if name.startswith("was_")}
    return FlagChange(
        key=facts["key"],
        version=event.seq,
        was=Rollout.model_validate(was),
        now=Rollout.model_validate(facts),
        at=event.recorded_at,
        by_role=event.actor_role,
        by_id=event.actor_id,
        reason=reason,
    )


def _standing(key: str, changed: FlagChange | None) -> FlagStanding:
    rollout = changed.now if changed else Rollout(on=flag_of(key).default)
    return FlagStanding(key=key, rollout=rollout, changed=changed)
