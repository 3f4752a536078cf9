"""How people want to be told things."""

from enum import StrEnum

from models.base import Value
from models.message.notification import MessageChannel
from models.recorded import Recorded


class Topic(StrEnum):
    """What one may ask not to be told of (docs/rules/messages.md, What people choose)."""

    PROGRESS = "progress"
    APPOINTMENT = "appointment"
    REMINDER = "reminder"
    SURVEY = "survey"
    OPEN_VISIT = "open_visit"
    PROPOSAL = "proposal"


class QuietHours(Value):
    """When somebody is to be left alone, each night: minutes from midnight in the local time of an
    IANA zone. They end the next day if their end is not after their beginning."""

    from_minute: int
    to_minute: int
    tz: str


class Preferences(Value):
    """By which channels somebody is told, the favourite first; what they do not want to hear of,
    and when nothing."""

    channels: tuple[Recorded[MessageChannel], ...]
    declined: tuple[Recorded[Topic], ...] = ()
    quiet_hours: QuietHours | None = None
