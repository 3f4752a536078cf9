"""Writing tickets down."""

import structlog
from temporalio import activity

from models.db.engine import Database, Session
from models.db.people.reads import PeopleReads
from models.db.ticket.admission import file_and_look_up
from models.db.ticket.reads import TicketReads
from models.db.ticket.recorder import record_ticket
from models.messages.ticket import Admission, OpenTicket, RecordTicket
from models.rules.ticket.admission import admission_of
from models.rules.ticket.recording import freed_experts
from models.rules.ticket.telling import Willing, intents_of, visits_to_show
from models.visit import Visit
from temporal.failpoints import Failpoint, reached
from temporal.sealing import IntakeKeyring

log = structlog.get_logger()


class TicketActivities:
    """The projection of tickets, and what a new one is admitted with."""

    def __init__(self, database: Database, keyring: IntakeKeyring) -> None:
        self._database = database
        self._keyring = keyring

    @activity.defn
    def admit_ticket(self, opened: OpenTicket) -> Admission:
        """Move the sealed words to the ticket's papers and look up what the ticket needs.

        Again after success: the rows are there, and what was found then is the answer.
        """
        words = self._keyring.open(opened.sealed, opened.ticket_id)
        return admission_of(opened, file_and_look_up(self._database, opened, words))

    @activity.defn
    def record_ticket(self, record: RecordTicket) -> str | None:
        """Write a ticket's state, its news and whom they concern, in one transaction.

        Answers None; or the mark that the projection has, if that is not what was expected: nothing
        was written, record the ticket whole over that.

        Again after success: the projection has the ticket's mark.
        """
        intents = intents_of(record, self._willing(record))
        cancels = bool(freed_experts(record.news))
        before = Failpoint.BEFORE_CANCEL if cancels else Failpoint.BEFORE_RECORD
        after = Failpoint.AFTER_CANCEL if cancels else Failpoint.AFTER_RECORD
        reached(before, record.ticket_id)
        stands = record_ticket(self._database, record, intents)
        reached(after, record.ticket_id)
        if stands is not None:
            log.warning("projection_astray", ticket_id=record.ticket_id, stands_at=stands)
        return stands

    def _willing(self, record: RecordTicket) -> Willing:
        """Who may propose themselves for the visits that are news."""
        visits = visits_to_show(record)
        if not visits:
            return {}
        with self._database.reading() as session:
            return {visit.id: _who_could_come(session, record, visit) for visit in visits}


def _who_could_come(session: Session, record: RecordTicket, visit: Visit) -> list[str]:
    place = TicketReads(session).place(record.ticket_id)
    if place is None or record.zone is None:
        return []
    skills = [p.skill for p in visit.positions]
    now = record.news[-1].recorded_at
    return PeopleReads(session).who_could_come(skills, record.zone, place, now)
