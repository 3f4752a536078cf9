"""Finding experts: by where they are, what they can do, and what they have with them."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from api.http.dependencies import Staff, With, known_parameters
from api.http.paging import Cursor, Limit, Page, cursor_invalid, decode_cursor, page_of
from api.http.problems import RESPONSES
from api.http.text import Digits, ToolName
from api.people.schemas import FoundExpertView, HeldSkillView
from api.visit.knowing import unknown_visit
from models.db.engine import Session
from models.db.people.calendar import CalendarRepository
from models.db.people.finding import ExpertFinder
from models.db.ticket.reads import TicketReads
from models.db.visit.reads import NeededVisit, VisitReads
from models.errors import Invalid
from models.geography import Spot
from models.identity import Code, VisitId
from models.people.finding import Found, Sought

router = APIRouter(
    prefix="/experts",
    tags=["experts"],
    responses=RESPONSES,
    dependencies=[Depends(known_parameters)],
)
_KM = re.compile(r"[0-9]{1,5}\.[0-9]")
MOST = 20
"""Skills, or tools, that are looked for together."""


def _on_earth(value: str) -> str:
    lat, lng = map(float, value.split(","))
    if abs(lat) > 90 or abs(lng) > 180:
        raise PydanticCustomError("no-such-place", "give degrees from -90 to 90, and -180 to 180")
    return value


Near = Annotated[
    Annotated[str, AfterValidator(_on_earth)] | None,
    Query(
        pattern=r"^-?[0-9]{1,2}(\.[0-9]{1,8})?,-?[0-9]{1,3}(\.[0-9]{1,8})?$",
        description="`lat,lng`: distances are reckoned from there; from the visit, if not said.",
    ),
]
Place = tuple[NeededVisit, Spot, str]
"""A visit, where it is, and in which zone."""


@router.get("", summary="Find experts, the nearest first")
async def find_experts(
    principal: Staff,
    services: With,
    skill: Annotated[
        list[Code], Query(max_length=MOST, description="All of them are needed.")
    ] = [],  # noqa: B006, FastAPI copies it
    tool: Annotated[
        list[ToolName], Query(max_length=MOST, description="All of them are needed.")
    ] = [],  # noqa: B006, FastAPI copies it
    zone: Annotated[str | None, Query(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")] = None,
    near: Near = None,
    within_km: Annotated[
        Annotated[int, Field(ge=1, le=1000), Digits] | None,
        Query(description="Of `near`, or of the visit."),
    ] = None,
    visit_id: Annotated[
        VisitId | None,
        Query(description="Only who could make it: its skills, its area, verified."),
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[FoundExpertView]:
    """By distance, as they are shown, then by id. It is reckoned from where they last let us know
    they were, at most ten minutes ago; else from their visit of today, under way or before; else
    from home; each to within a kilometre, and none of it is shown. Without `near` and `visit_id`
    nobody has a distance. `free` is whether they could be at the visit at its time, the way
    included."""
    for code in skill:
        services.reference.require_skill(code, "skill")
    if zone:
        services.reference.require_zone(zone)
    if within_km is not None and near is None and visit_id is None:
        raise Invalid("place-missing", "Say near what: near or visit_id.", field="within_km")
    after = _after(cursor)
    sought = Sought(
        now=services.clock(),
        skills=tuple(skill),
        tools=tuple(tool),
        zone=zone,
        near=_spot(near) if near else None,
        within_km=within_km,
    )

    def read(session: Session) -> Page[FoundExpertView]:
        place = _place(session, visit_id) if visit_id else None
        wanted = _for_visit(sought, place) if place else sought
        found = ExpertFinder(session).find(wanted, after, limit + 1)
        free = _free(session, place, [one.id for one in found[:limit]]) if place else {}
        return page_of(found, limit, _position, lambda one: _view(one, free.get(one.id)))

    return await services.reads.run(read)


def _place(session: Session, visit_id: str) -> Place:
    visit = VisitReads(session).visit(visit_id)
    ticket = TicketReads(session).ticket(visit.ticket_id) if visit else None
    place = TicketReads(session).place(ticket.id) if ticket else None
    if visit is None or ticket is None or place is None or ticket.zone is None:
        raise unknown_visit()
    return visit, place, ticket.zone


def _for_visit(sought: Sought, place: Place) -> Sought:
    visit, spot, zone = place
    return sought.but(
        near=sought.near or spot,
        area=spot,
        area_zone=zone,
        positions=visit.positions,
        until=visit.end_at,
    )


def _free(session: Session, place: Place, expert_ids: list[str]) -> dict[str, bool]:
    """Who has time for a visit when it is, the visit itself not counted; nothing is known of one
    without a time."""
    visit, spot, _ = place
    if visit.start_at is None or visit.end_at is None:
        return {}
    start, end = visit.start_at, visit.end_at
    diaries = CalendarRepository(session).diaries(expert_ids, start, spot)
    return {
        diary.expert.id: not any(kept.overlaps(start, end) for kept in diary.busy(spot, [visit.id]))
        for diary in diaries
    }


def _after(cursor: str | None) -> tuple[float, str] | None:
    position = decode_cursor(cursor, 2)
    if position is None:
        return None
    if not _KM.fullmatch(position[0]):
        raise cursor_invalid()
    return float(position[0]), position[1]


def _position(found: Found) -> list[str]:
    return [str(found.km or 0.0), found.id]


def _spot(near: str) -> Spot:
    lat, lng = near.split(",")
    return Spot(lat=float(lat), lng=float(lng))


def _view(found: Found, free: bool | None) -> FoundExpertView:
    return FoundExpertView(
        id=found.id,
        name=found.name,
        status=found.status,
        skills=[
            HeldSkillView(skill=s.code, level=s.level, expires_at=s.expires_at)
            for s in found.skills
        ],
        tools=list(found.tools),
        zone=found.zone,
        distance_km=found.km,
        origin=found.origin,
        free=free,
    )
