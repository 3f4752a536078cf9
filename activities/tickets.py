"""Writing tickets down."""

from datetime import timedelta

from temporalio import activity

from models.db.engine import Database, Session
from models.db.repositories.notifications import Intent
from models.db.repositories.people import PeopleRepository
from models.db.repositories.recorder import record_ticket
from models.db.repositories.reference import ReferenceRepository
from models.db.repositories.tickets import TicketRepository
from models.db.tables.people import CustomerRow
from models.db.tables.ticket import TicketPrivateRow
from models.messages.ticket import Admission, OpenTicket, RecordTicket
from models.rules.coverage import HeldPlan, SubscriptionStatus, coverage_of
from models.rules.notices import Audience, Notice, notice_of
from models.ticket import Attention, Ticket
from models.visit import Position, Visit
from temporal.sealing import IntakeKeyring

UNIDENTIFIED = "unidentified"
"""The category of an appliance that nobody has named yet: somebody comes and looks."""


class TicketActivities:
    """The projection of tickets, and what a new one is admitted with."""

    def __init__(self, database: Database, keyring: IntakeKeyring) -> None:
        self._database = database
        self._keyring = keyring

    @activity.defn
    def admit_ticket(self, opened: OpenTicket) -> Admission:
        """Move the sealed words to the ticket's papers and look up what the ticket needs.

        Again after success: the rows are there, the look-up gives what it gives now.
        """
        words = self._keyring.open(opened.sealed, opened.ticket_id)
        with self._database.unit_of_work() as session:
            customer = PeopleRepository(session).customer(opened.customer_id)
            TicketRepository(session).add(opened, _papers(opened, words, customer))
            return _admission(session, opened, customer)

    @activity.defn
    def record_ticket(self, record: RecordTicket) -> None:
        """Write a ticket's state, its news and whom they concern, in one transaction.

        Again after success: the sequence guard finds nothing to move.
        """
        notices = [n for event in record.ticket.news if (n := notice_of(event))]
        intents = [i for n in notices for i in self._intents(n, record.ticket)]
        record_ticket(self._database, record, intents)

    def _intents(self, notice: Notice, ticket: Ticket) -> list[Intent]:
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
                return [to("customer", ticket.customer_id)]
            case Audience.EXPERT:
                return [to("expert", notice.facts["expert_id"])]
            case Audience.HELPDESK:
                return [to("helpdesk", "helpdesk")]
            case Audience.OPEN_EXPERTS:
                visit = ticket.visit(notice.facts["visit_id"])
                with self._database.unit_of_work() as session:
                    return [to("expert", e) for e in _who_could_come(session, ticket, visit)]


def _papers(
    opened: OpenTicket, words: dict[str, str | None], customer: CustomerRow | None
) -> TicketPrivateRow:
    where = (
        customer.model_dump(include={"street", "city", "postcode", "country", "lat", "lng"})
        if customer
        else {}
    )
    return TicketPrivateRow.model_validate({"ticket_id": opened.ticket_id, **words, **where})


def _admission(session: Session, opened: OpenTicket, customer: CustomerRow | None) -> Admission:
    reference, people = ReferenceRepository(session), PeopleRepository(session)
    model = reference.model(opened.model_id) if opened.model_id else None
    category = model.category if model else opened.category
    kind = reference.category(category or UNIDENTIFIED) or reference.category(UNIDENTIFIED)
    assert kind is not None, "reference data is loaded before the first worker"
    answer = coverage_of(
        [
            HeldPlan(
                plan_id=plan.id,
                status=SubscriptionStatus(held.status),
                categories=None if plan.categories is None else tuple(plan.categories),
                included_visits=plan.included_visits,
                price=plan.price,
            )
            for held in people.subscriptions(opened.customer_id)
            if (plan := reference.plan(held.plan_id))
        ],
        category,
    )
    attention = {
        Attention.CUSTOMER_UNKNOWN: customer is None,
        Attention.MODEL_UNRESOLVED: model is None,
        Attention.SLOTS_MISSING: not opened.slots,
    }
    return Admission(
        zone=customer.zone if customer else None,
        category=category,
        plan_id=answer.plan_id,
        coverage=answer.coverage,
        duration=timedelta(minutes=kind.visit_minutes),
        positions=tuple(
            Position(idx=index, skill=required["skill"], min_level=required["min_level"])
            for index, required in enumerate(kind.skills)
        ),
        attention=tuple(a for a, present in attention.items() if present),
        policies=reference.policies(opened.urgency),
    )


def _who_could_come(session: Session, ticket: Ticket, visit: Visit | None) -> list[str]:
    place = TicketRepository(session).place(ticket.id)
    if visit is None or place is None or ticket.zone is None:
        return []
    skills = [p.skill for p in visit.positions]
    now = ticket.news[-1].recorded_at
    return PeopleRepository(session).who_could_come(skills, ticket.zone, place, now)
