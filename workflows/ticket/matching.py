"""Who comes, and when: by hand, by the rule, or by an offer to the customer."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.escalation.decisions import DecisionActivities
from activities.matching import MatchingActivities
from models.errors import DomainError, Unavailable
from models.messages.escalation import SuggestTimes
from models.messages.matching import (
    AcceptOffer,
    AssignExpert,
    BookByHand,
    CalendarFreed,
    DeclineOffer,
    ExpertAssigned,
    GroupStanding,
    NarrowProposal,
    OfferSlots,
    Propose,
    Proposed,
    ReEvaluate,
    SettleGroup,
    WithdrawProposal,
)
from models.messages.ticket import TicketStanding
from models.rules.escalation import asking
from models.rules.escalation.matching import offer_due
from models.rules.matching import assigning, posing, proposing, replacing, settling
from models.rules.ticket import choosing, offering, recording, waiting
from models.rules.visit import backing_out
from temporal.failures import as_domain_error
from workflows.inbox import Wish
from workflows.options import DATABASE
from workflows.ticket.recording import TicketRecording

STRANGER = timedelta(seconds=1)
"""The first pause while somebody unknown holds a position; twice as long each time, to an hour."""


class TicketMatching(TicketRecording):
    """Experts are booked: whom the helpdesk sends first, then whoever proposed."""

    _strangers: int

    @workflow.update(description="An expert offers to make a visit.")
    async def propose(self, offer: Propose) -> Proposed:
        """Take an expert's offer at the place its arrival gives it."""
        ticket = await self._after(proposing.proposed, offer)
        return proposing.place_of(ticket, offer.proposal_id)

    @propose.validator
    def _propose(self, offer: Propose) -> None:
        self._require(proposing.proposed, offer)

    @workflow.update(description="An expert offers less of their time than before.")
    async def narrow_proposal(self, change: NarrowProposal) -> Proposed:
        """Shrink the windows of an offer; it keeps its place."""
        ticket = await self._after(proposing.proposal_narrowed, change)
        return proposing.place_of(ticket, change.proposal_id)

    @narrow_proposal.validator
    def _narrow_proposal(self, change: NarrowProposal) -> None:
        self._require(proposing.proposal_narrowed, change)

    @workflow.update(description="An expert takes an offer back.")
    async def withdraw_proposal(self, change: WithdrawProposal) -> Proposed:
        """Take an offer out of the queue."""
        ticket = await self._after(backing_out.backed_out, change)
        return proposing.place_of(ticket, change.proposal_id)

    @withdraw_proposal.validator
    def _withdraw_proposal(self, change: WithdrawProposal) -> None:
        self._require(backing_out.backed_out, change)

    @workflow.update(description="Offer the customer times at which experts could come.")
    async def offer_slots(self, offer: OfferSlots) -> TicketStanding:
        """Offer times; the customer answers by a link."""
        return await self._standing_after(offering.slots_offered, offer)

    @offer_slots.validator
    def _offer_slots(self, offer: OfferSlots) -> None:
        self._require(offering.slots_offered, offer)

    @workflow.update(description="The customer takes one of the offered times.")
    async def accept_offer(self, answer: AcceptOffer) -> TicketStanding:
        """Take an offered time. Who would come then may be taken by now, so the answer waits."""
        if not choosing.sends_somebody(self._ticket, answer):
            return await self._standing_after(offering.accepted, answer)
        await self._answered(self._inbox.wished(answer), ExpertAssigned)
        return self._standing()

    @accept_offer.validator
    def _accept_offer(self, answer: AcceptOffer) -> None:
        if choosing.sends_somebody(self._ticket, answer):
            choosing.wish_of(self._ticket, answer, workflow.now())
        else:
            self._require(offering.accepted, answer)

    @workflow.update(description="None of the offered times suits the customer.")
    async def decline_offer(self, answer: DeclineOffer) -> TicketStanding:
        """Match the visit anew."""
        return await self._standing_after(choosing.declined, answer)

    @decline_offer.validator
    def _decline_offer(self, answer: DeclineOffer) -> None:
        self._require(choosing.declined, answer)

    @workflow.update(description="The helpdesk sends an expert of its own choosing.")
    async def assign_expert(self, asked: AssignExpert) -> ExpertAssigned:
        """Send an expert, whatever was proposed. Their calendar decides, so the answer waits."""
        return await self._answered(self._inbox.wished(asked), ExpertAssigned)

    @assign_expert.validator
    def _assign_expert(self, asked: AssignExpert) -> None:
        if assigning.answer(self._ticket, asked) is None:
            assigning.wished(self._ticket, asked, workflow.now())

    @workflow.update(description="Evaluate a group at once, from fresh calendars.")
    async def re_evaluate(self, ask: ReEvaluate) -> GroupStanding:
        """Look again at a group that waits, and answer how far it is."""
        await self._after(settling.group_reconsidered, ask)
        return settling.standing_of(self._ticket, ask.group_id)

    @re_evaluate.validator
    def _re_evaluate(self, ask: ReEvaluate) -> None:
        self._require(settling.group_reconsidered, ask)

    @workflow.signal(description="Experts who are waited for may have time again.")
    def calendar_freed(self, freed: Annotated[Any, CalendarFreed] = None, *_: Any) -> None:
        """Look again at the groups that wait for them."""
        self._heard("calendar_freed", offering.with_time_again, CalendarFreed, freed)

    async def _send_by_hand(self, wish: Wish, asked: AssignExpert) -> None:
        """Send an expert whom the helpdesk chose; the calendar has the last word."""
        self._causes.used(wish.number)
        try:
            if assigning.answer(self._ticket, asked) is None:
                await self._book_by_hand(asked)
                self._ticket = asking.with_due_questions(
                    self._ticket, self._clock.due, self._clock.now
                )
            wish.answer = assigning.answer(self._ticket, asked)
        except DomainError as refusal:
            wish.answer = refusal

    async def _send_chosen(self, wish: Wish, answer: AcceptOffer) -> None:
        """Send whoever could come when the customer chose; a time that is gone is offered no
        more."""
        self._causes.used(wish.number)
        try:
            asked = choosing.wish_of(self._ticket, answer, self._clock.now)
            if assigning.answer(self._ticket, asked) is None:
                await self._book_by_hand(asked)
            ticket = choosing.taken(self._ticket, answer, self._clock.now)
            self._ticket = asking.with_due_questions(ticket, self._clock.due, self._clock.now)
            wish.answer = assigning.answer(self._ticket, asked)
        except DomainError as refusal:
            wish.answer = choosing.refusal_of(refusal)
            self._ticket = choosing.without(self._ticket, answer, wish.answer)

    async def _book_by_hand(self, asked: AssignExpert) -> None:
        """Book one expert; if that took so long that the ticket refuses by now, unbook them."""
        booking = assigning.wished(self._ticket, asked, self._clock.now)
        visit = self._ticket.visit(asked.visit_id)
        was = visit.start if visit else None
        await self._into_calendar(booking)
        now = self._clock.now
        try:
            self._ticket = assigning.fulfilled(self._ticket, asked, booking, now)
        except DomainError:
            self._ticket = settling.undone(self._ticket, [assigning.made(booking)], now)
            raise
        if booking.instead_of is not None:
            await self._relieve(asked, booking, was)

    async def _relieve(self, asked: AssignExpert, booked: BookByHand, was: datetime | None) -> None:
        """Somebody comes in another's place: they are told before that one is let go, and the
        customer last. Each is written down before the next is done."""
        await self._record()
        self._clock.heard()
        self._ticket = replacing.let_go(self._ticket, asked, booked, was, self._clock.now)
        await self._record()
        self._clock.heard()
        self._ticket = replacing.announced(self._ticket, asked, booked, self._clock.now)

    async def _into_calendar(self, booking: BookByHand) -> None:
        try:
            await self._causes.act(MatchingActivities.book_by_hand, booking, DATABASE)
        except ActivityError as failed:
            unclear = Unavailable("calendar-busy", "The expert could not be booked just now.")
            raise as_domain_error(failed.cause) or unclear from failed

    async def _match_visits(self) -> None:
        """Book every group that can be booked."""
        while group := waiting.next_to_match(self._ticket):
            if self._astray is not None or recording.freed_experts(self._ticket.news):
                # What was set free may be booked again only after it is free in the calendar too.
                await self._record()
            self._ticket = self._ticket.with_group(group.but(needs_matching=False))
            settlement = settling.unstaffed(self._ticket, group)
            if self._ticket.active_proposals(group):
                settlement = await self._causes.act(
                    MatchingActivities.settle_group,
                    SettleGroup(
                        ticket=posing.concerning(self._ticket, group),
                        group_id=group.id,
                        now=self._clock.now,
                    ),
                    DATABASE,
                )
            self._strangers = self._strangers + 1 if settlement.astray else 0
            if self._strangers > 1:
                # They were there again after everything was written anew: no loop may fill the
                # history.
                await workflow.sleep(STRANGER * 2 ** min(self._strangers, 12))
                self._clock.heard()
            now = self._clock.now
            if settlement.astray or settling.is_void(self._ticket, group.id, settlement):
                self._astray = self.mark()
            self._ticket = settling.settled(self._ticket, group.id, settlement, now)
            self._ticket = asking.with_due_questions(self._ticket, self._clock.due, self._clock.now)

    async def _offer_times(self) -> None:
        """Where the policy says so, the customer is offered times before any person is asked."""
        group = offer_due(self._ticket, self._clock.due)
        if group is None:
            return
        # What the customer is told of must not be found out anew when this is tried again.
        found = await self._causes.act(
            DecisionActivities.suggest_times,
            SuggestTimes(
                ticket=posing.concerning(self._ticket, group),
                group_id=group.id,
                now=self._clock.now,
            ),
            DATABASE,
        )
        self._ticket = offering.offered_by_house(
            self._ticket, group.id, found.options, self._clock.now
        )
