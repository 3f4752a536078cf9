"""One ticket, from the call to the closed file."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow

from activities.escalation.escalations import EscalationActivities
from activities.money.aftercare import AftercareActivities
from activities.money.billing import BillingActivities
from activities.ticket.tickets import TicketActivities
from models import subject
from models.escalation import Question
from models.messages.escalation import LookAgain, RaiseEscalation, TellEscalation
from models.messages.ticket import OpenTicket, TicketOutcome
from models.rules.escalation import asking, pacing
from models.rules.ticket import finishing, intake, waiting
from models.rules.transitions import status_of
from models.rules.visit import opening
from temporal.ids import escalation_workflow
from workflows.causes import Causes
from workflows.inbox import Inbox
from workflows.options import DATABASE
from workflows.story_clock import StoryClock
from workflows.ticket.overrun import TicketOverrun
from workflows.ticket.screen import Screen
from workflows.timers import Alarm

ASK_AGAIN = timedelta(seconds=1)
LONGEST_RUN = 240
"""Events; some dozens may follow before nobody waits. A worker that does not know a ticket reads
about a thousand a second (docs/decisions/0016-continue-as-new-before-a-run-is-long-to-read.md)."""


@workflow.defn(name="Ticket")
class TicketWorkflow(TicketOverrun):
    """One ticket: experts propose themselves, visits settle by themselves, the work is done, billed
    and surveyed, and the file is closed."""

    @workflow.init
    def __init__(self, opened: OpenTicket) -> None:
        self._opened = opened
        self._ticket = opened.resumed or intake.opened(opened)
        self._recorded = opened.resumed
        self._astray: str | None = None
        self._clock = StoryClock()
        self._causes = Causes(self._clock)
        self._inbox = Inbox(self._causes, self._clock)
        self._strangers = 0
        self._informed_seq = self._ticket.seq
        self._paced_by = self._ticket.policies
        self._alarm = Alarm()
        self._screen = Screen()

    @workflow.run
    async def run(self, opened: OpenTicket) -> TicketOutcome:
        """From the filed ticket to its end."""
        await self._admit()
        while not finishing.is_over(self._ticket, self._clock.due):
            await self._check_rights()
            self._ticket = waiting.caught_up(self._ticket, self._clock.due, self._clock.now)
            await self._find_stand_ins()
            await self._give_time_back()
            await self._match_visits()
            await self._offer_times()
            await self._bill()
            await self._record()
            await self._keep_informed()
            await self._ask_people()
            if self._inbox.is_empty:
                await self._next_event()
            else:
                await self._take_up()
        await self._put_away()
        return TicketOutcome(
            status=status_of(self._ticket),
            rounds=self._ticket.round,
            visits=len(self._ticket.visits),
        )

    @workflow.query(description="With what the ticket goes on, should it begin again.")
    def continuation(self) -> OpenTicket:
        """The whole ticket as it is left, without the words that were sealed."""
        return self._opened.model_copy(update={"sealed": "", "resumed": self._ticket})

    async def _admit(self) -> None:
        if self._ticket.admitted:
            return
        admission = await workflow.execute_local_activity_method(
            TicketActivities.admit_ticket, self._opened, **DATABASE
        )
        visit_id, group_id = opening.next_ids(self._ticket)
        asked_since = self._clock.due
        self._clock.heard()
        self._ticket = intake.admitted(
            self._ticket, admission, visit_id, group_id, self._clock.now, asked_since
        )

    async def _take_up(self) -> None:
        """The next that people said meanwhile, in the order in which it came."""
        if wish := self._inbox.next_wish():
            await self._fulfil(wish)
        else:
            self._ticket = self._inbox.take_up(self._ticket)

    async def _put_away(self) -> None:
        """What the last message left to do; nobody is left without an answer."""
        while True:
            await self._bill()
            await self._record()
            await self._ask_people()
            await workflow.wait_condition(
                lambda: workflow.all_handlers_finished() or self._is_called()
            )
            if not self._is_called():
                return
            await self._take_up()

    async def _keep_informed(self) -> None:
        """Whoever is asked already decides on the ticket as it is now."""
        asking_now = asking.asked_already(self._ticket)
        moved, self._informed_seq = self._ticket.seq > self._informed_seq, self._ticket.seq
        repaced, self._paced_by = self._ticket.policies != self._paced_by, self._ticket.policies
        if not asking_now or not moved:
            return
        await workflow.execute_local_activity_method(
            EscalationActivities.have_facts_follow,
            LookAgain(
                asking=tuple(
                    TellEscalation(
                        workflow_id=self._escalation_of(question).workflow_id,
                        escalation_id=question.id,
                        step=pacing.step_of(self._ticket, question) if repaced else None,
                    )
                    for question in asking_now
                )
            ),
            **DATABASE,
        )

    async def _ask_people(self) -> None:
        """What is in doubt is asked by an escalation of its own, which ends with the doubt."""
        while question := asking.untold(self._ticket):
            if question.is_live:
                opened = await self._causes.act(
                    EscalationActivities.open_escalation, self._escalation_of(question), DATABASE
                )
                if not opened:
                    return
            else:
                await self._causes.act(
                    EscalationActivities.tell_escalation,
                    TellEscalation(
                        workflow_id=self._escalation_of(question).workflow_id,
                        escalation_id=question.id,
                        because=question.because,
                    ),
                    DATABASE,
                )
            self._ticket = asking.told(self._ticket, question)
            self._screen.show(self._ticket, waiting.timers(self._ticket, self._clock.due))

    def _escalation_of(self, question: Question) -> RaiseEscalation:
        ticket = self._ticket
        return RaiseEscalation(
            escalation_id=question.id,
            concerns=subject.ticket(ticket.id),
            workflow_id=escalation_workflow(ticket.id, question.reason, question.part),
            subject=question.subject,
            reason=question.reason,
            visit=question.visit,
            about=question.about,
            zone=ticket.filing.zone,
            urgency=ticket.filing.urgency,
            step=pacing.step_of(ticket, question),
            opened_at=question.asked_at,
            level=question.level,
        )

    async def _bill(self) -> None:
        if credit := finishing.credit_due(self._ticket, self._clock.now):
            await self._causes.act(BillingActivities.credit_work, credit, DATABASE)
            self._ticket = self._ticket.but(to_credit=())
        bill = finishing.bill_due(self._ticket, self._clock.now)
        if bill is None:
            return
        await self._causes.act(AftercareActivities.start_billing, bill, DATABASE)
        self._ticket = finishing.billed(self._ticket, bill.round, self._clock.now)

    async def _next_event(self) -> None:
        """Wait for a message or the next clock, whichever comes first."""
        if finishing.is_over(self._ticket, self._clock.due):
            return
        if self._ticket.news or self._is_called():
            return
        if waiting.next_to_match(self._ticket):
            return
        if self._is_long():
            await workflow.wait_condition(
                lambda: workflow.all_handlers_finished() or self._is_called()
            )
            if self._is_called():
                return
            workflow.continue_as_new(self.continuation())
        if not self._alarm.has_rung:
            running = waiting.timers(self._ticket, self._clock.due)
            self._alarm.set(running[0] if running else None)
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._is_called() or self._alarm.has_rung,
                timeout=ASK_AGAIN if asking.untold(self._ticket) else None,
            )
        if deadline := self._alarm.noticed():
            self._clock.rang(deadline)

    @staticmethod
    def _is_long() -> bool:
        """Whether the next worker would read this run for too long before it answers anybody."""
        told = workflow.info()
        length = told.get_current_history_length()
        return told.is_continue_as_new_suggested() or length >= LONGEST_RUN

    def _is_called(self) -> bool:
        """Whether somebody waits for the story to go on."""
        return not self._inbox.is_empty or self._astray is not None
