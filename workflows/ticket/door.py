"""How messages reach a ticket: each waits for its turn, and who asked is answered when what it
changed is written down."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from pydantic import ValidationError
from temporalio import workflow

from models.base import Message
from models.errors import DomainError
from models.event import OURSELVES, Cause
from models.events.ticket import CommandRejected
from models.messages.ticket import TicketStanding
from models.rules.transitions import require_unchanged, status_of
from models.ticket import Ticket
from temporal.failures import as_application_error
from workflows.causes import Causes
from workflows.inbox import Inbox, Wish
from workflows.story_clock import StoryClock

A = TypeVar("A", bound=Message)
M = TypeVar("M", bound=Message)
Rule = Callable[[Ticket, M, datetime], Ticket]
"""What a message of a kind makes of a ticket at a time."""


class TicketDoor:
    """What handlers have in common. They change nothing themselves: the story takes up what is in
    the inbox, and acts on it."""

    _ticket: Ticket
    _recorded: Ticket | None
    _clock: StoryClock
    _causes: Causes
    _inbox: Inbox

    async def _after(self, rule: Rule[M], request: M) -> Ticket:
        """The ticket after a request; what follows from it is done, and the history has it."""
        return await self._inbox.asked(
            lambda ticket, now: _ruled(rule, ticket, request, now), self._is_written
        )

    async def _answered(self, wish: Wish, kind: type[A]) -> A:
        """The answer to what the story asked calendars about, once what follows is written."""
        await workflow.wait_condition(lambda: wish.answer is not None)
        answer, became = wish.answer, self._ticket
        if isinstance(answer, kind):
            await workflow.wait_condition(lambda: self._is_written(became))
            return answer
        assert isinstance(answer, DomainError), "it is an answer or a refusal"
        raise as_application_error(answer)

    def _require(self, rule: Rule[M], request: M) -> None:
        """Let a request in that would not be refused as things stand."""
        _ruled(rule, self._ticket, request, workflow.now())

    async def _standing_after(self, rule: Rule[M], request: M) -> TicketStanding:
        """Where the ticket stands when what follows from a request is done."""
        await self._after(rule, request)
        return self._standing()

    def _standing(self) -> TicketStanding:
        ticket = self._ticket
        return TicketStanding(
            ticket_id=ticket.id, status=status_of(ticket), round=ticket.round, seq=ticket.seq
        )

    def _heard(self, name: str, rule: Rule[M], kind: type[M], fact: Any) -> None:
        """A fact cannot be refused: one that is malformed or does not fit is recorded."""
        try:
            said = kind.model_validate(fact)
        except ValidationError:
            self._inbox.hear(lambda ticket, now: rejected(ticket, name, "malformed-message", now))
            return

        def change(ticket: Ticket, now: datetime) -> Ticket:
            try:
                return rule(ticket, said, now)
            except DomainError as refusal:
                return rejected(ticket, name, refusal.code, now)

        self._inbox.hear(change)

    def _is_written(self, ticket: Ticket) -> bool:
        return self._recorded is not None and self._recorded.seq >= ticket.seq


def _ruled(rule: Rule[M], ticket: Ticket, request: M, now: datetime) -> Ticket:
    """What a request makes of a ticket. What changes nothing may come late: it is a repeat."""
    became = rule(ticket, request, now)
    by = getattr(request, "by", None)
    if became is not ticket and isinstance(by, Cause):
        require_unchanged(ticket, by)
    return became


def rejected(ticket: Ticket, command: str, code: str, now: datetime) -> Ticket:
    """The ticket with a note of a message that changed nothing."""
    return ticket.happened(CommandRejected(command=command, code=code), now, OURSELVES)
