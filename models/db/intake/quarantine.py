"""What was accepted and cannot be carried out as it is: kept, marked, and told to the helpdesk,
once, whoever finds it and however often (docs/runbooks/command-log.md, Quarantine)."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, col

from models.db.effect import Effect, in_turn, take_effect
from models.db.intake.tables import IntakeRow
from models.event import OURSELVES, event_of
from models.events.status import CommandQuarantined
from models.identity import derived_id
from models.intake.command import LoggedCommand
from models.rules.message.notices import notice_of
from models.subject import THE_HOUSE

_HELPDESK = "helpdesk"


class Poison(StrEnum):
    """Why something cannot be carried out. `COPY_UNREADABLE`: unless a later version reads it.
    `KEY_REUSED`: a ticket was accepted under the key of another one, where nobody knew of that."""

    REQUEST_UNREADABLE = "request-unreadable"
    REQUEST_FAILS = "request-fails"
    COPY_UNREADABLE = "copy-unreadable"
    REFUSED_FOR_GOOD = "refused-for-good"
    KEY_REUSED = "key-reused"


def put_aside(session: Session, command: LoggedCommand, why: Poison, at: datetime) -> None:
    """Keep a command for a person to look at. Again after success: nothing.

    Args:
        session: the unit of work it belongs to.
        command: what cannot be carried out.
        why: what is wrong with it.
        at: now.
    """
    marked = session.scalar(
        upsert(IntakeRow)
        .values(
            id=command.id,
            command=command.model_dump_json(),
            logged_at=command.logged_at,
            quarantined=why,
        )
        .on_conflict_do_update(
            index_elements=["id"],
            set_={"quarantined": why},
            where=col(IntakeRow.quarantined).is_(None),
        )
        .returning(col(IntakeRow.id))
    )
    if marked is not None:
        _tell(session, command.id, why, at)


def put_aside_unreadable(
    session: Session, names: Collection[str], before: datetime, at: datetime
) -> None:
    """Mark those copies of some that were logged before an instant and that no version that runs
    has read. Again after success: nothing."""
    marked = session.scalars(
        update(IntakeRow)
        .where(
            col(IntakeRow.id).in_(names),
            col(IntakeRow.quarantined).is_(None),
            col(IntakeRow.logged_at) < before,
        )
        .values(quarantined=Poison.COPY_UNREADABLE)
        .returning(col(IntakeRow.id))
    ).all()
    for name in marked:
        _tell(session, name, Poison.COPY_UNREADABLE, at)


def _tell(session: Session, entry: str, why: Poison, at: datetime) -> None:
    """Its event is the first and last of its own name."""
    facts = CommandQuarantined(entry=entry, reason=why)
    event = event_of(facts, derived_id("qua", entry), 1, at, OURSELVES)
    told = notice_of(event)
    intents = (told.to(_HELPDESK, _HELPDESK),) if told else ()
    turn = in_turn(THE_HOUSE.but(id=event.aggregate), 1)
    take_effect(session, turn, Effect(THE_HOUSE, (event,), intents))
