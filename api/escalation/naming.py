"""Refusals by name: Temporal keeps nobody's, so they are put in where staff may read them."""

from api.http.services import Services
from models.db.people.people import PeopleRepository
from models.errors import Conflict


async def by_name(services: Services, refusal: Conflict) -> Conflict:
    """The refusal of a candidate who is gone, with their name; every other one as it is."""
    expert_id = refusal.evidence.get("expert_id")
    if refusal.code != "candidate-gone" or not isinstance(expert_id, str):
        return refusal
    expert = await services.reads.run(lambda s: PeopleRepository(s).expert_row(expert_id))
    if expert is None:
        return refusal
    return Conflict(
        "candidate-gone",
        f"{refusal.evidence['number']} was {expert.name}, who is no longer free.",
        field=refusal.field,
        **refusal.evidence,
    )
