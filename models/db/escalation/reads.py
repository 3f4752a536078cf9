"""Escalations as the helpdesk lists them, and who could be sent."""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, func, select, tuple_
from sqlmodel import Session, col

from models.db.escalation.tables import EscalationRow
from models.db.people.calendar import CalendarRepository
from models.db.people.reads import PeopleReads
from models.escalation import Escalation, EscalationReason, EscalationState
from models.geography import Spot
from models.people.travel import as_said
from models.rules.escalation.ranking import Able
from models.rules.matching.eligibility import has_skill
from models.ticket import Ticket
from models.visit import Position, Visit

_TABLE: Table = EscalationRow.__table__  # type: ignore[attr-defined]
_LIVE = [s for s in EscalationState if s.is_live]
NEAREST = 200
"""So many experts are looked at for a visit; the helpdesk needs the best few."""


class Wanted(NamedTuple):
    """What a list of escalations is narrowed to."""

    state: EscalationState | None = None
    live: bool | None = None
    reason: EscalationReason | None = None
    level: int | None = None
    zone: str | None = None
    claimed_by: str | None = None
    ticket_id: str | None = None


class EscalationReads:
    """Questions to people, each as its workflow last recorded it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def escalation(self, escalation_id: str) -> Escalation | None:
        """An escalation."""
        row = self._session.get(EscalationRow, escalation_id)
        return None if row is None else Escalation.model_validate(row.known)

    def of_ticket(self, ticket_id: str) -> list[Escalation]:
        """What people were asked about a ticket, the oldest first."""
        row = EscalationRow
        return self._known(
            select(col(row.known))
            .where(col(row.ticket_id) == ticket_id)
            .order_by(col(row.opened_at), col(row.id))
        )

    def page(
        self, wanted: Wanted, after: tuple[datetime, str] | None, limit: int
    ) -> list[Escalation]:
        """Some escalations, the oldest first."""
        row = EscalationRow
        order = col(row.opened_at), col(row.id)
        query = _narrowed(select(col(row.known)), wanted).order_by(*order).limit(limit)
        if after is not None:
            query = query.where(tuple_(col(row.opened_at), col(row.id)) > after)
        return self._known(query)

    def by_deadline(
        self, wanted: Wanted, after: tuple[datetime, str] | None, limit: int
    ) -> list[Escalation]:
        """Some escalations, first those whose turn is over first: of one that everybody was asked
        about, when the last of the ladder was."""
        row = EscalationRow
        until = func.coalesce(col(row.step_at), col(row.due_at))
        query = _narrowed(select(col(row.known)), wanted).order_by(until, col(row.id)).limit(limit)
        if after is not None:
            query = query.where(tuple_(until, col(row.id)) > after)
        return self._known(query)

    def able(
        self,
        skills: Sequence[str],
        zone: str,
        place: Spot,
        now: datetime,
        visits: Sequence[str],
        offered: Container[str] = (),
    ) -> list[Able]:
        """The experts who could do a part of a visit at a place, with when they are busy and how
        far they have it: the nearest, and before them whoever had `offered` to."""
        who = PeopleReads(self._session).who_could_come(skills, zone, place, now)
        ids = sorted(who, key=lambda expert_id: expert_id not in offered)[:NEAREST]
        return [
            Able(
                expert=diary.expert,
                number=diary.number,
                busy=diary.busy(place, visits),
                trip=as_said(diary.expert.home, place, diary.said),
            )
            for diary in CalendarRepository(self._session).diaries(ids, now, place)
        ]

    def fit(
        self, ticket: Ticket, visit: Visit, position: Position, place: Spot, now: datetime
    ) -> list[Able]:
        """The experts who may work at a place and can fill a position of a visit there, with when
        they are busy but for that visit."""
        zone = ticket.filing.zone
        assert zone is not None, "a place lies in a zone"
        offered = {p.expert_id for p in ticket.matching.proposals if p.visit_id == visit.id}
        pool = self.able([position.skill], zone, place, now, [visit.id], offered)
        return [able for able in pool if has_skill(able.expert.skills, position, now)]

    def _known(self, query: Select[dict[str, Any]]) -> list[Escalation]:
        return [Escalation.model_validate(known) for known in self._session.scalars(query)]


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.live is not None:
        live = col(EscalationRow.state).in_(_LIVE)
        query = query.where(live if wanted.live else ~live)
    exact = wanted._asdict()
    del exact["live"]
    for name, value in exact.items():
        if value is not None:
            query = query.where(_TABLE.c[name] == value)
    return query
