"""Tickets as they come in, and the words that belong to them."""

from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session, SQLModel

from models.db.people.tables import CustomerRow
from models.db.ticket.tables import NoteRow, TicketPrivateRow
from models.db.visit.tables import WorkReportRow
from models.geography import Spot


class TicketRepository:
    """Tickets and everything inside them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def place(self, ticket_id: str) -> Spot | None:
        """Where a ticket's visits are."""
        private = self._session.get(TicketPrivateRow, ticket_id)
        if private is None or private.lat is None or private.lng is None:
            return None
        return Spot(lat=private.lat, lng=private.lng)

    def set_place(self, ticket_id: str, customer: CustomerRow) -> None:
        """Send the experts where the customer's file says, if nobody knew where before."""
        private = self._session.get(TicketPrivateRow, ticket_id)
        if private is not None and private.lat is None:
            for name in ("street", "city", "postcode", "country", "lat", "lng"):
                setattr(private, name, getattr(customer, name))
            self._session.add(private)

    def add_note(self, note: NoteRow) -> None:
        """Keep words; the same id keeps them once."""
        self._keep_once(note)

    def add_work_report(self, report: WorkReportRow) -> None:
        """Keep what an expert left behind; the same id keeps it once."""
        self._keep_once(report)

    def _keep_once(self, row: SQLModel) -> None:
        self._session.execute(upsert(type(row)).values(row.model_dump()).on_conflict_do_nothing())
