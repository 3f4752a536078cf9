"""Tickets that nobody knows and that may be there yet: what is asked of one that was accepted at
another process, or another machine, can come to Temporal before its start does."""

from datetime import datetime, timedelta

from api.http.services import Services
from api.intake.keeping import kept_start
from api.intake.wording import in_our_words
from models.db.ticket.reads import TicketReads
from models.errors import DomainError
from models.intake.command import LoggedCommand
from temporal.ids import ticket_of

_OF_OTHERS = timedelta(minutes=10)
"""For so long after something was asked of a ticket, another machine may have its start where we
see it not; by then each has sent what it can."""


async def is_to_come(services: Services, ticket_id: str, asked_at: datetime) -> bool:
    """Whether a ticket of which something was asked then, and that is not there, may be there yet.
    One that has a row began; what is not there of it is over, or is somebody else's.

    Raises:
        Unavailable: the records cannot tell.
    """
    if await services.reads.run(lambda s: TicketReads(s).ticket(ticket_id)) is not None:
        return False
    if services.clock() - asked_at < _OF_OTHERS:
        return True
    return await kept_start(services, ticket_id) is not None


async def hears_it_later(services: Services, command: LoggedCommand, error: Exception) -> bool:
    """Whether a command failed since its ticket is not there, and may not for long. The question of
    an escalation that is not there is over.

    Raises:
        Unavailable: as `is_to_come`.
    """
    said = in_our_words(error)
    is_unknown = isinstance(said, DomainError) and said.code == "ticket-unknown"
    if not is_unknown or command.escalation_id is not None:
        return False
    return await is_to_come(services, ticket_of(command.workflow_id), command.logged_at)
