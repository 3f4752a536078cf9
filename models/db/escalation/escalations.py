"""Recording escalations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session

from models.db.escalation.reads import EscalationReads
from models.db.escalation.tables import EscalationRow
from models.db.events import EventRepository
from models.db.message.notifications import Intent, NotificationRepository
from models.escalation import Escalation
from models.rules.escalation.escalating import due_at, healed

_TABLE: Table = EscalationRow.__table__  # type: ignore[attr-defined]


class EscalationRepository:
    """Questions to people."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, escalation: Escalation, intents: Sequence[Intent]) -> None:
        """Bring an escalation up to its state, with its news and whom they concern; nothing, if it
        is there already."""
        columns = _columns(escalation)
        moved = self._session.scalar(
            upsert(_TABLE)
            .values(columns)
            .on_conflict_do_update(
                index_elements=["id"],
                set_={name: value for name, value in columns.items() if name != "id"},
                where=_TABLE.c.seq < escalation.seq,
            )
            .returning(_TABLE.c.id)
        )
        if moved is None:
            return
        EventRepository(self._session).append(escalation.ticket_id, escalation.news)
        if intents:
            at = escalation.news[-1].recorded_at
            NotificationRepository(self._session).queue(escalation.ticket_id, list(intents), at)

    def close_lost(self, escalation_id: str, now: datetime) -> None:
        """Close an escalation whose workflow was ended from outside, and whose question needs no
        answer any more; nothing, if it is closed."""
        known = EscalationReads(self._session).escalation(escalation_id)
        if known is not None and known.state.is_live:
            self.record(healed(known.but(choice=None), now), [])


def _columns(escalation: Escalation) -> dict[str, Any]:
    decided = escalation.decided
    return {
        "id": escalation.id,
        "ticket_id": escalation.ticket_id,
        "workflow_id": escalation.workflow_id,
        "seq": escalation.seq,
        "subject": escalation.subject,
        "reason": escalation.reason,
        "level": escalation.level,
        "state": escalation.state,
        "zone": escalation.zone,
        "urgency": escalation.urgency,
        "opened_at": escalation.opened_at,
        "step_at": escalation.step_at,
        "due_at": due_at(escalation),
        "closed_at": escalation.closed_at,
        "claimed_by": escalation.claimed_by.id if escalation.claimed_by else None,
        "decided_by": decided.by.id if decided else None,
        "action": decided.action if decided else None,
        "known": escalation.but(news=()).model_dump(mode="json"),
    }
