"""Who comes, and when: by hand, by the rule, or by an offer to the customer."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.escalation.decisions import DecisionActivities
from activities.matching import MatchingActivities
from models.errors import DomainError, Unavailable
from models.messages.escalation import SuggestTimes
from models.messages.ticket import AssignExpert, BookByHand, SettleGroup, Settlement
from models.rules.escalation import asking
from models.rules.escalation.matching import offer_due
from models.rules.matching import assigning, settling
from models.rules.ticket import offering, recording, waiting
from models.visit import MatchState
from temporal.failures import as_domain_error
from workflows.inbox import Wish
from workflows.options import DATABASE
from workflows.ticket.recording import TicketRecording

NOBODY_PROPOSES = Settlement(match_state=MatchState.EMPTY)
STRANGER = timedelta(seconds=1)
"""The first pause while somebody unknown holds a position; twice as long each time, to an hour."""


class TicketMatching(TicketRecording):
    """Experts are booked: whom the helpdesk sends first, then whoever proposed."""

    _strangers: int

    async def _send_by_hand(self, wish: Wish) -> None:
        """Send an expert whom the helpdesk chose; the calendar has the last word."""
        self._causes.used(wish.number)
        try:
            if assigning.answer(self._ticket, wish.asked) is None:
                await self._book_by_hand(wish.asked)
                self._ticket = asking.with_due_questions(self._ticket, self._clock.due)
            wish.answer = assigning.answer(self._ticket, wish.asked)
        except DomainError as refusal:
            wish.answer = refusal

    async def _book_by_hand(self, asked: AssignExpert) -> None:
        """Book one expert; if that took so long that the ticket refuses by now, unbook them."""
        booking = assigning.wished(self._ticket, asked, self._clock.now)
        await self._into_calendar(booking)
        now = self._clock.now
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
                    SettleGroup(ticket=self._ticket, group_id=group.id, now=self._clock.now),
                    DATABASE,
                )
            self._strangers = self._strangers + 1 if settlement.astray else 0
            if self._strangers > 1:
                # They were there again after everything was written anew: no loop may fill the
                # history.
                await workflow.sleep(STRANGER * 2 ** min(self._strangers, 12))
                self._clock.strike()
            now = self._clock.now
            if settlement.astray or settling.is_void(self._ticket, group.id, settlement):
                self._astray = self.mark()
            self._ticket = settling.settled(self._ticket, group.id, settlement, now)
            self._ticket = asking.with_due_questions(self._ticket, self._clock.due)

    async def _offer_times(self) -> None:
        """Where the policy says so, the customer is offered times before any person is asked."""
        group = offer_due(self._ticket, self._clock.due)
        if group is None:
            return
        # What the customer is told of must not be found out anew when this is tried again.
        found = await self._causes.act(
            DecisionActivities.suggest_times,
            SuggestTimes(ticket=self._ticket, group_id=group.id, now=self._clock.now),
            DATABASE,
        )
        self._ticket = offering.offered_by_house(
            self._ticket, group.id, found.options, self._clock.now
        )
