"""Recording an escalation: its state, its news and whom they concern, as one effect."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from pydantic_core import to_json

from models.db.effect import Effect, Moved, take_effect
from models.db.engine import Database, Session
from models.db.escalation.reads import EscalationReads
from models.escalation import Escalation
from models.message.notification import Intent
from models.rules.escalation.escalating import due_at, healed


def record_escalation(
    unit: Database | Session, escalation: Escalation, intents: Sequence[Intent]
) -> None:
    """Bring an escalation's row up to its state; nothing, if it has the number of the last event
    already, or a later one."""
    columns = _columns(escalation)
    moved = Moved(sql=_move(tuple(columns)), values={"escalation": to_json(columns).decode()})
    take_effect(unit, moved, Effect(escalation.concerns, escalation.news, intents))


def close_lost(session: Session, escalation_id: str, now: datetime) -> None:
    """Close an escalation whose workflow was ended from outside, and whose question needs no answer
    any more; nothing, if it is closed."""
    known = EscalationReads(session).escalation(escalation_id)
    if known is not None and known.state.is_live:
        record_escalation(session, healed(known.but(choice=None), now), [])


@cache
def _move(columns: tuple[str, ...]) -> str:
    names = ", ".join(columns)
    moves = ", ".join(f"{name} = excluded.{name}" for name in columns if name != "id")
    return (
        f"insert into escalations ({names}) select {names}"  # noqa: S608, names are ours
        " from jsonb_populate_record(null::escalations, %(escalation)s::jsonb)"
        f" on conflict (id) do update set {moves} where escalations.seq < excluded.seq"
        " returning id"
    )


def _columns(escalation: Escalation) -> dict[str, Any]:
    decided = escalation.decided
    return {
        "id": escalation.id,
        "subject_kind": escalation.concerns.kind,
        "subject_id": escalation.concerns.id,
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
        "known": escalation.but(news=()),
    }
