"""Refusals by name: Temporal keeps nobody's, so they are put in where staff may read them."""

from api.http.services import Services
from models.db.people.reads import PeopleReads
from models.errors import Conflict


async def by_name(services: Services, refusal: Conflict) -> Conflict:
    """The refusal of a candidate who is gone, with their name; every other one as it is."""
    expert_id = refusal.evidence.get("expert_id")
    if refusal.code != "candidate-gone" or not isinstance(expert_id, str):
        return refusal
    found = await services.reads.run(lambda s: PeopleReads(s).contacts([expert_id]))
    if expert_id not in found:
        return refusal
    return Conflict(
        "candidate-gone",
        f"{refusal.evidence['number']} was {found[expert_id].name}, who is no longer free.",
        field=refusal.field,
        **refusal.evidence,
    )
