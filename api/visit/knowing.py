"""Who knows of a visit because they have, or had, a part in it."""

from models.db.engine import Session
from models.db.matching.reads import ProposalReads
from models.db.visit.reads import VisitReads
from models.errors import NotFound


def has_part(session: Session, visit_id: str, expert_id: str) -> bool:
    """Whether an expert offered to make a visit, or is or was assigned to it."""
    offered = ProposalReads(session).of_visit(visit_id, expert_id)
    return bool(offered) or VisitReads(session).was_assigned(expert_id, visit_id)


def unknown_visit() -> NotFound:
    """The answer to whoever may not know of a visit, or asks for none there is."""
    return NotFound("visit-unknown", "There is no such visit.")
