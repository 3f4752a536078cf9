"""Escalations as the helpdesk lists them, and what a person has to know to decide one."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Table, select, tuple_
from sqlmodel import Session, col

from models.db.escalation.recorder import record_escalation
from models.db.escalation.tables import EscalationRow
from models.db.people.calendar import CalendarRepository
from models.db.people.people import PeopleRepository
from models.escalation import Escalation, EscalationReason, EscalationState
from models.geography import Spot
from models.rules.escalation.escalating import healed
from models.rules.escalation.ranking import Able

_TABLE: Table = EscalationRow.__table__  # type: ignore[attr-defined]
_LIVE = [s for s in EscalationState if s.is_live]
NEAREST = 200
"""So many experts are looked at; the helpdesk needs the best few."""


class Wanted(NamedTuple):
    """What a list of escalations is narrowed to."""

    state: EscalationState | None = None
    live: bool | None = None
    reason: EscalationReason | None = None
    level: int | None = None
    zone: str | None = None
    claimed_by: str | None = None
    ticket_id: str | None = None


class EscalationRepository:
    """Questions to people."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def close_lost(self, escalation_id: str, now: datetime) -> None:
        """Close an escalation whose workflow was ended from outside, and whose question needs no
        answer any more; nothing, if it is closed."""
        known = self.known(escalation_id)
        if known is not None and known.state.is_live:
            record_escalation(self._session, healed(known.but(choice=None), now), [])

    def known(self, escalation_id: str) -> Escalation | None:
        """An escalation as it was last recorded."""
        row = self.row(escalation_id)
        return None if row is None else Escalation.model_validate(row.known)

    def row(self, escalation_id: str) -> EscalationRow | None:
        """An escalation's row."""
        return self._session.get(EscalationRow, escalation_id)

    def live(self) -> list[EscalationRow]:
        """Every question that waits for an answer."""
        return self.page(Wanted(live=True), None, 100_000)

    def page(
        self, wanted: Wanted, after: tuple[datetime, str] | None, limit: int
    ) -> list[EscalationRow]:
        """Some escalations, the oldest first."""
        row = EscalationRow
        query = select(row).order_by(col(row.opened_at), col(row.id)).limit(limit)
        if wanted.live is not None:
            live = col(row.state).in_(_LIVE)
            query = query.where(live if wanted.live else ~live)
        exact = wanted._asdict()
        del exact["live"]
        for name, value in exact.items():
            if value is not None:
                query = query.where(_TABLE.c[name] == value)
        if after is not None:
            query = query.where(tuple_(col(row.opened_at), col(row.id)) > after)
        return list(self._session.scalars(query))

    def able(
        self, skills: Sequence[str], zone: str, place: Spot, now: datetime, visits: Sequence[str]
    ) -> list[Able]:
        """The experts who could do a part of a visit at a place, with when they are busy."""
        ids = PeopleRepository(self._session).who_could_come(skills, zone, place, now)[:NEAREST]
        return [
            Able(expert=diary.expert, number=diary.number, busy=diary.busy(place, visits))
            for diary in CalendarRepository(self._session).diaries(ids, now)
        ]
