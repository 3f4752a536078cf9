"""What people choose about being told things (docs/rules/messages.md, What people choose)."""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from models.actor import Role
from models.errors import Invalid
from models.message.preferences import Preferences, QuietHours, Topic

MAY_DECLINE: Mapping[str, frozenset[Topic]] = {
    Role.CUSTOMER: frozenset({Topic.PROGRESS, Topic.APPOINTMENT, Topic.REMINDER, Topic.SURVEY}),
    Role.EXPERT: frozenset({Topic.OPEN_VISIT, Topic.PROPOSAL, Topic.REMINDER}),
}
"""What each may ask not to be told of: never of money owed, of a question that waits for them, of
work that is theirs, or of what takes back what they know."""

_DAY = 24 * 60
_MINUTE = timedelta(minutes=1)


class Matter(NamedTuple):
    """What a message is about.

    Attributes:
        topic: None where nobody may decline it.
        starts: when the visits are that it tells of.
        tz: the zone of their place, which says what day it is.
        is_urgent: whether the ticket is.
        until: until when its reader can do something about it, if not for ever.
    """

    topic: Topic | None
    starts: tuple[datetime, ...]
    tz: str
    is_urgent: bool = False
    until: datetime | None = None

    def is_about_today(self, now: datetime) -> bool:
        """Whether one of its visits is on this day, at its place."""
        zone = ZoneInfo(self.tz)
        today = now.astimezone(zone).date()
        return any(start.astimezone(zone).date() == today for start in self.starts)

    def bears(self, now: datetime, later: datetime) -> bool:
        """Whether it is as good later: before its visits, and before it is too late."""
        in_time = self.until is None or later < self.until
        return in_time and not any(now <= start <= later for start in self.starts)


def checked(preferences: Preferences, role: str) -> Preferences:
    """The preferences of somebody of a role, if they may have them.

    Raises:
        Invalid: `channel-twice`, `topic-twice`, `not-declinable`, `quiet-hours-endless`.
    """
    channels, declined = preferences.channels, preferences.declined
    if len(set(channels)) < len(channels):
        raise Invalid("channel-twice", "Name each channel once.", field="/channels")
    if len(set(declined)) < len(declined):
        raise Invalid("topic-twice", "Name each topic once.", field="/declined")
    may = MAY_DECLINE[role]
    for index, topic in enumerate(declined):
        if topic not in may:
            raise Invalid(
                "not-declinable",
                f"You cannot decline {topic}.",
                field=f"/declined/{index}",
                allowed=sorted(may),
            )
    quiet = preferences.quiet_hours
    if quiet and (quiet.to_minute - quiet.from_minute) % _DAY == 0:
        raise Invalid(
            "quiet-hours-endless", "Quiet hours end some time of the day.", field="/quiet_hours/end"
        )
    return preferences


def is_declined(declined: Collection[str], matter: Matter, now: datetime) -> bool:
    """Whether its reader asked not to be told of it; of a visit today they are in any case."""
    return matter.topic in declined and not matter.is_about_today(now)


def told_at(quiet: QuietHours | None, matter: Matter, now: datetime) -> datetime:
    """When a message is told: now, or at the end of its reader's quiet hours if it bears that. What
    is urgent, or about a visit today, is told at any hour."""
    end = quiet and quiet_until(quiet, now)
    if not end or matter.is_urgent or matter.is_about_today(now):
        return now
    return end if matter.bears(now, end) else now


def quiet_until(quiet: QuietHours, now: datetime) -> datetime | None:
    """When quiet hours end that run at `now`, UTC; None outside of them.

    A wall time that the clocks jump over is the moment of the jump. Of one that happens twice the
    first passing begins them and the second ends them: no night is torn in two.
    """
    zone = ZoneInfo(quiet.tz)
    today = now.astimezone(zone).date()
    over_night = quiet.to_minute <= quiet.from_minute
    for day in (today - timedelta(days=1), today):
        start = _passing(day, quiet.from_minute, zone, 0)
        end = _passing(day, quiet.to_minute + _DAY * over_night, zone, 1)
        if start <= now < end:
            return end
    return None


def _passing(day: date, minute: int, zone: ZoneInfo, fold: int) -> datetime:
    wall = datetime.combine(day, time()) + minute * _MINUTE
    at, other = (wall.replace(tzinfo=zone, fold=f).astimezone(UTC) for f in (fold, 1 - fold))
    if at.astimezone(zone).replace(tzinfo=None) != wall:
        at = min(at, other)
        while at.astimezone(zone).replace(tzinfo=None) < wall:
            at += _MINUTE
    return at
