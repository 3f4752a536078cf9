"""What an errand may be (docs/rules/routes.md, Errands)."""

from datetime import datetime, timedelta

from models.calendar import Window
from models.errors import Conflict, Invalid
from models.people.route import Errand
from models.rules.people.routing import MOST_STOPS

FARTHEST = timedelta(days=366)


def checked_errand(errand: Errand, day: Window, now: datetime) -> Errand:
    """The errand, if it can be done on its day, which is `day` where its expert lives.

    Raises:
        Invalid: `day-past`, `day-too-far`, `window-outside-day`, `window-too-short`.
    """
    if day.end <= now:
        raise Invalid("day-past", "The day is over.", field="/date")
    if day.start > now + FARTHEST:
        raise Invalid(
            "day-too-far", f"The day is at most {FARTHEST.days} days ahead.", field="/date"
        )
    if errand.window is None:
        return errand
    if not day.holds(errand.window.start, errand.window.end):
        raise Invalid("window-outside-day", "The window lies within the day.", field="/window")
    if errand.window.length < errand.length:
        raise Invalid("window-too-short", "The window holds the errand.", field="/window")
    return errand


def require_room(stops: int) -> None:
    """Refuse one more stop on a day that has so many.

    Raises:
        Conflict: `too-many-stops`.
    """
    if stops >= MOST_STOPS:
        raise Conflict("too-many-stops", f"A day has {MOST_STOPS} stops at the most.")
