"""Visits and what is reported of them."""

from datetime import datetime
from typing import Annotated, Any

from temporalio import workflow

from models.messages.escalation import (
    RemindExpert,
    RescheduleVisit,
)
from models.messages.ticket import (
    TicketStanding,
)
from models.messages.visit import AddDependency, AddVisit, ReportVisit, VisitAdded, VisitReported
from models.rules.visit import attendance, fieldwork, grouping, opening
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
        _with_visit(self._ticket, new, workflow.now())

    @workflow.update(description="One visit must follow another.")
    async def add_dependency(self, new: AddDependency) -> TicketStanding:
        """Chain two visits."""
        return await self._standing_after(grouping.with_dependency, new)

    @add_dependency.validator
    def _add_dependency(self, new: AddDependency) -> None:
        grouping.with_dependency(self._ticket, new, workflow.now())

    @workflow.update(description="An expert reports from the field.")
    async def report_visit(self, fact: ReportVisit) -> VisitReported:
        """Take a report and answer where the visit stands."""
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
        self._heard("visit_reported", _reported, ReportVisit, fact)

    @workflow.update(description="Tell silent experts once more.")
    async def remind_expert(self, remind: RemindExpert) -> TicketStanding:
        """Remind."""
        return await self._standing_after(attendance.reminded, remind)

    @remind_expert.validator
    def _remind_expert(self, remind: RemindExpert) -> None:
        attendance.reminded(self._ticket, remind, workflow.now())

    @workflow.update(description="Match a visit anew.")
    async def reschedule(self, change: RescheduleVisit) -> TicketStanding:
        """Open the visit again."""
        return await self._standing_after(attendance.rescheduled, change)

    @reschedule.validator
    def _reschedule(self, change: RescheduleVisit) -> None:
        attendance.rescheduled(self._ticket, change, workflow.now())


def _with_visit(ticket: Ticket, new: AddVisit, now: datetime) -> Ticket:
    return grouping.with_visit_added(ticket, new, *opening.next_ids(ticket), now)


def _reported(ticket: Ticket, fact: ReportVisit, now: datetime) -> Ticket:
    return fieldwork.reported(ticket, fact, now)[0]
