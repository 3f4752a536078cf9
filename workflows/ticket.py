"""One ticket, from the call to the closed file."""

from temporalio import workflow

from activities.aftercare import AftercareActivities
from activities.matching import MatchingActivities
from activities.tickets import TicketActivities
from models.identity import new_id
from models.messages.ticket import (
    OpenTicket,
    RecordTicket,
    SettleGroup,
    Settlement,
    TicketOutcome,
    WakeWaiting,
)
from models.rules import finishing, intake, recording, waiting
from models.rules.settling import settled
from models.rules.transitions import status_of
from models.visit import MatchState
from workflows.options import DATABASE
from workflows.requests import TicketRequests
from workflows.screen import Screen
from workflows.timers import Alarm

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
        self._alarm = Alarm()
        self._screen = Screen()

    @workflow.run
    async def run(self, opened: OpenTicket) -> TicketOutcome:
        """From the filed ticket to its end."""
        await self._admit()
        while not status_of(self._ticket).is_final:
            self._ticket = waiting.caught_up(self._ticket, workflow.now())
            await self._match_visits()
            await self._bill_and_survey()
            await self._record()
            await self._next_event()
        await self._bill_and_survey()
        await self._record()
        await workflow.wait_condition(workflow.all_handlers_finished)
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
        now, chance = workflow.now(), workflow.random()
        visit_id, group_id = new_id("vis", now, chance), new_id("grp", now, chance)
        self._ticket = intake.admitted(self._ticket, admission, visit_id, group_id, now)

    async def _match_visits(self) -> None:
        """Book every group that can be booked; one that ends meanwhile is unbooked again."""
        if recording.freed_experts(self._ticket):
            # What was set free may be booked again only after it is free in the calendar too.
            await self._record()
        while group := waiting.next_to_match(self._ticket):
            self._ticket = self._ticket.with_group(group.but(needs_matching=False))
            settlement = NOBODY_PROPOSES
            if self._ticket.active_proposals(group):
                settlement = await workflow.execute_local_activity_method(
                    MatchingActivities.settle_group,
                    SettleGroup(ticket=self._ticket, group_id=group.id, now=workflow.now()),
                    **DATABASE,
                )
            now = workflow.now()
            self._ticket = settled(self._ticket, group.id, settlement, now)
            self._ticket = waiting.with_due_questions(self._ticket, now)

    async def _bill_and_survey(self) -> None:
        bill = finishing.bill_due(self._ticket, workflow.now())
        if bill is None:
            return
        survey = finishing.survey_due(self._ticket)
        await workflow.execute_local_activity_method(
            AftercareActivities.start_billing, bill, **DATABASE
        )
        if survey is not None:
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
            freed = recording.freed_experts(written)
            if freed:
                await workflow.execute_local_activity_method(
                    MatchingActivities.wake_waiting,
                    WakeWaiting(ticket_id=written.id, expert_ids=freed),
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
