"""What people and their apps may say to a ticket."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import ValidationError
from temporalio import workflow

from models.messages.ticket import (
    AcceptOffer,
    AddDependency,
    AddVisit,
    AssignExpert,
    CalendarFreed,
    CancelTicket,
    ChangeSlots,
    ConfirmTicket,
    DecideCoverage,
    ExpertAssigned,
    GroupStanding,
    NarrowProposal,
    OfferSlots,
    ProjectionAstray,
    Propose,
    Proposed,
    ReEvaluate,
    ReopenTicket,
    ReportVisit,
    TicketStanding,
    VisitAdded,
    VisitReported,
    WithdrawProposal,
)
from models.rules.matching import assigning, proposing, rescheduling, settling, withdrawing
from models.rules.ticket import closing, intake, offering, waiting
from models.rules.visit import fieldwork, grouping, opening
from models.ticket import Ticket, Timer
from temporal.failures import as_application_error
from workflows.ticket.answers import TicketAnswers


class TicketRequests(TicketAnswers):
    """The messages of a ticket. A refusal is the validator's, or the rule's when its turn has come;
    whoever asks is answered when what follows is done and written down."""

    _astray: str | None

    @workflow.update(description="An expert offers to make a visit.")
    async def propose(self, offer: Propose) -> Proposed:
        """Take an expert's offer at the place its arrival gives it."""
        ticket = await self._after(proposing.proposed, offer)
        return proposing.place_of(ticket, offer.proposal_id)

    @propose.validator
    def _propose(self, offer: Propose) -> None:
        proposing.proposed(self._ticket, offer, workflow.now())

    @workflow.update(description="An expert offers less of their time than before.")
    async def narrow_proposal(self, change: NarrowProposal) -> Proposed:
        """Shrink the windows of an offer; it keeps its place."""
        ticket = await self._after(proposing.narrowed, change)
        return proposing.place_of(ticket, change.proposal_id)

    @narrow_proposal.validator
    def _narrow_proposal(self, change: NarrowProposal) -> None:
        proposing.narrowed(self._ticket, change, workflow.now())

    @workflow.update(description="An expert takes an offer back.")
    async def withdraw_proposal(self, change: WithdrawProposal) -> Proposed:
        """Take an offer out of the queue."""
        ticket = await self._after(withdrawing.withdrawn, change)
        return proposing.place_of(ticket, change.proposal_id)

    @withdraw_proposal.validator
    def _withdraw_proposal(self, change: WithdrawProposal) -> None:
        withdrawing.withdrawn(self._ticket, change, workflow.now())

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

    @workflow.update(description="Offer the customer times at which experts could come.")
    async def offer_slots(self, offer: OfferSlots) -> TicketStanding:
        """Offer times; the customer answers by a link."""
        return await self._standing_after(offering.offered, offer)

    @offer_slots.validator
    def _offer_slots(self, offer: OfferSlots) -> None:
        offering.offered(self._ticket, offer, workflow.now())

    @workflow.update(description="The customer takes one of the offered times.")
    async def accept_offer(self, answer: AcceptOffer) -> TicketStanding:
        """Take an offered time."""
        return await self._standing_after(offering.accepted, answer)

    @accept_offer.validator
    def _accept_offer(self, answer: AcceptOffer) -> None:
        offering.accepted(self._ticket, answer, workflow.now())

    @workflow.update(description="The helpdesk sends an expert of its own choosing.")
    async def assign_expert(self, asked: AssignExpert) -> ExpertAssigned:
        """Send an expert, whatever was proposed. Their calendar decides, so the answer waits."""
        wish = self._inbox.wished(asked)
        await workflow.wait_condition(lambda: wish.answer is not None)
        if isinstance(wish.answer, ExpertAssigned):
            booked = self._ticket
            await workflow.wait_condition(lambda: self._is_written(booked))
            return wish.answer
        assert wish.answer is not None, "it was waited for"
        raise as_application_error(wish.answer)

    @assign_expert.validator
    def _assign_expert(self, asked: AssignExpert) -> None:
        if assigning.answer(self._ticket, asked) is None:
            assigning.wished(self._ticket, asked, workflow.now())

    @workflow.update(description="Evaluate a group at once, from fresh calendars.")
    async def re_evaluate(self, ask: ReEvaluate) -> GroupStanding:
        """Look again at a group that waits, and answer how far it is."""
        await self._after(settling.reconsidered, ask)
        return settling.standing_of(self._ticket, ask.group_id)

    @re_evaluate.validator
    def _re_evaluate(self, ask: ReEvaluate) -> None:
        settling.reconsidered(self._ticket, ask, workflow.now())

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

    @workflow.update(description="The customer changes the times that suit them.")
    async def change_slots(self, change: ChangeSlots) -> TicketStanding:
        """Replace the customer's times."""
        return await self._standing_after(rescheduling.with_slots, change)

    @change_slots.validator
    def _change_slots(self, change: ChangeSlots) -> None:
        rescheduling.with_slots(self._ticket, change, workflow.now())

    @workflow.update(description="Helpdesk settles who pays.")
    async def decide_coverage(self, decision: DecideCoverage) -> TicketStanding:
        """Settle who pays."""
        return await self._standing_after(intake.with_coverage, decision)

    @decide_coverage.validator
    def _decide_coverage(self, decision: DecideCoverage) -> None:
        intake.with_coverage(self._ticket, decision, workflow.now())

    @workflow.update(description="End the ticket; experts are freed and everybody is told.")
    async def cancel(self, command: CancelTicket) -> TicketStanding:
        """Give the ticket up."""
        return await self._standing_after(closing.cancelled, command)

    @cancel.validator
    def _cancel(self, command: CancelTicket) -> None:
        closing.cancelled(self._ticket, command, workflow.now())

    @workflow.update(description="The customer says that the work is done.")
    async def confirm(self, command: ConfirmTicket) -> TicketStanding:
        """Close the ticket."""
        return await self._standing_after(closing.confirmed, command)

    @confirm.validator
    def _confirm(self, command: ConfirmTicket) -> None:
        closing.confirmed(self._ticket, command, workflow.now())

    @workflow.update(description="The customer says that the work is not done.")
    async def reopen(self, command: ReopenTicket) -> TicketStanding:
        """Begin another round."""
        return await self._standing_after(_reopened, command)

    @reopen.validator
    def _reopen(self, command: ReopenTicket) -> None:
        _reopened(self._ticket, command, workflow.now())

    # Facts: they cannot be refused, so what does not fit is recorded as rejected.

    @workflow.signal(description="A report from the field, delivered while nobody could answer.")
    def visit_reported(self, fact: Annotated[Any, ReportVisit] = None, *_: Any) -> None:
        """Take a report that was left for us."""
        self._heard("visit_reported", _reported, ReportVisit, fact)

    @workflow.signal(description="Experts who are waited for may have time again.")
    def calendar_freed(self, freed: Annotated[Any, CalendarFreed] = None, *_: Any) -> None:
        """Look again at the groups that wait for them."""
        self._heard("calendar_freed", offering.with_time_again, CalendarFreed, freed)

    @workflow.signal(description="The database was seen with what this ticket did not write.")
    def projection_astray(self, seen: Annotated[Any, ProjectionAstray] = None, *_: Any) -> None:
        """Write the ticket down whole, over that."""
        try:
            self._astray = ProjectionAstray.model_validate(seen).mark
        except ValidationError:
            # Only our own watch sends it, and it looks again.
            return

    @workflow.query(description="The mark of what was last written to the database.")
    def mark(self) -> str:
        """What the projection should have."""
        return self._recorded.mark if self._recorded else ""

    @workflow.query(description="Everything that is decided about the ticket.")
    def ticket(self) -> Ticket:
        """The whole ticket."""
        return self._ticket

    @workflow.query(description="The running clocks, soonest first.")
    def timers(self) -> tuple[Timer, ...]:
        """The running clocks."""
        return waiting.timers(self._ticket, workflow.now())


def _with_visit(ticket: Ticket, new: AddVisit, now: datetime) -> Ticket:
    return grouping.with_visit_added(ticket, new, *opening.next_ids(ticket), now)


def _reopened(ticket: Ticket, command: ReopenTicket, now: datetime) -> Ticket:
    return closing.reopened(ticket, command, *opening.next_ids(ticket), now)


def _reported(ticket: Ticket, fact: ReportVisit, now: datetime) -> Ticket:
    return fieldwork.reported(ticket, fact, now)[0]
