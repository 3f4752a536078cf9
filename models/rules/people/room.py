"""Whether an expert's days have room for a visit."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from operator import attrgetter

from models.calendar import Window, grid_at_or_after, merged
from models.geography import Spot
from models.people.diary import Diary

_START = attrgetter("start")


class Room:
    """The room that a diary leaves, asked for many visits: what takes time is done once, and no
    start is tried that is known to be taken."""

    def __init__(self, diary: Diary) -> None:
        self._visits = diary.but(time_off=())
        self._off = merged(diary.time_off)

    def is_there(
        self, place: Spot, times: Iterable[Window], length: timedelta, earliest: datetime
    ) -> bool:
        """Whether some start on the grid, not before `earliest`, finds the expert free for a visit
        of a length at a place, within one of the times."""
        kept = (self._off, merged(self._visits.busy(place)))
        return any(_has_room(time, length, earliest, kept) for time in times)


def _has_room(
    time: Window, length: timedelta, earliest: datetime, kept: Sequence[Sequence[Window]]
) -> bool:
    start = grid_at_or_after(max(time.start, earliest))
    while (end := start + length) <= time.end:
        last = (
            windows[at - 1] for windows in kept if (at := bisect_left(windows, end, key=_START))
        )
        over = max((window.end for window in last), default=start)
        if over <= start:
            return True
        start = grid_at_or_after(over)
    return False
