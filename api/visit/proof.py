"""Who may know and bring which files of a visit."""

from datetime import datetime

from api.http.auth import Principal
from models.actor import Role
from models.db.engine import Session
from models.db.market.work import WorkList
from models.db.ticket.reads import TicketReads
from models.db.visit.proof import EVERY_FILE, FileReads, KnownFile, Part
from models.db.visit.reads import NeededVisit, VisitReads
from models.errors import Conflict, NotFound


def part_of(session: Session, visit_id: str, principal: Principal, now: datetime) -> Part:
    """Which files of a visit are the caller's business. Experts know those of their visit for as
    long as they may read whom it is for, and their own for ever.

    Raises:
        NotFound: `visit-unknown`.
    """
    visit = VisitReads(session).visit(visit_id)
    part = None if visit is None else _part(session, visit, principal, now)
    if part is None:
        raise NotFound("visit-unknown", "There is no such visit.")
    return part


def known_file(
    session: Session, visit_id: str, sha256: str, principal: Principal, now: datetime
) -> KnownFile:
    """A file of a visit that is the caller's business.

    Raises:
        NotFound: `visit-unknown`, `file-unknown`.
    """
    part = part_of(session, visit_id, principal, now)
    file = FileReads(session).file(visit_id, sha256)
    if file is None or not _is_in(file, part):
        raise NotFound("file-unknown", "This visit has no such file.")
    return file


def expected_file(session: Session, visit_id: str, sha256: str, principal: Principal) -> KnownFile:
    """A file that a report of the caller names, whatever became of them meanwhile; to staff, one
    that any report names.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `file-not-named`.
    """
    reads, staff = VisitReads(session), principal.role.is_staff
    theirs = staff or reads.was_assigned(principal.subject, visit_id)
    if reads.visit(visit_id) is None or not theirs:
        raise NotFound("visit-unknown", "There is no such visit.")
    file = FileReads(session).file(visit_id, sha256)
    if file is None or not (staff or principal.subject in file.experts):
        raise Conflict("file-not-named", "No report of this visit that is yours names this file.")
    return file


def _part(session: Session, visit: NeededVisit, principal: Principal, now: datetime) -> Part | None:
    match principal.role:
        case Role.CUSTOMER:
            ticket = TicketReads(session).ticket(visit.ticket_id)
            is_theirs = ticket is not None and ticket.customer_id == principal.subject
            return Part(for_customers=True) if is_theirs else None
        case Role.EXPERT:
            return _of_expert(session, visit, principal.subject, now)
        case role:
            return EVERY_FILE if role.is_staff else None


def _of_expert(session: Session, visit: NeededVisit, expert_id: str, now: datetime) -> Part | None:
    booked = WorkList(session).items(expert_id, now, ticket_id=visit.ticket_id)
    if any(item.visit_id == visit.id and item.withheld is None for item in booked):
        return EVERY_FILE
    was_there = VisitReads(session).was_assigned(expert_id, visit.id)
    return Part(expert_id=expert_id) if was_there else None


def _is_in(file: KnownFile, part: Part) -> bool:
    if part.for_customers:
        return file.is_for_customers
    return part.expert_id is None or part.expert_id in file.experts
