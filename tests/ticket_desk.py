"""Tickets that move without Temporal, by the house's own rules and activities."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from psycopg.types.range import Range

from activities.money.billing import BillingActivities
from activities.ticket.tickets import TicketActivities
from models import subject
from models.actor import Actor, Role
from models.calendar import Window
from models.catalogue.catalogue import FIRST_CUSTOMER_ID, FIRST_EXPERT_ID
from models.db.engine import Database
from models.db.escalation.recorder import record_escalation
from models.db.matching.tables import AssignmentRow
from models.db.people.tables import ExpertRow
from models.escalation import Escalation
from models.event import Cause
from models.field import FactKind
from models.identity import derived_id
from models.messages.escalation import RaiseEscalation
from models.messages.matching import Propose, ScheduledVisit, Settlement, StaffedPosition
from models.messages.money import IssueInvoice
from models.messages.ticket import CancelTicket, ChangeSlots, OpenTicket
from models.messages.visit import ReportVisit
from models.rules.escalation.escalating import raised, stepped
from models.rules.escalation.telling import intents_of
from models.rules.matching import proposing, rescheduling
from models.rules.matching.settling import settled
from models.rules.ticket import closing, finishing, intake, waiting
from models.rules.ticket.recording import record_of
from models.rules.visit import fieldwork, opening
from models.ticket import Channel, Ticket, Urgency
from models.visit import AssignmentSource, AssignmentState, MatchState
from temporal.flags import Flags
from temporal.ids import escalation_workflow
from temporal.sealing import IntakeKeyring
from tests.databases import unhurried
from tests.town import GOOD_DAY

FRIDGE = "mod_bosch-kgn39vleb"
SECRET_WORDS = "The key is under the third flower pot."
CUSTOMER = Cause(actor=Actor(role=Role.CUSTOMER, id=FIRST_CUSTOMER_ID))


class TicketDesk:
    """A database of its own and a clock that can be pushed."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.database = Database(url, pool_size=12)
        unhurried(self.database, Urgency.NORMAL)
        self._keyring = IntakeKeyring(folder / "keys")
        self.flags = Flags()
        self._tickets = TicketActivities(self.database, self._keyring, self.flags)
        self._pushed = timedelta(0)
        self._marks: dict[str, str] = {}
        self._bookings = 0

    def now(self) -> datetime:
        """The time by our clock."""
        return datetime.now(UTC) + self._pushed

    def push_clock(self, time_passes: timedelta) -> None:
        """Let time pass at once."""
        self._pushed += time_passes

    def received(self, customer_id: str = FIRST_CUSTOMER_ID, slots: bool = True) -> Ticket:
        """A ticket that was just filed; its customer is to be told."""
        now = self.now()
        opened = self._opened(customer_id, now, slots=slots)
        return self.record(intake.opened(opened))

    def matching(self, customer_id: str = FIRST_CUSTOMER_ID, slots: bool = True) -> Ticket:
        """A ticket that experts are told of."""
        now = self.now()
        opened = self._opened(customer_id, now, slots=slots)
        admission = self._tickets.admit_ticket(opened)
        ticket = intake.opened(opened)
        return self.record(intake.admitted(ticket, admission, *opening.next_ids(ticket), now))

    def scheduled(self, customer_id: str = FIRST_CUSTOMER_ID) -> Ticket:
        """A ticket whose visit is booked."""
        ticket, now = self.matching(customer_id), self.now()
        offer = Propose(
            proposal_id=derived_id("prp", ticket.id),
            visit_id=ticket.visits[0].id,
            expert_id=FIRST_EXPERT_ID,
            windows=ticket.filing.slots,
            by=CUSTOMER,
        )
        return self.booked(proposing.proposed(ticket, offer, now))

    def booked(self, ticket: Ticket) -> Ticket:
        """The ticket with its visit booked at the customer's first time, behind what was booked
        before."""
        now, [visit], proposal = self.now(), ticket.visits, ticket.matching.proposals[-1]
        start = ticket.filing.slots[0].start + timedelta(hours=2) * self._bookings
        self._bookings += 1
        crew = StaffedPosition(
            assignment_id=derived_id("asg", proposal.id, str(ticket.seq)),
            visit_id=visit.id,
            position=0,
            expert_id=proposal.expert_id,
            proposal_id=proposal.id,
        )
        settlement = Settlement(
            match_state=MatchState.FINALISED,
            starts=(ScheduledVisit(visit_id=visit.id, start=start),),
            crew=(crew,),
        )
        self._in_calendar(ticket, settlement)
        group = ticket.group_of(visit.id)
        assert group is not None
        ticket = ticket.with_group(group.but(needs_matching=False))
        return self.record(settled(ticket, group.id, settlement, now))

    def moved(self, ticket: Ticket) -> Ticket:
        """The ticket after its customer has time only on the last of their days."""
        change = ChangeSlots(slots=ticket.filing.slots[-1:], by=CUSTOMER)
        return self.record(rescheduling.with_slots(ticket, change, self.now()))

    def completed(self, ticket: Ticket | None = None) -> Ticket:
        """A ticket whose work is done and billed."""
        ticket = ticket or self.scheduled()
        for kind in GOOD_DAY:
            ticket = self.reported(ticket, kind)
        bill = finishing.bill_due(ticket, self.now())
        assert bill is not None
        # Nobody's calendar is booked here, so nobody earns anything either.
        issue = IssueInvoice(bill=bill.model_copy(update={"work": ()}), issued_at=self.now())
        BillingActivities(self.database).issue_invoice(issue)
        return ticket

    def reported(self, ticket: Ticket, kind: FactKind) -> Ticket:
        """The ticket after its expert reported something, just now."""
        fact = ReportVisit(
            visit_id=ticket.visits[0].id,
            kind=kind,
            expert_id=FIRST_EXPERT_ID,
            occurred_at=self.now(),
            client_event_id=uuid.uuid4().hex,
            by=CUSTOMER,
        )
        return self.record(fieldwork.reported(ticket, fact, self.now())[0])

    def cancelled(self, ticket: Ticket) -> Ticket:
        """The ticket, given up by its customer."""
        return self.record(closing.cancelled(ticket, CancelTicket(by=CUSTOMER), self.now()))

    def escalated(self, ticket: Ticket) -> Escalation:
        """The question a day later, when nobody has come forward."""
        self.push_clock(timedelta(days=1))
        looked_at = tuple(g.but(needs_matching=False) for g in ticket.matching.groups)
        [question] = waiting.caught_up(
            ticket.but(matching=ticket.matching.but(groups=looked_at)), self.now()
        ).doubts.questions
        ask = RaiseEscalation(
            escalation_id=question.id,
            concerns=subject.ticket(ticket.id),
            workflow_id=escalation_workflow(ticket.id, question.reason),
            subject=question.subject,
            reason=question.reason,
            zone=ticket.filing.zone,
            urgency=ticket.filing.urgency,
            step=ticket.policies.escalation_step,
            opened_at=question.asked_at,
        )
        return self.written(raised(ask))

    def stepped(self, escalation: Escalation) -> Escalation:
        """The question when the next level's turn has come."""
        self.push_clock(escalation.step)
        return self.written(stepped(escalation, self.now()))

    def written(self, escalation: Escalation) -> Escalation:
        """Write an escalation down, as its workflow would; the escalation without its news."""
        record_escalation(self.database, escalation, intents_of(escalation))
        return escalation.but(news=())

    def record(self, ticket: Ticket) -> Ticket:
        """Write a ticket down with its news, as its workflow would; the ticket without them."""
        record = record_of(ticket, None, (), self._marks.get(ticket.id, ""))
        assert self._tickets.record_ticket(record) is None
        self._marks[ticket.id] = ticket.mark
        return ticket.but(news=())

    def _in_calendar(self, ticket: Ticket, settlement: Settlement) -> None:
        """Book the crew, who can be anywhere at any time."""
        [visit], [scheduled] = ticket.visits, settlement.starts
        with self.database.unit_of_work() as session:
            for freed in visit.assignments:
                session.get_one(AssignmentRow, freed.id).state = freed.state
            session.flush()
            for member in settlement.crew:
                expert = session.get_one(ExpertRow, member.expert_id)
                assert expert.expert_no is not None
                session.add(
                    AssignmentRow(
                        id=member.assignment_id,
                        ticket_id=ticket.id,
                        group_id=visit.group_id,
                        round=1,
                        visit_id=visit.id,
                        position=member.position,
                        expert_id=expert.id,
                        expert_no=expert.expert_no,
                        source=AssignmentSource.AUTO,
                        state=AssignmentState.RESERVED,
                        start_at=scheduled.start,
                        end_at=scheduled.start + visit.duration,
                        blocked=Range(empty=True),
                        lat=expert.lat,
                        lng=expert.lng,
                    )
                )

    def _opened(self, customer_id: str, now: datetime, *, slots: bool) -> OpenTicket:
        ticket_id = f"tkt_{uuid.uuid4()}"
        words = {"description": SECRET_WORDS, "model_text": None}
        opened = OpenTicket(
            ticket_id=ticket_id,
            customer_id=customer_id,
            by=CUSTOMER,
            channel=Channel.APP,
            urgency=Urgency.NORMAL,
            opened_at=now,
            slots=_days(now, 3) if slots else (),
            model_id=FRIDGE,
            category=None,
            model_text_given=False,
            sealed=self._keyring.seal(words, ticket_id, now),
            fingerprint="",
        )
        self._tickets.admit_ticket(opened)
        return opened


def _days(now: datetime, count: int) -> tuple[Window, ...]:
    """Days from 08:00 to 20:00 UTC, the first in a month; January has no change of clocks."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=30)
    days = [midnight + timedelta(days=n) for n in range(count)]
    return tuple(Window(start=d + timedelta(hours=8), end=d + timedelta(hours=20)) for d in days)
