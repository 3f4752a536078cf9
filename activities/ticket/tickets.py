"""Writing tickets down."""

from datetime import timedelta

import structlog
from temporalio import activity

from models.db.catalogue.reads import policies_of
from models.db.engine import Database, Session
from models.db.message.notifications import Intent
from models.db.people.reads import PeopleReads
from models.db.ticket.admission import Found, file_and_look_up
from models.db.ticket.reads import TicketReads
from models.db.ticket.recorder import record_ticket
from models.messages.ticket import Admission, OpenTicket, RecordTicket
from models.rules.message.notices import Audience, Notice, notice_of
from models.rules.promise.coverage import coverage_of
from models.rules.promise.sla import service_level
from models.rules.ticket.recording import freed_experts
from models.ticket import Attention
from models.visit import Position, Visit
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
        return admission_from(opened, file_and_look_up(self._database, opened, words))

    @activity.defn
    def record_ticket(self, record: RecordTicket) -> str | None:
        """Write a ticket's state, its news and whom they concern, in one transaction.

        Answers None; or the mark that the projection has, if that is not what was expected: nothing
        was written, record the ticket whole over that.

        Again after success: the projection has the ticket's mark.
        """
        notices = [n for event in record.news if (n := notice_of(event))]
        intents = [i for n in notices for i in self._intents(n, record)]
        cancels = bool(freed_experts(record.news))
        before = Failpoint.BEFORE_CANCEL if cancels else Failpoint.BEFORE_RECORD
        after = Failpoint.AFTER_CANCEL if cancels else Failpoint.AFTER_RECORD
        reached(before, record.ticket_id)
        stands = record_ticket(self._database, record, intents)
        reached(after, record.ticket_id)
        if stands is not None:
            log.warning("projection_astray", ticket_id=record.ticket_id, stands_at=stands)
        return stands

    def _intents(self, notice: Notice, record: RecordTicket) -> list[Intent]:
        def to(role: str, recipient: str) -> Intent:
            return Intent(
                event_id=notice.event_id,
                recipient_role=role,
                recipient_id=recipient,
                template=notice.template,
                facts=dict(notice.facts),
            )

        match notice.audience:
            case Audience.CUSTOMER:
                return [to("customer", record.customer_id)]
            case Audience.EXPERT:
                return [to("expert", notice.facts["expert_id"])]
            case Audience.HELPDESK:
                # Whoever is asked, an escalation tells.
                return []
            case Audience.OPEN_EXPERTS:
                shown = notice.facts["visit_id"]
                visit = next((v for v in record.visits if v.id == shown), None)
                with self._database.unit_of_work() as session:
                    return [to("expert", e) for e in _who_could_come(session, record, visit)]


def admission_from(opened: OpenTicket, found: Found) -> Admission:
    """What a ticket is admitted with."""
    answer = coverage_of(found.plans, found.category)
    plan = next((p for p in found.plans if p.plan_id == answer.plan_id), None)
    policies = policies_of(opened.urgency, found.policies)
    attention = {
        Attention.CUSTOMER_UNKNOWN: found.zone is None,
        Attention.MODEL_UNRESOLVED: found.model is None,
        Attention.SLOTS_MISSING: not opened.slots,
    }
    return Admission(
        zone=found.zone,
        category=found.category,
        plan_id=answer.plan_id,
        coverage=answer.coverage,
        duration=timedelta(minutes=found.minutes),
        positions=tuple(
            Position(idx=index, skill=required["skill"], min_level=required["min_level"])
            for index, required in enumerate(found.skills)
        ),
        attention=tuple(a for a, present in attention.items() if present),
        policies=policies,
        service=service_level(opened.urgency, policies, plan, found.hours),
    )


def _who_could_come(session: Session, record: RecordTicket, visit: Visit | None) -> list[str]:
    place = TicketReads(session).place(record.ticket_id)
    if visit is None or place is None or record.zone is None:
        return []
    skills = [p.skill for p in visit.positions]
    now = record.news[-1].recorded_at
    return PeopleReads(session).who_could_come(skills, record.zone, place, now)
