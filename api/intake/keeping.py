"""What was accepted and is not under way yet: on our disk, and a second time in the database."""

from api.http.services import Services
from models.db.engine import Session
from models.db.intake.copies import CopyRepository
from models.errors import Kept, Unavailable
from models.intake.command import LoggedCommand
from models.messages.ticket import OpenTicket
from models.rules.ticket import intake
from models.ticket import Ticket
from temporal.failpoints import Failpoint, reached
from temporal.ids import ticket_workflow

_BEHIND = 0.2
"""Seconds that somebody waits for a second copy at most."""


async def copied(services: Services, command: LoggedCommand, away: Unavailable) -> LoggedCommand:
    """The command as it is kept while nobody can take it. On our disk is enough; whoever reads at
    another process, and who has lost this disk, finds the copy in the database.

    Again after success: the first stays as it is.

    Raises:
        Unavailable: it is kept nowhere.
    """

    def keep(session: Session) -> LoggedCommand:
        copies = CopyRepository(session)
        copies.keep(command)
        return copies.find(command.id) or command

    if isinstance(away, Kept):
        if away.code == "database-unavailable" or services.reads.silence.lasts:
            return services.commands.find(command.id) or command
        reached(Failpoint.BEFORE_COPY, command.workflow_id)
        await services.reads.settle(lambda session: CopyRepository(session).keep(command), _BEHIND)
        reached(Failpoint.AFTER_COPY, command.workflow_id)
        return services.commands.find(command.id) or command
    try:
        reached(Failpoint.BEFORE_COPY, command.workflow_id)
        copy = await services.reads.write(keep)
        reached(Failpoint.AFTER_COPY, command.workflow_id)
    except Unavailable:
        raise away from None
    return copy


async def kept_start(services: Services, ticket_id: str) -> LoggedCommand | None:
    """The start of a ticket that was accepted and does not run yet, as far as anybody can tell."""
    known = services.commands.find(_start_of(ticket_id))
    return known or await kept_elsewhere(services, ticket_id)


async def kept_elsewhere(services: Services, ticket_id: str) -> LoggedCommand | None:
    """The same, where another process accepted it: in its file on this machine, or the second
    copy."""
    identifier = _start_of(ticket_id)
    if (found := await services.commands.find_elsewhere(identifier)) is not None:
        return found
    if services.reads.silence.lasts:
        return None
    try:
        return await services.reads.run(lambda s: CopyRepository(s).find(identifier), _BEHIND)
    except Unavailable:
        return None


async def kept_ticket(services: Services, ticket_id: str) -> Ticket | None:
    """A ticket that was accepted and does not run yet, as it was filed."""
    start = await kept_start(services, ticket_id)
    return None if start is None else intake.opened(OpenTicket.model_validate_json(start.argument))


def _start_of(ticket_id: str) -> str:
    return f"{ticket_workflow(ticket_id)}/start"
