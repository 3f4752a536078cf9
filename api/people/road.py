"""Experts' days on the road, on the wire."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from api.http.ids import AssignmentRef, ExpertRef, StopRef, TicketRef, VisitRef
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
from api.visit.report_schemas import RefusedReportView
from api.visit.schemas import MapLink, WorkItemView
from models.calendar import GRID
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

    lat: Latitude = Field(description="Degrees north, WGS 84.")
    lng: Longitude = Field(description="Degrees east, WGS 84.")
    at: Instant = Field(description="When you were there.")


class RouteStopView(BaseModel):
    """A stop of a route: a visit, with `assignment_id`, or an errand, with `stop_id`. Of what is
    over, or withheld, way and arrival are null. Moments are UTC."""

    assignment_id: AssignmentRef | None = Field(default=None, description="Of a visit: your part.")
    visit_id: VisitRef | None = Field(default=None, description="Of a visit.")
    stop_id: StopRef | None = Field(default=None, description="Of an errand.")
    ticket: str | None = Field(default=None, description="Of a visit: T-1001.")
    title: str | None = Field(default=None, description="Of an errand: what you called it.")
    address: str | None = Field(
        default=None, description="Of a visit, on one line; null, once withheld."
    )
    state: Recorded[AssignmentState] | None = Field(
        default=None, description="Of a visit: how far your part is."
    )
    start: datetime | None = Field(
        description="When a visit begins, or the window of an errand; null without one."
    )
    end: datetime | None = Field(
        description="When a visit is planned to end, or the window of an errand ends."
    )
    minutes: int = Field(description="How long it takes.")
    travel_minutes: int | None = Field(description="The way to it from the stop before.")
    source: TravelSource | None = Field(description="Who says how long that way takes.")
    server: int | None = Field(
        description="Which of the map servers said so, from 1; null, where none was asked."
    )
    eta: datetime | None = Field(description="When you are there, if you go on at once.")
    begins_at: datetime | None = Field(description="When it begins then.")
    leaves_at: datetime | None = Field(description="When you go on.")
    late_minutes: int = Field(description="How much too late it begins; 0, in time.")
    geo: str | None = Field(description="The place as a `geo:` URI; null, once withheld.")
    maps: list[MapLink] = Field(description="The way there; empty where `geo` is null.")


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


class DayView(BaseModel):
    """All that a phone needs for a day without a network. `date` is a day in `tz`, where you
    live."""

    date: date
    tz: str
    visits: list[WorkItemView]
    stops: list[StopView]
    refused_reports: list[RefusedReportView] = Field(
        description="Reports of any day that were accepted (202) and are refused since, the oldest "
        "first, until you say that you have seen them."
    )
