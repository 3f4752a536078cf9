"""What a person decides about work whose report cannot be right, or came too late."""

from datetime import datetime

from models.errors import Conflict, Invalid, NotFound
from models.events.incident import WorkWasSettled
from models.messages.visit import SettleWork
from models.rules.money.after_cancel import worked_all_the_same
from models.rules.money.plausibility import in_doubt
from models.rules.visit.settled import completed_if_done
from models.ticket import Ticket
from models.visit import MOST_MINUTES, Visit, WorkSettled


def work_settled(ticket: Ticket, settle: SettleWork, now: datetime) -> Ticket:
    """The ticket with what is billed of a visit decided; the rest of what it waited for follows.
    Of a visit of several people it is decided for those whose report cannot be right. The same
    decision again changes nothing.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `doubt-gone`.
        Invalid: `parameter-wrong`.
    """
    visit = ticket.visit(settle.visit_id)
    if visit is None:
        raise NotFound("visit-unknown", "The ticket has no such visit.")
    if settle.minutes is not None and not 0 <= settle.minutes <= MOST_MINUTES:
        raise Invalid("parameter-wrong", f"At most {MOST_MINUTES} minutes.", field="/minutes")
    work = WorkSettled(minutes=settle.minutes, command_id=settle.by.command_id)
    unpaid = {a.id for a in worked_all_the_same(visit)}
    doubtful = unpaid | {a.id for a in in_doubt(ticket, visit)}
    if not doubtful:
        if _is_decided(visit, work):
            return ticket
        raise Conflict("doubt-gone", "There is nothing left to decide about it.")
    visit = visit.but(
        assignments=tuple(a.but(work=work) if a.id in doubtful else a for a in visit.assignments)
    )
    if settle.minutes != 0:
        ticket = ticket.but(to_credit=(*ticket.to_credit, *sorted(unpaid)))
    facts = WorkWasSettled(
        visit_id=visit.id, assignment_ids=sorted(doubtful), minutes=settle.minutes
    )
    return completed_if_done(ticket.with_visit(visit).happened(facts, now, settle.by), now)


def _is_decided(visit: Visit, work: WorkSettled) -> bool:
    return work.command_id is not None and any(a.work == work for a in visit.assignments)
