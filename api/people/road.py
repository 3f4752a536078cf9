"""Experts' days on the road, on the wire."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from api.http.ids import ArticleRef, AssignmentRef, ExpertRef, StopRef, TicketRef, VisitRef
from api.http.text import (
    Body,
    Day,
    Instant,
    Latitude,
    Longitude,
    ShortText,
    Slot,
    Truth,
    Whole,
    shown,
)
from api.ticket.schemas import SlotView
from api.visit.schemas import MapLink, WorkItemView
from models.calendar import GRID
from models.knowledge import ArticleState
from models.people.route import RouteStatus, SetsOutFrom
from models.people.travel import TravelSource
from models.recorded import Recorded
from models.visit import AssignmentState

_GRID_MINUTES = int(GRID.total_seconds() // 60)


class NewStop(Body):
    """Something you have to do on a day that is no visit. Without a window it is put wherever it
    costs least of the day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "title": "Fetch the relay",
                    "date": "2026-12-08",
                    "minutes": 15,
                    "lat": 52.5212,
                    "lng": 13.4105,
                    "window": {
                        "start": "2026-12-08T09:00:00+01:00",
                        "end": "2026-12-08T12:00:00+01:00",
                    },
                }
            ]
        }
    )

    title: ShortText
    date: Day = Field(description="The day where you live.")
    minutes: Whole = Field(ge=15, le=480, multiple_of=_GRID_MINUTES)
    lat: Latitude
    lng: Longitude
    window: Slot | None = Field(default=None, description="Within the day; it holds the minutes.")


class StopView(BaseModel):
    """An errand of yours."""

    id: StopRef
    title: str
    date: date
    minutes: int
    lat: float
    lng: float
    window: SlotView | None


class PositionSharing(Body):
    """Whether you let us know where you are. Off, what was known is deleted."""

    model_config = shown(on=True)

    on: Truth


class NewPosition(Body):
    """Where you are, and since when. Only the last place is kept."""

    model_config = shown(lat=52.5006, lng=13.4031, at="2026-12-08T08:55:00+01:00")

    lat: Latitude
    lng: Longitude
    at: Instant


class RouteStopView(BaseModel):
    """A stop of a route: a visit, with `assignment_id`, or an errand, with `stop_id`. `eta` is when
    you get there if you go on at once, `begins_at` when it begins then, `late_minutes` how much too
    late. `travel_minutes` is the way to it from the stop before, by `source`; `server` counts the
    map servers from 1. Of what is over, or withheld, there is none of that."""

    assignment_id: AssignmentRef | None = None
    visit_id: VisitRef | None = None
    stop_id: StopRef | None = None
    ticket: str | None = None
    title: str | None = None
    address: str | None = None
    state: Recorded[AssignmentState] | None = None
    start: datetime | None
    end: datetime | None
    minutes: int
    travel_minutes: int | None
    source: TravelSource | None
    server: int | None
    eta: datetime | None
    begins_at: datetime | None
    leaves_at: datetime | None
    late_minutes: int
    geo: str | None
    maps: list[MapLink]


class RouteView(BaseModel):
    """A day's stops in the order in which they are made, from `origin` and home again.
    `is_least`: no other order has less of travel and lateness together; beyond eight errands the
    order is good, and may not be the best."""

    date: date
    tz: str
    status: RouteStatus
    origin: SetsOutFrom
    sets_out_at: datetime
    stops: list[RouteStopView]
    way_home_minutes: int | None
    source: TravelSource | None
    server: int | None
    home_at: datetime | None
    travel_minutes: int
    late_minutes: int
    is_least: bool


class PastStopView(BaseModel):
    """A stop as it was in a route; `due_at` is when it was to begin, where that was fixed."""

    assignment_id: AssignmentRef | None = None
    stop_id: StopRef | None = None
    due_at: datetime | None
    eta: datetime | None
    travel_minutes: int | None


class PastRouteView(BaseModel):
    """A route as it was from `updated_at` until the next one; `due_at` is when its first stop
    begins."""

    due_at: datetime
    route: list[PastStopView]
    updated_at: datetime
    status: Recorded[RouteStatus]


class StandInView(BaseModel):
    """An expert who could make a visit in the place of who holds it, from `start`. `offered`: they
    had offered to come then. The way is from their home, by `source`."""

    expert_id: ExpertRef
    name: str
    tools: list[str]
    start: datetime
    end: datetime
    distance_km: float
    travel_minutes: int | None
    source: TravelSource | None
    offered: bool


class DelayedVisitView(BaseModel):
    """A visit that its expert does not reach in time: `eta` is when they get there, the way by
    `source`, and `late_minutes` how much later than its start it begins."""

    assignment_id: AssignmentRef
    visit_id: VisitRef
    ticket_id: TicketRef
    ticket: str
    position: int
    state: Recorded[AssignmentState]
    start: datetime
    end: datetime
    eta: datetime | None
    source: TravelSource | None
    late_minutes: int
    candidates: list[StandInView]


class DelaysView(BaseModel):
    """The visits of a day, a day in `tz`, that an expert is late for, in the order of the route;
    `status` is that of the whole route."""

    expert_id: ExpertRef
    date: date
    tz: str
    status: RouteStatus
    delays: list[DelayedVisitView]


class DayArticleView(BaseModel):
    """Something to read about a model like the one that is broken, published or your own draft;
    `title` is how it begins."""

    id: ArticleRef
    state: Recorded[ArticleState]
    title: str
    body: str


class DayVisitView(WorkItemView):
    """A visit of a day, with what there is to read about it."""

    articles: list[DayArticleView]


class DayView(BaseModel):
    """All that a phone needs for a day without a network. `date` is a day in `tz`, where you
    live."""

    date: date
    tz: str
    visits: list[DayVisitView]
    stops: list[StopView]
