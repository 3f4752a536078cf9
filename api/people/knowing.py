"""Which expert is meant, and who changed what about them."""

from api.http.auth import Principal
from api.http.services import Services
from models.db.engine import Session
from models.db.people.reads import PeopleReads
from models.db.people.writes import ExpertRepository
from models.errors import NotFound
from models.events.people import ExpertFacts
from models.people.expert import ExpertFile


def known(session: Session, expert_id: str) -> ExpertFile:
    """The file of an expert.

    Raises:
        NotFound: `expert-unknown`.
    """
    expert = PeopleReads(session).expert_file(expert_id)
    if expert is None:
        raise NotFound("expert-unknown", "There is no such expert.")
    return expert


def happened(
    session: Session, services: Services, principal: Principal, facts: ExpertFacts
) -> None:
    """Write down who changed what about an expert, now."""
    ExpertRepository(session).happened(facts, principal.actor, services.clock())
