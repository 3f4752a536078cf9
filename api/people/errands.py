"""What experts do on a day that is no visit."""

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response

from api.http.dependencies import Expert, IdempotencyKey, With, known_parameters
from api.http.idempotency import once, scoped
from api.http.paging import Cursor, Limit, Page, decode_moment, page_of
from api.http.problems import RESPONSES
from api.http.text import Day, window_of
from api.people.knowing import happened, known
from api.people.road import NewStop, StopView
from api.ticket.schemas import SlotView
from models.db.engine import Session
from models.db.market.work import WorkList
from models.db.people.errands import ErrandRepository
from models.errors import NotFound
from models.events.people import ExpertStopAdded, ExpertStopDropped
from models.geography import Spot
from models.identity import StopId, derived_id
from models.people.route import Errand
from models.rules.people.daylight import day_at, day_of
from models.rules.people.errands import checked_errand, require_room

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)


@router.post("/me/stops", status_code=201, summary="Put an errand on a day")
async def add_stop(
    new: NewStop,
    principal: Expert,
    key: IdempotencyKey,
    request: Request,
    response: Response,
    services: With,
) -> StopView:
    """Your route of the day has it where it costs least. No visit moves for it."""
    response.status_code = 201
    scope, now = scoped(request, principal, key), services.clock()
    errand = Errand(
        id=derived_id("stp", principal.subject, scope),
        day=new.date,
        title=new.title,
        minutes=new.minutes,
        place=Spot(lat=new.lat, lng=new.lng),
        window=window_of(new.window, "/window") if new.window else None,
    )

    def write(session: Session) -> None:
        day = day_of(errand.day, ZoneInfo(known(session, principal.subject).tz))
        checked_errand(errand, day, now)
        errands = ErrandRepository(session)
        if errands.is_known(errand.id):
            return
        # From here on the expert is locked, and nobody else counts.
        added = ExpertStopAdded(expert_id=principal.subject, stop_id=errand.id)
        happened(session, services, principal, added)
        visits = WorkList(session).items(principal.subject, now, during=day)
        require_room(len(visits) + errands.count(principal.subject, errand.day))
        errands.add(principal.subject, errand, now)

    async def act() -> StopView:
        # Done again, its id, which the request gives it, is there already.
        await services.reads.write(write)
        return stop_view(errand)

    return await once(services, request, response, scope, new, StopView, act)


@router.get("/me/stops", summary="List your errands of a day")
async def list_stops(
    principal: Expert,
    services: With,
    day: Annotated[
        Day | None,
        Query(alias="date", description="YYYY-MM-DD, where you live; today, if not said."),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[StopView]:
    """In the order in which you added them."""
    after = decode_moment(cursor)

    def read(session: Session) -> Page[StopView]:
        tz = known(session, principal.subject).tz
        asked = day or day_at(services.clock(), ZoneInfo(tz))
        found = ErrandRepository(session).of(principal.subject, asked, after, limit + 1)
        return page_of(
            found,
            limit,
            lambda one: [one[0].isoformat(), one[1].id],
            lambda one: stop_view(one[1]),
        )

    return await services.reads.run(read)


@router.delete("/me/stops/{stop_id}", status_code=204, summary="Take an errand off its day")
async def drop_stop(stop_id: StopId, principal: Expert, services: With) -> None:
    """Whether it is done or not: your route does without it."""

    def write(session: Session) -> None:
        if not ErrandRepository(session).drop(principal.subject, stop_id):
            raise NotFound("stop-unknown", "There is no such stop.")
        dropped = ExpertStopDropped(expert_id=principal.subject, stop_id=stop_id)
        happened(session, services, principal, dropped)

    await services.reads.write(write)


def stop_view(errand: Errand) -> StopView:
    """An errand as its expert sees it."""
    window = errand.window
    return StopView(
        id=errand.id,
        title=errand.title,
        date=errand.day,
        minutes=errand.minutes,
        lat=errand.place.lat,
        lng=errand.place.lng,
        window=SlotView(start=window.start, end=window.end) if window else None,
    )
