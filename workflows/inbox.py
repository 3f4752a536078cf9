"""One thing at a time: what is said to a ticket waits until the story takes it up.

A worker may die after it has written, and before Temporal hears of it. Then the task is tried
again, with whatever arrived meanwhile. So the effects of what the history has are finished before
anything new is looked at: the second attempt does what the first did, and goes on from there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from temporalio import workflow

from models.errors import DomainError
from models.messages.matching import AcceptOffer, AssignExpert, ExpertAssigned
from models.messages.ticket import EnrichTicket, TicketStanding
from models.messages.visit import ReportVisit, VisitReported
from models.ticket import Ticket
from temporal.failures import as_application_error
from workflows.causes import Causes
from workflows.story_clock import StoryClock

Change = Callable[[Ticket, datetime], Ticket]
"""What a message makes of a ticket, or a refusal."""


@dataclass
class Turn:
    """A message that waits; a request has a number among its causes. `became` is the ticket after
    it."""

    change: Change
    number: int = 0
    became: Ticket | None = None
    refusal: DomainError | None = None

    @property
    def is_over(self) -> bool:
        """Whether it was taken up."""
        return self.became is not None or self.refusal is not None


@dataclass
class Wish:
    """What the story has to ask the world about first: calendars of an expert whom the helpdesk
    wants to send, or whom the customer chose by their time, or of an expert's need for more time;
    reference data of what was added to the ticket. One that was left by a signal has no number:
    nobody waits for its answer."""

    asked: AssignExpert | AcceptOffer | ReportVisit | EnrichTicket
    number: int = 0
    answer: ExpertAssigned | VisitReported | TicketStanding | DomainError | None = None


class Inbox:
    """Messages in the order of their arrival."""

    def __init__(self, causes: Causes, clock: StoryClock) -> None:
        self._causes = causes
        self._clock = clock
        self._waiting: list[Turn | Wish] = []

    @property
    def is_empty(self) -> bool:
        """Whether nobody waits."""
        return not self._waiting

    def hear(self, change: Change) -> None:
        """A fact arrived. It changes something, and refuses nothing."""
        self._clock.heard()
        self._waiting.append(Turn(change))

    def wished(self, asked: AssignExpert | AcceptOffer | ReportVisit | EnrichTicket) -> Wish:
        """A request that the story carries out; it answers in the wish."""
        wish = Wish(asked, self._causes.arrived())
        self._waiting.append(wish)
        return wish

    def left(self, asked: ReportVisit) -> None:
        """The same, of which a signal told."""
        self._clock.heard()
        self._waiting.append(Wish(asked))

    async def asked(self, change: Change, written: Callable[[Ticket], bool]) -> Ticket:
        """The ticket after a request, once that is `written`.

        Raises:
            ApplicationError: the refusal of a rule, which the validator did not foresee.
        """
        turn = Turn(change, self._causes.arrived())
        self._waiting.append(turn)
        await workflow.wait_condition(lambda: turn.is_over)
        if turn.became is None:
            assert turn.refusal is not None, "it is over"
            raise as_application_error(turn.refusal)
        became = turn.became
        await workflow.wait_condition(lambda: written(became))
        return became

    def next_wish(self) -> Wish | None:
        """The wish whose turn has come, if it is one's; it waits no longer."""
        if self._waiting and isinstance(self._waiting[0], Wish):
            wish = self._waiting[0]
            del self._waiting[0]
            return wish
        return None

    def take_up(self, ticket: Ticket) -> Ticket:
        """The ticket after the next that waits, if that is no wish.

        One alone: what came together may come apart when it is told again. A query lets a signal be
        heard before the task begins that brings the request behind it, and what follows from the
        signal must be the same without that request.
        """
        if self._waiting and isinstance(turn := self._waiting[0], Turn):
            del self._waiting[0]
            self._causes.used(turn.number)
            try:
                ticket = turn.became = turn.change(ticket, self._clock.now)
            except DomainError as refusal:
                turn.refusal = refusal
        return ticket
