"""What people and their apps may say to a ticket."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from temporalio import workflow

from models.errors import DomainError
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
from models.rules import (
    assigning,
    closing,
    fieldwork,
    grouping,
    intake,
    offering,
    proposing,
    rescheduling,
    settling,
    waiting,
    withdrawing,
)
from models.ticket import Ticket, Timer
from temporal.failures import as_application_error
from workflows.answers import TicketAnswers


@dataclass
class Wish:
    """An expert whom the helpdesk wants to send, until his calendar has said whether he comes."""

    asked: AssignExpert
    answer: ExpertAssigned | DomainError | None = None


class TicketRequests(TicketAnswers):
    """The messages of a ticket. Handlers only change its state and return; the story acts on it.
    Two of them wait for what it does."""

    _wishes: list[Wish]
    _evaluations: int

    # What people ask. A refusal is the validator's; what it lets through is only recorded here.

    @workflow.update(description="An expert offers himself for a visit.")
    def propose(self, offer: Propose) -> Proposed:
        """Take an expert's offer at the place its arrival gives it."""
        self._ticket = proposing.proposed(self._ticket, offer, workflow.now())
        return proposing.place_of(self._ticket, offer.proposal_id)

    @propose.validator
    def _propose(self, offer: Propose) -> None:
        proposing.proposed(self._ticket, offer, workflow.now())

    @workflow.update(description="An expert offers less of his time than before.")
    def narrow_proposal(self, change: NarrowProposal) -> Proposed:
        """Shrink the windows of an offer; it keeps its place."""
        self._ticket = proposing.narrowed(self._ticket, change, workflow.now())
        return proposing.place_of(self._ticket, change.proposal_id)

    @narrow_proposal.validator
    def _narrow_proposal(self, change: NarrowProposal) -> None:
        proposing.narrowed(self._ticket, change, workflow.now())

    @workflow.update(description="An expert takes his offer back.")
    def withdraw_proposal(self, change: WithdrawProposal) -> Proposed:
        """Take an offer out of the queue."""
        self._ticket = withdrawing.withdrawn(self._ticket, change, workflow.now())
        return proposing.place_of(self._ticket, change.proposal_id)

    @withdraw_proposal.validator
    def _withdraw_proposal(self, change: WithdrawProposal) -> None:
        withdrawing.withdrawn(self._ticket, change, workflow.now())

    @workflow.update(description="The ticket needs another visit.")
    def add_visit(self, new: AddVisit) -> VisitAdded:
        """Open another visit, in the group of those it must follow."""
        now = workflow.now()
        visit_id, group_id = intake.next_ids(self._ticket)
        self._ticket = grouping.with_visit_added(self._ticket, new, visit_id, group_id, now)
        joined = self._ticket.group_of(visit_id)
        return VisitAdded(visit_id=visit_id, group_id=joined.id if joined else group_id)

    @add_visit.validator
    def _add_visit(self, new: AddVisit) -> None:
        grouping.with_visit_added(self._ticket, new, *intake.next_ids(self._ticket), workflow.now())

    @workflow.update(description="One visit must follow another.")
    def add_dependency(self, new: AddDependency) -> TicketStanding:
        """Chain two visits."""
        return self._became(grouping.with_dependency(self._ticket, new, workflow.now()))

    @add_dependency.validator
    def _add_dependency(self, new: AddDependency) -> None:
        grouping.with_dependency(self._ticket, new, workflow.now())

    @workflow.update(description="Offer the customer times at which experts could come.")
    def offer_slots(self, offer: OfferSlots) -> TicketStanding:
        """Offer times; the customer answers by a link."""
        return self._became(offering.offered(self._ticket, offer, workflow.now()))

    @offer_slots.validator
    def _offer_slots(self, offer: OfferSlots) -> None:
        offering.offered(self._ticket, offer, workflow.now())

    @workflow.update(description="The customer takes one of the offered times.")
    def accept_offer(self, answer: AcceptOffer) -> TicketStanding:
        """Take an offered time."""
        return self._became(offering.accepted(self._ticket, answer, workflow.now()))

    @accept_offer.validator
    def _accept_offer(self, answer: AcceptOffer) -> None:
        offering.accepted(self._ticket, answer, workflow.now())

    @workflow.update(description="The helpdesk sends an expert of its own choosing.")
    async def assign_expert(self, asked: AssignExpert) -> ExpertAssigned:
        """Send an expert, whatever was proposed. His calendar decides, so the answer waits."""
        wish = Wish(asked)
        self._wishes.append(wish)
        await workflow.wait_condition(lambda: wish.answer is not None)
        if isinstance(wish.answer, ExpertAssigned):
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
        self._ticket = settling.reconsidered(self._ticket, ask, workflow.now())
        before = self._evaluations
        await workflow.wait_condition(lambda: self._evaluations > before)
        return settling.standing_of(self._ticket, ask.group_id)

    @re_evaluate.validator
    def _re_evaluate(self, ask: ReEvaluate) -> None:
        settling.reconsidered(self._ticket, ask, workflow.now())

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
        return self._became(rescheduling.with_slots(self._ticket, change, workflow.now()))

    @change_slots.validator
    def _change_slots(self, change: ChangeSlots) -> None:
        rescheduling.with_slots(self._ticket, change, workflow.now())

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
        visit_id, group_id = intake.next_ids(self._ticket)
        return self._became(
            closing.reopened(self._ticket, command, visit_id, group_id, workflow.now())
        )

    @reopen.validator
    def _reopen(self, command: ReopenTicket) -> None:
        closing.reopened(self._ticket, command, *intake.next_ids(self._ticket), workflow.now())

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
            self._reject("visit_reported", code)

    @workflow.signal(description="Experts who are waited for may have time again.")
    def calendar_freed(self, freed: Any = None, *_: Any) -> None:
        """Look again at the groups that wait for them."""
        try:
            expert_ids = CalendarFreed.model_validate(freed).expert_ids
        except ValidationError:
            self._reject("calendar_freed", "malformed-message")
            return
        self._ticket = offering.with_time_again(self._ticket, expert_ids)

    @workflow.query(description="Everything that is decided about the ticket.")
    def ticket(self) -> Ticket:
        """The whole ticket."""
        return self._ticket

    @workflow.query(description="The running clocks, soonest first.")
    def timers(self) -> tuple[Timer, ...]:
        """The running clocks."""
        return waiting.timers(self._ticket, workflow.now())
