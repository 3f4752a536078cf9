"""The report on loss: is everything there that was accepted?"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from api.http.dependencies import Staff, With, known_parameters
from api.http.paging import Cursor, Limit, decode_moment, page_of
from api.http.problems import RESPONSES
from api.http.text import Digits
from models.db.chores import done_until
from models.db.engine import Session
from models.db.intake.accepted import counted as counted_accepted
from models.db.intake.accepted import oldest_unreconciled
from models.db.intake.losses import CHORE, counted, open_losses, waiting
from models.identity import TicketId
from models.intake.loss import Fault, Loss

router = APIRouter(
    prefix="/reports",
    tags=["reports"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
_FROM_THE_FIRST = (datetime(1, 1, 1, tzinfo=UTC), "")
REMEDIES: Mapping[Fault, str] = {
    Fault.LOST: "Call the customer and file the ticket anew, or restore Temporal from its backup.",
    Fault.UNWRITTEN: "Restore the row from the backup of Postgres; the ticket itself goes on.",
    Fault.ALTERED: "Nothing, if it is gone with the next look; else find out who writes the row.",
    Fault.DOUBLED: "Ask the customer which one stands, and cancel the other.",
    Fault.UNEXPECTED: "Find out who started it; cancel it, if nobody asked for it.",
}


class LossView(BaseModel):
    """What is wrong with a ticket still, since when, and what a person can do."""

    ticket_id: TicketId
    fault: Fault
    detail: str
    found_at: datetime
    seen_at: datetime
    remedy: str


class LossReport(BaseModel):
    """Tickets accepted from `since` on, before `until`: how many there are, how many have a row
    (`stored`), how many have a workflow that runs or has ended and says what the row says
    (`running`). `waiting` are accepted and not started yet, whenever they came. The faults are all
    that are open now; `healed` were put right in that time. `unreconciled` were not found whole at
    the last look at them, the oldest accepted at `oldest_unreconciled_at`. `as_of` is when the last
    look began that came to its end."""

    since: datetime
    until: datetime
    as_of: datetime | None
    definition: str = "loss/1: accepted = workflows = rows"
    accepted: int
    stored: int
    running: int
    waiting: int
    lost: int
    unwritten: int
    altered: int
    doubled: int
    unexpected: int
    healed: int
    unreconciled: int
    oldest_unreconciled_at: datetime | None
    unresolved: list[LossView]
    next_cursor: str | None


@router.get("/loss", summary="Read the report on loss")
async def read_loss_report(
    principal: Staff,
    services: With,
    days: Annotated[
        Annotated[int, Field(ge=1, le=90), Digits] | None,
        Query(description="How far it goes back; a week, if left out."),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> LossReport:
    """Compared every five minutes, and what can be put right is. `unresolved` has the rest, the
    oldest first."""
    until = services.clock()
    since, after = until - timedelta(days=days or 7), decode_moment(cursor)

    def read(session: Session) -> LossReport:
        return _report(session, since, until, after or _FROM_THE_FIRST, limit)

    return await services.reads.run(read)


def _report(
    session: Session, since: datetime, until: datetime, after: tuple[datetime, str], limit: int
) -> LossReport:
    accepted, faults = counted_accepted(session, since, until), counted(session, since, until)
    found = open_losses(session, after, limit + 1)
    page = page_of(found, limit, lambda one: [one.found_at.isoformat(), one.ticket_id], _view)
    return LossReport(
        since=since,
        until=until,
        as_of=done_until(session, CHORE),
        accepted=accepted.accepted,
        stored=accepted.stored,
        running=accepted.agreed,
        waiting=waiting(session),
        lost=faults.open.get(Fault.LOST, 0),
        unwritten=faults.open.get(Fault.UNWRITTEN, 0),
        altered=faults.open.get(Fault.ALTERED, 0),
        doubled=faults.open.get(Fault.DOUBLED, 0),
        unexpected=faults.open.get(Fault.UNEXPECTED, 0),
        healed=faults.healed,
        unreconciled=accepted.accepted - accepted.agreed,
        oldest_unreconciled_at=oldest_unreconciled(session),
        unresolved=page.items,
        next_cursor=page.next_cursor,
    )


def _view(loss: Loss) -> LossView:
    return LossView(
        ticket_id=loss.ticket_id,
        fault=loss.fault,
        detail=loss.detail,
        found_at=loss.found_at,
        seen_at=loss.seen_at,
        remedy=REMEDIES[loss.fault],
    )
