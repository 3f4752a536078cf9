"""Work that takes longer than was planned: the calendars are asked, then the expert is answered."""

from activities.visit import VisitActivities
from models.errors import DomainError
from models.messages.matching import AcceptOffer, AssignExpert
from models.messages.ticket import EnrichTicket
from models.messages.visit import ReportVisit, TimeBack, VisitExtension, VisitReported
from models.rules.escalation import asking
from models.rules.visit import extending, fieldwork, giving_back
from models.ticket import Ticket
from workflows.inbox import Wish
from workflows.options import DATABASE
from workflows.ticket.door import rejected
from workflows.ticket.matching import TicketMatching


class TicketOverrun(TicketMatching):
    """What people wish of the world is fulfilled one after the other."""

    async def _fulfil(self, wish: Wish) -> None:
        """Do what somebody wished, or say why not."""
        match wish.asked:
            case AssignExpert() as asked:
                await self._send_by_hand(wish, asked)
            case AcceptOffer() as answer:
                await self._send_chosen(wish, answer)
            case ReportVisit() as fact:
                await self._give_time(wish, fact)
            case EnrichTicket() as added:
                await self._enrich_with(wish, added)

    async def _give_time(self, wish: Wish, fact: ReportVisit) -> None:
        """Take a need for more time; whether there is room for it, the calendars say."""
        self._causes.used(wish.number)
        try:
            wish.answer = await self._more_time(fact)
        except DomainError as refusal:
            wish.answer = refusal
            if not wish.number and extending.no_room(self._ticket, fact) is None:
                self._ticket = rejected(
                    self._ticket, "visit_reported", refusal.code, self._clock.now
                )

    async def _give_time_back(self) -> None:
        """Where a need for more time was taken back that was granted, its time goes back."""
        ticket = await self._with_time_back(self._ticket)
        if ticket is not self._ticket:
            self._ticket = asking.with_due_questions(ticket, self._clock.due, self._clock.now)

    async def _with_time_back(self, ticket: Ticket) -> Ticket:
        while due := giving_back.return_due(ticket, self._clock.now):
            found: TimeBack = await self._causes.act(VisitActivities.give_time_back, due, DATABASE)
            ticket = giving_back.given_back(ticket, due, found, self._clock.now)
        return ticket

    async def _more_time(self, fact: ReportVisit) -> VisitReported:
        """Where the visit stands with the time that was granted.

        Raises:
            DomainError: `next-visit-affected`; as the rules of reports refuse.
        """
        before = self._ticket
        ticket, answer = fieldwork.reported(before, fact, self._clock.now)
        # What it stands in place of goes first: its minutes count from the end without that.
        ticket = await self._with_time_back(ticket)
        due = extending.extension_due(ticket, before, fact, self._clock.now)
        if due is not None:
            found: VisitExtension = await self._causes.act(
                VisitActivities.extend_visit, due, DATABASE
            )
            ticket = extending.extended(ticket, fact, found, self._clock.now)
        self._ticket = asking.with_due_questions(ticket, self._clock.due, self._clock.now)
        if refusal := extending.no_room(ticket, fact):
            raise refusal
        visit = ticket.visit(fact.visit_id)
        return answer.model_copy(update={"end": visit.end if visit else None})
