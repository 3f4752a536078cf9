"""One ticket, from the call to the closed file."""

from typing import Any

from pydantic import ValidationError
from temporalio import workflow

from activities.aftercare import AftercareActivities
from activities.matching import MatchingActivities
from activities.tickets import TicketActivities
from models.errors import DomainError
from models.event import OURSELVES
from models.identity import new_id
from models.messages.ticket import (
    CancelTicket,
    ChangeSlots,
    ConfirmTicket,
    DecideCoverage,
    OpenTicket,
    Propose,
    Proposed,
    RecordTicket,
    ReopenTicket,
    ReportVisit,
    SettleGroup,
    TicketOutcome,
    TicketStanding,
    VisitReported,
)
from models.rules import closing, fieldwork, finishing, intake, proposing, recording, waiting
from models.rules.settling import settled
from models.rules.transitions import status_of
from models.ticket import Ticket, Timer
from workflows.options import DATABASE
from workflows.screen import Screen
from workflows.timers import Alarm


@workflow.defn(name="Ticket")
class TicketWorkflow:
    """One ticket: experts propose themselves, visits settle by themselves, the work is done, billed
    and surveyed, and the file is closed."""

    @workflow.init
    def __init__(self, opened: OpenTicket) -> None:
        self._opened = opened
        self._ticket = opened.resumed or intake.opened(opened)
        self._recorded = opened.resumed
        self._alarm = Alarm()
        self._screen = Screen()

    @workflow.run
    async def run(self, opened: OpenTicket) -> TicketOutcome:
        """From the filed ticket to its end."""
        await self._admit()
        while not status_of(self._ticket).is_final:
            await self._match_visits()
            await self._bill_and_survey()
            await self._record()
            await self._next_event()
        await self._record()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return TicketOutcome(
            status=status_of(self._ticket),
            rounds=self._ticket.round,
            visits=len(self._ticket.visits),
        )

    # What people ask. A refusal is the validator's; what it lets through is only recorded here.

    @workflow.update(description="An expert offers himself for a visit.")
    def propose(self, offer: Propose) -> Proposed:
        """Take an expert's offer at the place its arrival gives it."""
        self._ticket = proposing.proposed(self._ticket, offer, workflow.now())
        return proposing.place_of(self._ticket, offer.proposal_id)

    @propose.validator
    def _propose(self, offer: Propose) -> None:
        proposing.proposed(self._ticket, offer, workflow.now())

    @workflow.update(description="An expert reports from the field.")
    def report_visit(self, fact: ReportVisit) -> VisitReported:
        """Take a report and answer where the visit stands."""
        self._ticket, answer = fieldwork.reported(self._ticket, fact, workflow.now())
        return answer

    @report_visit.validator
    def _report_visit(self, fact: ReportVisit) -> None:
        fieldwork.reported(self._ticket, fact, workflow.now())

    @workflow.update(description="The customer changes the times that suit him.")
    def change_slots(self, change: ChangeSlots) -> TicketStanding:
        """Replace the customer's times."""
        return self._became(intake.with_slots(self._ticket, change, workflow.now()))

    @change_slots.validator
    def _change_slots(self, change: ChangeSlots) -> None:
        intake.with_slots(self._ticket, change, workflow.now())

    @workflow.update(description="Helpdesk settles who pays.")
    def decide_coverage(self, decision: DecideCoverage) -> TicketStanding:
        """Settle who pays."""
        return self._became(intake.with_coverage(self._ticket, decision, workflow.now()))

    @decide_coverage.validator
    def _decide_coverage(self, decision: DecideCoverage) -> None:
        intake.with_coverage(self._ticket, decision, workflow.now())

    @workflow.update(description="End the ticket; experts are freed and everybody is told.")
    def cancel(self, command: CancelTicket) -> TicketStanding:
        """Give the ticket up."""
        return self._became(closing.cancelled(self._ticket, command, workflow.now()))

    @cancel.validator
    def _cancel(self, command: CancelTicket) -> None:
        closing.cancelled(self._ticket, command, workflow.now())

    @workflow.update(description="The customer says that the work is done.")
    def confirm(self, command: ConfirmTicket) -> TicketStanding:
        """Close the ticket."""
        return self._became(closing.confirmed(self._ticket, command, workflow.now()))

    @confirm.validator
    def _confirm(self, command: ConfirmTicket) -> None:
        closing.confirmed(self._ticket, command, workflow.now())

    @workflow.update(description="The customer says that the work is not done.")
    def reopen(self, command: ReopenTicket) -> TicketStanding:
        """Begin another round."""
        now, chance = workflow.now(), workflow.random()
        visit_id, group_id = new_id("vis", now, chance), new_id("grp", now, chance)
        return self._became(closing.reopened(self._ticket, command, visit_id, group_id, now))

    @reopen.validator
    def _reopen(self, command: ReopenTicket) -> None:
        closing.reopened(self._ticket, command, "", "", workflow.now())

    # Facts: they cannot be refused, so what does not fit is recorded as rejected.

    @workflow.signal(description="A report from the field, delivered while nobody could answer.")
    def visit_reported(self, fact: Any = None, *_: Any) -> None:
        """Take a report that was left for us."""
        now = workflow.now()
        try:
            self._ticket, _answer = fieldwork.reported(
                self._ticket, ReportVisit.model_validate(fact), now
            )
        except (DomainError, ValidationError) as refusal:
            code = refusal.code if isinstance(refusal, DomainError) else "malformed-message"
            self._ticket = self._ticket.happened(
                "command.rejected", now, OURSELVES, command="visit_reported", code=code
            )

    @workflow.query(description="Everything that is decided about the ticket.")
    def ticket(self) -> Ticket:
        """The whole ticket."""
        return self._ticket

    @workflow.query(description="The running clocks, soonest first.")
    def timers(self) -> tuple[Timer, ...]:
        """The running clocks."""
        return waiting.timers(self._ticket, workflow.now())

    # Steps.

    def _became(self, ticket: Ticket) -> TicketStanding:
        self._ticket = ticket
        return TicketStanding(
            ticket_id=ticket.id, status=status_of(ticket), round=ticket.round, seq=ticket.seq
        )

    async def _admit(self) -> None:
        if self._ticket.admitted:
            return
        admission = await workflow.execute_local_activity_method(
            TicketActivities.admit_ticket, self._opened, **DATABASE
        )
        now, chance = workflow.now(), workflow.random()
        visit_id, group_id = new_id("vis", now, chance), new_id("grp", now, chance)
        self._ticket = intake.admitted(self._ticket, admission, visit_id, group_id, now)

    async def _match_visits(self) -> None:
        """Book every group that can be booked; one that ends meanwhile is unbooked again."""
        for group in self._ticket.groups:
            if not (group.is_live and group.needs_matching) or self._ticket.review_open:
                continue
            self._ticket = self._ticket.with_group(group.but(needs_matching=False))
            settlement = await workflow.execute_local_activity_method(
                MatchingActivities.settle_group,
                SettleGroup(ticket=self._ticket, group_id=group.id, now=workflow.now()),
                **DATABASE,
            )
            self._ticket = settled(self._ticket, group.id, settlement, workflow.now())

    async def _bill_and_survey(self) -> None:
        bill = finishing.bill_due(self._ticket)
        if bill is None:
            return
        survey = finishing.survey_due(self._ticket)
        await workflow.execute_local_activity_method(
            AftercareActivities.start_billing, bill, **DATABASE
        )
        await workflow.execute_local_activity_method(
            AftercareActivities.open_survey, survey, **DATABASE
        )
        self._ticket = finishing.billed(self._ticket, workflow.now())

    async def _record(self) -> None:
        """Write until what is written is what is: a handler may move the ticket meanwhile."""
        while self._ticket.news:
            written, now = self._ticket, workflow.now()
            timers = waiting.timers(written, now)
            await workflow.execute_local_activity_method(
                TicketActivities.record_ticket,
                RecordTicket(
                    ticket=recording.changed_since(written, self._recorded),
                    status=status_of(written),
                    timers=timers,
                ),
                **DATABASE,
            )
            self._recorded = written
            self._ticket = recording.without_news(self._ticket, up_to=written.seq)
            self._screen.show(written, timers)

    async def _next_event(self) -> None:
        """Wait for a message or the next clock, whichever comes first."""
        if status_of(self._ticket).is_final or self._ticket.news:
            return
        if workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(workflow.all_handlers_finished)
            resumed = self._opened.model_copy(update={"sealed": "", "resumed": self._ticket})
            workflow.continue_as_new(resumed)
        running = waiting.timers(self._ticket, workflow.now())
        self._alarm.set(running[0] if running else None)
        known = self._ticket
        await workflow.wait_condition(lambda: self._ticket is not known or self._alarm.rang)
        self._ticket = waiting.caught_up(self._ticket, workflow.now())
