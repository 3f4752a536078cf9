"""Experts' calendars and standing on the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from api.http.text import Body, Instant, shown
from api.ticket.schemas import SlotView
from models.calendar import Stretch
from models.people.expert import ExpertStatus

LocalTime = Annotated[
    str,
    StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"),
    Field(description="HH:MM in your own zone; 24:00 ends a day"),
]


TimeOffId = Annotated[str, StringConstraints(pattern="^off_[0-9a-f-]{36}$")]


class WeekStretch(Body):
    """A stretch of a weekday in local time, 0 is Monday."""

    weekday: int = Field(ge=0, le=6)
    start: LocalTime
    end: LocalTime

    def stretch(self) -> Stretch:
        """In minutes."""
        return Stretch(
            weekday=self.weekday,
            from_minute=_minutes(self.start),
            to_minute=_minutes(self.end),
        )


class Week(Body):
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

    id: str


class BusyView(SlotView):
    """An assignment; `blocked_from` is when the way to it begins."""

    assignment_id: str
    visit_id: str
    blocked_from: datetime


class CalendarView(BaseModel):
    """What stands in a calendar, UTC; `free` is the usual week without it."""

    tz: str
    assignments: list[BusyView]
    time_off: list[TimeOffView]
    free: list[SlotView]


class SkillLevel(Body):
    """How well an expert does something, and until when."""

    model_config = shown(level=3, expires_at="2028-01-01T00:00:00Z")

    level: int = Field(ge=1, le=5)
    expires_at: Instant | None = None


class HeldSkillView(BaseModel):
    """A skill of an expert."""

    skill: str
    level: int
    expires_at: datetime | None


class Standing(Body):
    """Where an expert stands with us."""

    model_config = shown(status="VERIFIED")

    status: ExpertStatus


class ExpertView(BaseModel):
    """An expert, as the helpdesk sees them."""

    id: str
    name: str
    status: ExpertStatus
    zone: str
    tz: str
    radius_km: int
    skills: list[HeldSkillView]


def clock(minute: int) -> str:
    """Minutes from midnight as HH:MM."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
