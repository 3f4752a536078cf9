"""Where experts are, if they let us know."""

from datetime import timedelta

from fastapi import APIRouter, Depends

from api.http.dependencies import Expert, With, known_parameters
from api.http.problems import RESPONSES
from api.people.knowing import happened, known
from api.people.road import NewPosition, PositionSharing
from models.db.engine import Session
from models.db.people.positions import PositionRepository
from models.errors import Conflict, Invalid
from models.events.people import ExpertPositionShared
from models.geography import Spot
from models.people.route import Sighting
from temporal.failpoints import Failpoint, reached

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
AHEAD = timedelta(minutes=5)
"""How far a phone's clock may be ahead of ours."""


@router.get("/me/position-sharing", summary="Read whether you let us know where you are")
async def read_position_sharing(principal: Expert, services: With) -> PositionSharing:
    """Nobody does who did not say so."""
    on = await services.reads.run(lambda s: PositionRepository(s).is_shared(principal.subject))
    return PositionSharing(on=on)


@router.put("/me/position-sharing", summary="Let us know where you are, or no more")
async def share_position(
    sharing: PositionSharing, principal: Expert, services: With
) -> PositionSharing:
    """On: from then on your phone may say where you are, and arrival times begin there. Off: the
    last place is deleted, in the same step."""

    def write(session: Session) -> None:
        known(session, principal.subject)
        positions = PositionRepository(session)
        changes = positions.share if sharing.on else positions.withdraw
        if changes(principal.subject):
            facts = ExpertPositionShared(expert_id=principal.subject, on=sharing.on)
            happened(session, services, principal, facts)

    await services.reads.write(write)
    return sharing


@router.put("/me/position", status_code=204, summary="Say where you are")
async def report_position(new: NewPosition, principal: Expert, services: With) -> None:
    """The last place replaces the one before; one that comes late changes nothing. It is used for
    ten minutes."""
    if new.at > services.clock() + AHEAD:
        raise Invalid("position-ahead", "The time lies more than 5 minutes ahead.", field="/at")
    seen = Sighting(place=Spot(lat=new.lat, lng=new.lng), at=new.at)

    def write(session: Session) -> None:
        if not PositionRepository(session).saw(principal.subject, seen):
            raise Conflict("position-not-shared", "You do not let us know where you are.")

    reached(Failpoint.BEFORE_PLACE, principal.subject)
    await services.reads.write(write)
    reached(Failpoint.AFTER_PLACE, principal.subject)
