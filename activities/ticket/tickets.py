"""Writing tickets down."""

from collections.abc import Mapping
from typing import Any

import structlog
from temporalio import activity

from activities.ticket.adding import added
from activities.ticket.paying import Accounts, with_paid
from models.db.engine import Database, Session
from models.db.people.reads import PeopleReads
from models.db.ticket.admission import file_and_look_up, keep_found
from models.db.ticket.reads import TicketReads
from models.db.ticket.recorder import record_ticket
from models.errors import Invalid
from models.event import Event
from models.events.continuing import TimeGivenBack, VisitExtended
from models.events.incident import VisitCalledOff
from models.events.matching import ExpertSent
from models.events.visit import VisitChanged, VisitReleased, VisitReportWithdrawn
from models.flag import ACT_AS_POLICIES, FlagSubject
from models.messages.ticket import Admission, FileAddition, OpenTicket, RecordTicket
from models.rules.ticket.admission import admission_of
from models.rules.ticket.recording import FOLLOWED, FREED
from models.rules.ticket.telling import Willing, intents_of, visits_to_show
from models.visit import AssignmentSource, Visit
from temporal.failpoints import Failpoint, reached
from temporal.flags import Flags
from temporal.sealing import IntakeKeyring, Unsealable

log = structlog.get_logger()

_MARKS: Mapping[tuple[Failpoint, Failpoint], tuple[str, ...]] = {
    (Failpoint.BEFORE_CANCEL, Failpoint.AFTER_CANCEL): FREED,
    (Failpoint.BEFORE_RELEASE, Failpoint.AFTER_RELEASE): (VisitReleased.kind, VisitCalledOff.kind),
    (Failpoint.BEFORE_CHANGE, Failpoint.AFTER_CHANGE): (VisitChanged.kind,),
    (Failpoint.BEFORE_GRANT, Failpoint.AFTER_GRANT): (VisitExtended.kind,),
    (Failpoint.BEFORE_EARLIER, Failpoint.AFTER_EARLIER): (TimeGivenBack.kind,),
    (Failpoint.BEFORE_FOLLOW, Failpoint.AFTER_FOLLOW): FOLLOWED,
    (Failpoint.BEFORE_CORRECT, Failpoint.AFTER_CORRECT): (VisitReportWithdrawn.kind,),
}
"""Where a record stands by what is news in it; one may stand at several places."""


class TicketActivities:
    """The projection of tickets, and what a new one is admitted with."""

    def __init__(
        self,
        database: Database,
        keyring: IntakeKeyring,
        flags: Flags,
        accounts: Accounts | None = None,
    ) -> None:
        self._database = database
        self._accounts = accounts or Accounts()
        self._keyring = keyring
        self._flags = flags

    @activity.defn
    def admit_ticket(self, opened: OpenTicket) -> Admission:
        """Move the sealed words to the ticket's papers and look up what the ticket needs.

        Again after success: the rows are there, and what was found then is the answer. Flags are
        asked anew: what they decide is in the answer alone, and the ticket has one.
        """
        words = self._keyring.open(opened.sealed, opened.ticket_id)
        reached(Failpoint.BEFORE_ADMIT, opened.ticket_id)
        found = file_and_look_up(self._database, opened, words)
        if self._accounts.are_elsewhere and not found.asked:
            said = self._accounts.ask(opened.customer_id)
            with self._database.unit_of_work() as session:
                heard = with_paid(session, opened.customer_id, said, found)
            found = keep_found(self._database, opened.ticket_id, heard)
        reached(Failpoint.AFTER_ADMIT, opened.ticket_id)
        asked = FlagSubject(customer=opened.customer_id, zone=found.zone)
        flagged = [name for name in ACT_AS_POLICIES if self._flags.is_on(name, asked)]
        return admission_of(opened, found, flagged)

    @activity.defn
    def file_addition(self, addition: FileAddition) -> Admission:
        """Move what is personal of an addition to the ticket's papers, and look up what the ticket
        needs with it.

        Again after success: the papers have it, and what is known then is the answer.

        Raises:
            Invalid: `model-unknown`, `zone-unknown`, `place-outside-zone`, `words-unreadable`.
        """
        words: dict[str, Any] = {}
        if addition.sealed is not None:
            try:
                words = self._keyring.open(addition.sealed, addition.ticket_id)
            except Unsealable:
                raise Invalid(
                    "words-unreadable", "What was sent cannot be read any more."
                ) from None
        said = self._accounts.ask(addition.filing.customer_id)
        with self._database.unit_of_work() as session:
            return added(session, addition, words, said)

    @activity.defn
    def record_ticket(self, record: RecordTicket) -> str | None:
        """Write a ticket's state, its news and whom they concern, in one transaction.

        Answers None; or the mark that the projection has, if that is not what was expected: nothing
        was written, record the ticket whole over that.

        Again after success: the projection has the ticket's mark.
        """
        intents = intents_of(record, self._willing(record))
        places = _places(record)
        for before, _ in places:
            reached(before, record.ticket_id)
        stands = record_ticket(self._database, record, intents)
        for _, after in places:
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


def _places(record: RecordTicket) -> list[tuple[Failpoint, Failpoint]]:
    """Before and after what is written down."""
    kinds = {event.type for event in record.news}
    found = [place for place, marks in _MARKS.items() if not kinds.isdisjoint(marks)]
    if any(_replaces(event) for event in record.news):
        found.append((Failpoint.BEFORE_SEND, Failpoint.AFTER_SEND))
    return found or [(Failpoint.BEFORE_RECORD, Failpoint.AFTER_RECORD)]


def _replaces(event: Event) -> bool:
    if event.type != ExpertSent.kind:
        return False
    return bool(event.data["source"] == AssignmentSource.REPLACEMENT)


def _who_could_come(session: Session, record: RecordTicket, visit: Visit) -> list[str]:
    place = TicketReads(session).place(record.ticket_id)
    if place is None or record.zone is None:
        return []
    skills = [p.skill for p in visit.positions]
    now = record.news[-1].recorded_at
    return PeopleReads(session).who_could_come(skills, record.zone, place, now)
