"""Changing flags, so that everybody hears of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session

from models import subject
from models.actor import Actor
from models.db.catalogue.policy_changes import note_change
from models.db.effect import next_seq, record_next
from models.db.flag.reads import FlagReads, FlagStanding
from models.db.flag.tables import FlagNoteRow, FlagRow
from models.events.flag import FlagChanged
from models.flag import ACT_AS_POLICIES, Rollout
from models.identity import derived_id

CHANNEL = "flags"
"""Rings when a flag was changed."""
# Most flags have no row yet that could be locked, and they are seldom changed.
_ONE_AT_A_TIME = text("lock table flags in share row exclusive mode")


class FlagRepository:
    """What a person changes of flags."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def locked(self, key: str) -> FlagStanding:
        """How a flag stands, until this unit of work ends.

        Raises:
            NotFound: `flag-unknown`.
        """
        self._session.execute(_ONE_AT_A_TIME)
        return FlagReads(self._session).standing(key)

    def change(
        self, stood: FlagStanding, rollout: Rollout, reason: str, by: Actor, at: datetime
    ) -> None:
        """Have a flag that is locked be on for others, and write down who wanted it, and why."""
        about = subject.flag(stood.key)
        note_id = derived_id("not", about.id, str(next_seq(self._session, about)))
        facts = FlagChanged(
            key=stood.key, note_id=note_id, **_stated(rollout), **_stated(stood.rollout, "was_")
        )
        written = {"rollout": rollout.model_dump(mode="json")}
        self._session.execute(
            upsert(FlagRow)
            .values(key=stood.key, **written)
            .on_conflict_do_update(index_elements=["key"], set_=written)
        )
        self._session.add(FlagNoteRow(id=note_id, body=reason))
        if stood.key in ACT_AS_POLICIES:
            note_change(self._session)
        record_next(self._session, about, facts, by, at)
        self._session.execute(select(func.pg_notify(CHANNEL, "")))


def _stated(rollout: Rollout, prefix: str = "") -> dict[str, Any]:
    return {f"{prefix}{name}": said for name, said in rollout.model_dump(mode="json").items()}
