"""Experts' calendars and standing on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, SkipValidation, StringConstraints

from api.http.ids import AssignmentRef, CodeRef, ExpertRef, VisitRef
from api.http.text import Body, Instant, Whole, shown
from api.ticket.schemas import SlotView
from models.calendar import Stretch
from models.identity import Code
from models.message.notification import MessageChannel
from models.people.expert import ExpertStatus
from models.people.finding import ReckonedFrom
from models.recorded import Recorded

LocalTime = Annotated[
    str,
    StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"),
    Field(description="HH:MM in your own zone; 24:00 ends a day"),
]


TimeOffId = Annotated[str, StringConstraints(pattern="^off_[0-9a-f-]{36}$")]


class WeekStretch(Body):
    """A stretch of a weekday in local time, 0 is Monday."""

    weekday: Whole = Field(ge=0, le=6)
    start: LocalTime
    end: LocalTime

    def stretch(self) -> Stretch:
        """In minutes."""
        return Stretch(
            weekday=self.weekday,
            from_minute=minutes(self.start),
            to_minute=minutes(self.end),
        )


class UsualWeek(Body):
    """When you usually work. It shapes your calendar; what you propose is up to you."""

    model_config = shown(week=[{"weekday": 0, "start": "08:00", "end": "17:00"}])

    week: list[WeekStretch] = Field(max_length=50)


class NewTimeOff(Body):
    """When you do not work, RFC 3339 with offset."""

    model_config = shown(start="2026-12-24T00:00:00+01:00", end="2026-12-27T00:00:00+01:00")

    start: Instant
    end: Instant


class TimeOffView(SlotView):
    """When you do not work."""

    id: SkipValidation[TimeOffId]


class BusyView(SlotView):
    """An assignment. `blocked_from` is when the way to it begins, `blocked_until` when you can be
    anywhere else at the earliest."""

    assignment_id: AssignmentRef
    visit_id: VisitRef
    blocked_from: datetime
    blocked_until: datetime


class CalendarView(BaseModel):
    """What stands in a calendar, UTC; `free` is the usual week without it."""

    tz: str
    assignments: list[BusyView]
    time_off: list[TimeOffView]
    free: list[SlotView]


class SkillLevel(Body):
    """How well an expert does something, and until when."""

    model_config = shown(level=3, expires_at="2028-01-01T00:00:00Z")

    skill: Code | None = Field(default=None, description="As in the address, if at all.")
    level: Whole = Field(ge=1, le=5)
    expires_at: Instant | None = None


class HeldSkillView(BaseModel):
    """A skill of an expert."""

    skill: CodeRef
    level: int
    expires_at: datetime | None


class Standing(Body):
    """Where an expert stands with us."""

    model_config = shown(status="VERIFIED")

    status: ExpertStatus


class OptedOut(Body):
    """As it was read. It changes nothing: only people themselves can take their STOP back."""

    model_config = shown(channel="sms", since="2026-12-08T13:00:00Z")

    channel: MessageChannel
    since: Instant


class OptedOutView(BaseModel):
    """They answered STOP: nothing is sent over this channel to the address that the file has
    now."""

    channel: MessageChannel
    since: datetime


class ExpertView(BaseModel):
    """An expert, as the helpdesk sees them."""

    id: ExpertRef
    name: str
    status: Recorded[ExpertStatus]
    zone: CodeRef
    tz: str
    radius_km: int
    skills: list[HeldSkillView]
    opted_out: list[OptedOutView]


class FoundExpertView(BaseModel):
    """An expert who was found. `distance_km` is from where they are taken to be, `origin`;
    `free` whether they could be at the visit at its time. Null, where no place, or time, was
    named."""

    id: ExpertRef
    name: str
    status: Recorded[ExpertStatus]
    skills: list[HeldSkillView]
    tools: list[str]
    zone: CodeRef
    distance_km: float | None
    origin: ReckonedFrom | None
    free: bool | None


def clock(minute: int) -> str:
    """Minutes from midnight as HH:MM."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def minutes(text: str) -> int:
    """HH:MM as minutes from midnight."""
    hours, rest = text.split(":")
    return int(hours) * 60 + int(rest)
