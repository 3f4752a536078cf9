"""Reports that were left for a ticket which has ended since (docs/decisions/0033-a-ticket-that-is-
over-hears-a-report.md)."""

from api.http.services import Services
from api.intake.delivery import is_known
from api.intake.waking import is_awake
from api.intake.wording import in_our_words
from models.db.engine import Session
from models.db.events import EventReads
from models.db.visit.reads import VisitReads
from models.errors import DomainError
from models.intake.command import CommandKind, LoggedCommand
from models.messages.visit import ReportVisit
from models.visit import VisitState
from temporal.ids import ticket_of

_REPORTING = {CommandKind.UPDATE: "report_visit", CommandKind.SIGNAL: "visit_reported"}


def report_in(command: LoggedCommand) -> ReportVisit | None:
    """The report that a command brings its ticket, as a request or as a fact."""
    if _REPORTING.get(command.kind) != command.name:
        return None
    return ReportVisit.model_validate_json(command.argument)


async def hears_it_now(services: Services, command: LoggedCommand, error: Exception) -> bool:
    """Whether a ticket that did not hear a report, because it is over, listens again: as it would
    for one that comes now, for what happened at a visit that was cancelled.

    Raises:
        Unavailable: nobody can tell yet.
    """
    fact, said = report_in(command), in_our_words(error)
    is_over = isinstance(said, DomainError) and said.code == "ticket-closed"
    if fact is None or not is_known(error) or not is_over:
        return False
    ticket_id = ticket_of(command.workflow_id)

    def is_asked_about(session: Session) -> bool:
        reads = VisitReads(session)
        visit = reads.visit(fact.visit_id)
        if visit is None or visit.state != VisitState.CANCELLED or fact.kind is None:
            return False
        if not reads.was_assigned(fact.expert_id, fact.visit_id):
            return False
        return EventReads(session).of_report(ticket_id, fact) is None

    return await services.reads.run(is_asked_about) and await is_awake(services, ticket_id)
