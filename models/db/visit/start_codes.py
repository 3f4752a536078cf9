"""How often an expert gave a wrong start code: whoever guesses has to wait."""

from datetime import datetime, timedelta

from sqlmodel import Session

from models.db.visit.tables import StartCodeAttemptRow

MOST_WRONG = 5
LOCKED_FOR = timedelta(minutes=15)


def locked_until(session: Session, visit_id: str, expert_id: str, now: datetime) -> datetime | None:
    """Until when no code of an expert for a visit is looked at, if that is so."""
    row = session.get(StartCodeAttemptRow, (visit_id, expert_id))
    until = row.locked_until if row else None
    return until if until is not None and now < until else None


def was_wrong(session: Session, visit_id: str, expert_id: str, now: datetime) -> None:
    """Count a wrong code; with the fifth the expert has to wait."""
    key = (visit_id, expert_id)
    row = session.get(StartCodeAttemptRow, key, with_for_update=True)
    row = row or StartCodeAttemptRow(visit_id=visit_id, expert_id=expert_id, wrong=0)
    row.wrong += 1
    if row.wrong >= MOST_WRONG:
        row.wrong, row.locked_until = 0, now + LOCKED_FOR
    session.add(row)
