"""Refusals by name: Temporal keeps nobody's, so they are put in where staff may read them."""

from api.http.services import Services
from models.db.people.reads import PeopleReads
from models.errors import Conflict

_OF_A_CANDIDATE = {
    "candidate-gone": "{number} was {name}, who is no longer free.",
    "candidate-moved": "{number} is {name}, who could come at another time by now.",
}


async def by_name(services: Services, refusal: Conflict) -> Conflict:
    """The refusal of a candidate who is gone, or could come at another time, with their name; every
    other one as it is."""
    expert_id = refusal.evidence.get("expert_id")
    if refusal.code not in _OF_A_CANDIDATE or not isinstance(expert_id, str):
        return refusal
    found = await services.reads.run(lambda s: PeopleReads(s).contacts([expert_id]))
    if expert_id not in found:
        return refusal
    return Conflict(
        refusal.code,
        _OF_A_CANDIDATE[refusal.code].format(
            number=refusal.evidence["number"], name=found[expert_id].name
        ),
        field=refusal.field,
        **refusal.evidence,
    )
