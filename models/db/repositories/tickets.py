"""Tickets as they come in, and the words that belong to them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, SQLModel

from models.base import Value
from models.db.tables.ticket import NoteRow, TicketPrivateRow, TicketRow, WorkReportRow
from models.messages.ticket import OpenTicket
from models.rules.geography import Spot
from models.ticket import Coverage, TicketStatus

_TICKETS: Table = TicketRow.__table__  # type: ignore[attr-defined]


class TicketRepository:
    """Tickets and everything inside them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, opened: OpenTicket, private: TicketPrivateRow) -> None:
        """Put a new ticket and its words in; one that is there already stays as it is."""
        new = self._session.scalar(
            upsert(_TICKETS)
            .values(
                id=opened.ticket_id,
                seq=0,
                status=TicketStatus.RECEIVED,
                customer_id=opened.customer_id,
                channel=opened.channel,
                urgency=opened.urgency,
                coverage=Coverage.UNKNOWN,
                round=1,
                slots=_plain(opened.slots),
                attention=[],
                timers=[],
                opened_at=opened.opened_at,
                fingerprint=opened.fingerprint,
            )
            .on_conflict_do_nothing()
            .returning(_TICKETS.c.id)
        )
        if new is not None:
            self._session.add(private)

    def place(self, ticket_id: str) -> Spot | None:
        """Where a ticket's visits are."""
        private = self._session.get(TicketPrivateRow, ticket_id)
        if private is None or private.lat is None or private.lng is None:
            return None
        return Spot(lat=private.lat, lng=private.lng)

    def add_note(self, note: NoteRow) -> None:
        """Keep words; the same id keeps them once."""
        self._keep_once(note)

    def add_work_report(self, report: WorkReportRow) -> None:
        """Keep what an expert left behind; the same id keeps it once."""
        self._keep_once(report)

    def _keep_once(self, row: SQLModel) -> None:
        self._session.execute(upsert(type(row)).values(row.model_dump()).on_conflict_do_nothing())


def _plain(values: Sequence[Value]) -> list[dict[str, Any]]:
    return [v.model_dump(mode="json") for v in values]
