"""One ticket, from the call to the closed file."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.aftercare import AftercareActivities
from activities.decisions import DecisionActivities
from activities.escalations import EscalationActivities
from activities.matching import MatchingActivities
from activities.tickets import TicketActivities
from models.errors import DomainError, Unavailable
from models.escalation import Question
from models.messages.escalation import RaiseEscalation, SuggestTimes, TellEscalation
from models.messages.ticket import (
    AssignExpert,
    BookByHand,
    OpenTicket,
    RecordTicket,
    SettleGroup,
    Settlement,
    TicketOutcome,
    WakeWaiting,
)
from models.rules import (
    asking,
    assigning,
    finishing,
    intake,
    offering,
    recording,
    settling,
    sla,
    waiting,
)
from models.rules.transitions import status_of
from models.ticket import Ticket, Timer
from models.visit import MatchState
from temporal.failures import as_domain_error
from temporal.ids import escalation_workflow
from workflows.causes import Causes
from workflows.inbox import Inbox
from workflows.options import DATABASE
from workflows.requests import TicketRequests
from workflows.screen import Screen
from workflows.timers import Alarm

ASK_AGAIN = timedelta(seconds=1)
NOBODY_PROPOSES = Settlement(match_state=MatchState.EMPTY)


@workflow.defn(name="Ticket")
class TicketWorkflow(TicketRequests):
    """One ticket: experts propose themselves, visits settle by themselves, the work is done, billed
    and surveyed, and the file is closed."""

    @workflow.init
    def __init__(self, opened: OpenTicket) -> None:
        self._opened = opened
        self._ticket = opened.resumed or intake.opened(opened)
        self._recorded = opened.resumed
        self._astray: str | None = None
        self._causes = Causes()
        self._inbox = Inbox(self._causes)
        self._wishes = []
        self._alarm = Alarm()
        self._screen = Screen()

    @workflow.run
    async def run(self, opened: OpenTicket) -> TicketOutcome:
        """From the filed ticket to its end."""
        await self._admit()
        while not status_of(self._ticket).is_final:
            self._ticket = waiting.caught_up(self._ticket, workflow.now())
            await self._send_by_hand()
            await self._match_visits()
            await self._offer_times()
            await self._bill()
            await self._record()
            await self._ask_people()
            if self._inbox.is_empty:
                await self._next_event()
            else:
                self._take_up()
        await self._put_away()
        return TicketOutcome(
            status=status_of(self._ticket),
            rounds=self._ticket.round,
            visits=len(self._ticket.visits),
        )

    async def _admit(self) -> None:
        if self._ticket.admitted:
            return
        admission = await workflow.execute_local_activity_method(
            TicketActivities.admit_ticket, self._opened, **DATABASE
        )
        visit_id, group_id = intake.next_ids(self._ticket)
        self._ticket = intake.admitted(self._ticket, admission, visit_id, group_id, workflow.now())

    async def _send_by_hand(self) -> None:
        """Send the experts whom the helpdesk chose, in the order in which it asked."""
        while self._wishes:
            wish = self._wishes[0]
            self._causes.used(wish.number)
            try:
                if assigning.answer(self._ticket, wish.asked) is None:
                    await self._book_by_hand(wish.asked)
                    now = workflow.now()
                    self._ticket = asking.with_due_questions(self._ticket, now)
                wish.answer = assigning.answer(self._ticket, wish.asked)
            except DomainError as refusal:
                wish.answer = refusal
            self._wishes.remove(wish)

    async def _book_by_hand(self, asked: AssignExpert) -> None:
        """Book one expert; if that took so long that the ticket refuses by now, unbook them."""
        if recording.freed_experts(self._ticket):
            await self._record()
        booking = assigning.wished(self._ticket, asked, workflow.now())
        await self._into_calendar(booking)
        now = workflow.now()
        try:
            self._ticket = assigning.fulfilled(self._ticket, asked, booking, now)
        except DomainError:
            self._ticket = settling.undone(self._ticket, [assigning.made(booking)], now)
            raise

    async def _into_calendar(self, booking: BookByHand) -> None:
        try:
            await self._causes.act(MatchingActivities.book_by_hand, booking, DATABASE)
        except ActivityError as failed:
            unclear = Unavailable("calendar-busy", "The expert could not be booked just now.")
            raise as_domain_error(failed.cause) or unclear from failed

    async def _put_away(self) -> None:
        """What the last message left to do; nobody is left without an answer."""
        while True:
            await self._send_by_hand()
            self._take_up()
            await self._bill()
            await self._record()
            await self._ask_people()
            await workflow.wait_condition(
                lambda: workflow.all_handlers_finished() or self._is_called()
            )
            if not self._is_called():
                return

    def _take_up(self) -> None:
        self._ticket = self._inbox.take_up(self._ticket, workflow.now())

    async def _match_visits(self) -> None:
        """Book every group that can be booked."""
        while group := waiting.next_to_match(self._ticket):
            if self._astray is not None or recording.freed_experts(self._ticket):
                # What was set free may be booked again only after it is free in the calendar too.
                await self._record()
            self._ticket = self._ticket.with_group(group.but(needs_matching=False))
            settlement = NOBODY_PROPOSES
            if self._ticket.active_proposals(group):
                settlement = await self._causes.act(
                    MatchingActivities.settle_group,
                    SettleGroup(ticket=self._ticket, group_id=group.id, now=workflow.now()),
                    DATABASE,
                )
            now = workflow.now()
            if settlement.astray or settling.is_void(self._ticket, group.id, settlement):
                self._astray = self.mark()
            self._ticket = settling.settled(self._ticket, group.id, settlement, now)
            self._ticket = asking.with_due_questions(self._ticket, now)

    async def _offer_times(self) -> None:
        """Where the policy says so, the customer is offered times before any person is asked."""
        group = asking.offer_due(self._ticket, workflow.now())
        if group is None:
            return
        found = await workflow.execute_local_activity_method(
            DecisionActivities.suggest_times,
            SuggestTimes(ticket=self._ticket, group_id=group.id, now=workflow.now()),
            **DATABASE,
        )
        self._ticket = offering.offered_by_house(
            self._ticket, group.id, found.options, workflow.now()
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
                    ),
                    DATABASE,
                )
            self._ticket = asking.told(self._ticket, question)
            self._screen.show(self._ticket, waiting.timers(self._ticket, workflow.now()))

    def _escalation_of(self, question: Question) -> RaiseEscalation:
        ticket = self._ticket
        return RaiseEscalation(
            escalation_id=question.id,
            ticket_id=ticket.id,
            workflow_id=escalation_workflow(ticket.id, question.reason, question.visit),
            subject=question.subject,
            reason=question.reason,
            visit=question.visit,
            about=question.about,
            zone=ticket.zone,
            urgency=ticket.urgency,
            step=ticket.policies.escalation_step,
            opened_at=question.asked_at,
        )

    async def _bill(self) -> None:
        bill = finishing.bill_due(self._ticket, workflow.now())
        if bill is None:
            return
        await self._causes.act(AftercareActivities.start_billing, bill, DATABASE)
        self._ticket = finishing.billed(self._ticket, bill.round, workflow.now())

    async def _record(self) -> None:
        """Write the news; and again, whole, where a worker that died wrote what never was."""
        while self._ticket.news or self._astray is not None:
            now = workflow.now()
            self._ticket = written = sla.clocked(self._ticket, now)
            timers = waiting.timers(written, now)
            self._astray = await self._write(written, timers)
            if self._astray is not None:
                continue
            freed = recording.freed_experts(written)
            if freed:
                await workflow.execute_local_activity_method(
                    MatchingActivities.wake_waiting,
                    WakeWaiting(ticket_id=written.id, expert_ids=freed),
                    **DATABASE,
                )
            self._recorded = written
            self._ticket = written.but(news=())
            self._screen.show(written, timers)

    async def _write(self, written: Ticket, timers: tuple[Timer, ...]) -> str | None:
        """Answers the mark of a projection that has what never was, and where nothing was written.

        What only brings the projection up to date is written at once; what frees or tells somebody,
        or undoes what never was, after its cause is in the history.
        """
        astray, kept = self._astray, self._causes.are_kept
        record = RecordTicket(
            ticket=recording.changed_since(written, None if astray else self._recorded),
            status=status_of(written),
            timers=timers,
            survey=finishing.survey_due(written),
            before=self.mark() if astray is None else astray,
            whole=astray is not None,
        )
        if astray is not None or not (kept or recording.is_revocable(written.news)):
            stands: str | None = await self._causes.act(
                TicketActivities.record_ticket, record, DATABASE
            )
            return stands
        return await workflow.execute_local_activity_method(
            TicketActivities.record_ticket,
            record.model_copy(update={"tentative": not kept}),
            **DATABASE,
        )

    async def _next_event(self) -> None:
        """Wait for a message or the next clock, whichever comes first."""
        if status_of(self._ticket).is_final or self._ticket.news or self._is_called():
            return
        if waiting.next_to_match(self._ticket):
            return
        if workflow.info().is_continue_as_new_suggested():
            await workflow.wait_condition(
                lambda: workflow.all_handlers_finished() or self._is_called()
            )
            if self._is_called():
                return
            resumed = self._opened.model_copy(update={"sealed": "", "resumed": self._ticket})
            workflow.continue_as_new(resumed)
        running = waiting.timers(self._ticket, workflow.now())
        if asking.untold(self._ticket):
            soon = workflow.now() + ASK_AGAIN
            running = (Timer(name="ask_again", due_at=soon, subject=self._ticket.id), *running)
        self._alarm.set(running[0] if running else None)
        await workflow.wait_condition(lambda: self._is_called() or self._alarm.rang)

    def _is_called(self) -> bool:
        """Whether somebody waits for the story to go on."""
        return not self._inbox.is_empty or bool(self._wishes) or self._astray is not None
