"""Visits and what is reported of them."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any

from pydantic import ValidationError
from temporalio import workflow

from models.messages.escalation import (
    RemindExpert,
    RescheduleVisit,
)
from models.messages.ticket import (
    TicketStanding,
)
from models.messages.visit import (
    AddDependency,
    AddVisit,
    CloseAsItIs,
    ConcludeVisit,
    MoveVisit,
    PlanFollowUp,
    ReportVisit,
    SettleWork,
    VisitAdded,
    VisitReported,
)
from models.rules.ticket import calling_off
from models.rules.visit import (
    attendance,
    concluding,
    extending,
    fieldwork,
    grouping,
    implausible,
    opening,
    rebooking,
)
from models.ticket import Ticket
from workflows.ticket.door import TicketDoor


class TicketField(TicketDoor):
    """Visits: one more, one after another, and how each goes."""

    @workflow.update(description="The ticket needs another visit.")
    async def add_visit(self, new: AddVisit) -> VisitAdded:
        """Open another visit, in the group of those it must follow."""
        ticket = await self._after(_with_visit, new)
        added = grouping.visit_asked_for(ticket, new) or ticket.visits[-1]
        joined = ticket.group_of(added.id)
        return VisitAdded(visit_id=added.id, group_id=joined.id if joined else added.group_id)

    @add_visit.validator
    def _add_visit(self, new: AddVisit) -> None:
        self._require(_with_visit, new)

    @workflow.update(description="One visit must follow another.")
    async def add_dependency(self, new: AddDependency) -> TicketStanding:
        """Chain two visits."""
        return await self._standing_after(grouping.with_dependency, new)

    @add_dependency.validator
    def _add_dependency(self, new: AddDependency) -> None:
        self._require(grouping.with_dependency, new)

    @workflow.update(description="An expert reports from the field.")
    async def report_visit(self, fact: ReportVisit) -> VisitReported:
        """Take a report and answer where the visit stands. More time the calendars have to grant,
        so that answer waits."""
        if extending.asks_for_time(fact):
            return await self._answered(self._inbox.wished(fact), VisitReported)
        answers: list[VisitReported] = []

        def reported(ticket: Ticket, fact: ReportVisit, now: datetime) -> Ticket:
            ticket, answer = fieldwork.reported(ticket, fact, now)
            answers.append(answer)
            return ticket

        await self._after(reported, fact)
        return answers[-1]

    @report_visit.validator
    def _report_visit(self, fact: ReportVisit) -> None:
        fieldwork.reported(self._ticket, fact, workflow.now())

    @workflow.signal(description="A report from the field, delivered while nobody could answer.")
    def visit_reported(self, fact: Annotated[Any, ReportVisit] = None, *_: Any) -> None:
        """Take a report that was left for us."""
        with suppress(ValidationError):
            said = ReportVisit.model_validate(fact)
            if extending.asks_for_time(said):
                return self._inbox.left(said)
        self._heard("visit_reported", _reported, ReportVisit, fact)

    @workflow.update(description="Say what is billed of work whose report cannot be right.")
    async def settle_work(self, settle: SettleWork) -> TicketStanding:
        """Let go of what waits for it."""
        return await self._standing_after(implausible.work_settled, settle)

    @settle_work.validator
    def _settle_work(self, settle: SettleWork) -> None:
        self._require(implausible.work_settled, settle)

    @workflow.update(description="Report the end of a visit for those who are there.")
    async def conclude_visit(self, conclude: ConcludeVisit) -> TicketStanding:
        """Say that it is done, or that time ran out."""
        return await self._standing_after(concluding.concluded, conclude)

    @conclude_visit.validator
    def _conclude_visit(self, conclude: ConcludeVisit) -> None:
        self._require(concluding.concluded, conclude)

    @workflow.update(description="Plan a visit that goes on with one whose work is not done.")
    async def plan_follow_up(self, plan: PlanFollowUp) -> TicketStanding:
        """Open another visit."""
        return await self._standing_after(concluding.planned, plan)

    @plan_follow_up.validator
    def _plan_follow_up(self, plan: PlanFollowUp) -> None:
        self._require(concluding.planned, plan)

    @workflow.update(description="Nothing follows a visit whose work is not done.")
    async def close_as_it_is(self, close: CloseAsItIs) -> TicketStanding:
        """Leave it at what was done."""
        return await self._standing_after(calling_off.closed_as_it_is, close)

    @close_as_it_is.validator
    def _close_as_it_is(self, close: CloseAsItIs) -> None:
        self._require(calling_off.closed_as_it_is, close)

    @workflow.update(description="Tell silent experts once more.")
    async def remind_expert(self, remind: RemindExpert) -> TicketStanding:
        """Remind."""
        return await self._standing_after(attendance.reminded, remind)

    @remind_expert.validator
    def _remind_expert(self, remind: RemindExpert) -> None:
        self._require(attendance.reminded, remind)

    @workflow.update(description="Match a visit anew.")
    async def reschedule(self, change: RescheduleVisit) -> TicketStanding:
        """Open the visit again."""
        return await self._standing_after(attendance.rescheduled, change)

    @reschedule.validator
    def _reschedule(self, change: RescheduleVisit) -> None:
        self._require(attendance.rescheduled, change)

    @workflow.update(description="A visit is wanted at another time.")
    async def move_visit(self, change: MoveVisit) -> TicketStanding:
        """Open the visit again, at other times."""
        return await self._standing_after(rebooking.moved, change)

    @move_visit.validator
    def _move_visit(self, change: MoveVisit) -> None:
        self._require(rebooking.moved, change)


def _with_visit(ticket: Ticket, new: AddVisit, now: datetime) -> Ticket:
    return grouping.with_visit_added(ticket, new, *opening.next_ids(ticket), now)


def _reported(ticket: Ticket, fact: ReportVisit, now: datetime) -> Ticket:
    return fieldwork.reported(ticket, fact, now, asked=False)[0]
