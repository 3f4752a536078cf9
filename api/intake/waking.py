"""Waking a ticket that is over for good: it hears what is reported of it, and does what follows
(docs/decisions/0033-a-ticket-that-is-over-hears-a-report.md)."""

from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.http import asking
from api.http.services import Services
from api.intake.looking import bounded, look
from models.db.events import EventReads
from models.db.ticket.reads import TicketReads
from models.errors import NotFound
from models.messages.ticket import OpenTicket
from models.rules.ticket.waking import woken
from models.rules.transitions import status_of
from models.ticket import Urgency
from temporal.filing import ORDINARY, URGENT
from temporal.ids import ticket_workflow
from temporal.queues import TICKETS
from temporal.search_attributes import at_start
from workflows.ticket.story import TicketWorkflow


async def is_awake(services: Services, ticket_id: str) -> bool:
    """Have a ticket listen that has ended; False where nobody knows any more how it was left, since
    its history is deleted.

    Again after success: it listens already.

    Raises:
        Unavailable: as `look`.
    """
    try:
        left: OpenTicket = await look(services, ticket_id, TicketWorkflow.continuation)
    except NotFound:
        return False
    row = await services.reads.run(lambda s: TicketReads(s).ticket(ticket_id))
    since = left.resumed.seq if left.resumed else 0
    beside = await services.reads.run(lambda s: EventReads(s).after(ticket_id, since))
    again = woken(left, row.seq if row else 0, beside, services.clock())
    if again is None or again.resumed is None:
        return False
    patience = asking.within(services.patience.for_commands)
    begun = services.temporal.start_workflow(
        TicketWorkflow.run,
        again,
        id=ticket_workflow(ticket_id),
        task_queue=TICKETS,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        memo={"fingerprint": again.fingerprint, "opened_at": again.opened_at.isoformat()},
        search_attributes=at_start(status_of(again.resumed), again.urgency),
        priority=URGENT if again.urgency is Urgency.URGENT else ORDINARY,
        rpc_timeout=patience,
    )
    try:
        await bounded(begun, patience)
    except WorkflowAlreadyStartedError:
        # Another report was quicker.
        return True
    return True
