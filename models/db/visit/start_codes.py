"""How often an expert gave a start code that was not right: whoever guesses has to wait."""

from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, null, or_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.visit.tables import StartCodeAttemptRow

MOST_WRONG = 5
LOCKED_FOR = timedelta(minutes=15)

_visit, _expert = col(StartCodeAttemptRow.visit_id), col(StartCodeAttemptRow.expert_id)
_wrong, _until = col(StartCodeAttemptRow.wrong), col(StartCodeAttemptRow.locked_until)


def taken(session: Session, visit_id: str, expert_id: str, now: datetime) -> datetime | None:
    """Take a code to be looked at, counted as if it were wrong until it is known that it was not:
    of many at once no more than five are looked at, and after those nothing for a quarter of an
    hour. Until when that is, if this one is not looked at."""
    begun_anew = _until.is_not(None)
    count = case((begun_anew, 1), else_=_wrong + 1)
    attempt = (
        upsert(StartCodeAttemptRow)
        .values(visit_id=visit_id, expert_id=expert_id, wrong=1)
        .on_conflict_do_update(
            index_elements=[_visit, _expert],
            set_={
                "wrong": count,
                "locked_until": case((count >= MOST_WRONG, now + LOCKED_FOR), else_=null()),
            },
            where=or_(_until.is_(None), _until <= now),
        )
        .returning(_wrong)
    )
    if session.execute(attempt).first() is not None:
        return None
    row = session.get(StartCodeAttemptRow, (visit_id, expert_id))
    return row.locked_until if row else None


def was_right(session: Session, visit_id: str, expert_id: str) -> None:
    """Whoever has the code has not guessed it."""
    session.execute(delete(StartCodeAttemptRow).where(_visit == visit_id, _expert == expert_id))


def was_not_looked_at(session: Session, visit_id: str, expert_id: str) -> None:
    """Give back a try with a code about which nothing was said."""
    session.execute(
        update(StartCodeAttemptRow)
        .where(_visit == visit_id, _expert == expert_id)
        .values(wrong=func.greatest(_wrong - 1, 0), locked_until=null())
    )
