"""Working hours that clocks of tests count."""

from zoneinfo import ZoneInfo

from models.calendar import Stretch
from models.promise.sla import BusinessHours

CHICAGO = ZoneInfo("America/Chicago")
OFFICE = BusinessHours(
    tz="America/Chicago",
    week=tuple(Stretch(weekday=day, from_minute=9 * 60, to_minute=18 * 60) for day in range(5)),
)
