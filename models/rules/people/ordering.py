"""The order of a day's stops that has the least of travel and lateness (docs/rules/routes.md, The
order)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from models.rules.people.bounding import Ahead, Place
from models.rules.people.improving import Order, good_order
from models.rules.people.passing import Round, cost

MOST_EXACT = 8
"""Free stops for which every order is considered."""
_FIRST_TRIES = 1_500
"""A good order to begin with spares the search most of the others."""


_Way = tuple[int, int, Any]
"""How one came to a place: seconds of travel and lateness, when one goes on; and the stop with the
way to the one before it. Bare, for there are tens of thousands."""
_Ways = dict[Place, list[_Way]]


class Ordered(NamedTuple):
    """An order of stops; whether no other costs less."""

    order: Order
    is_least: bool


def ordered(task: Round) -> Ordered:
    """The order with the least of travel and lateness, up to eight free stops; a good one beyond.
    Booked stops keep their order and their times. The same stops always have the same order."""
    if len(task.free) > MOST_EXACT:
        return Ordered(good_order(task), is_least=False)
    return Ordered(least_order(task), is_least=True)


def least_order(task: Round) -> Order:
    """Branch and bound, a stop at a time. A way so far is given up as soon as it cannot cost less
    than the best order known, or as another one made the same stops at no more cost, and no
    later."""
    good = good_order(task, _FIRST_TRIES)
    limit, ahead = cost(task, good), Ahead(task)
    at: _Ways = {(0, 0, 0): [(0, task.sets_out, None)]}
    for _ in task.halts:
        at = _a_stop_further(task, ahead, limit, at)
    ends = [
        (spent + task.ways[here][task.home], way)
        for (here, _, _), ways in at.items()
        for spent, _, way in ways
    ]
    return _stops(min(ends, key=lambda end: end[0])[1]) if ends else good


def _a_stop_further(task: Round, ahead: Ahead, limit: int, at: _Ways) -> _Ways:
    halts = task.halts
    further: _Ways = {}
    for place, ways in at.items():
        row = task.ways[place[0]]
        for following in _following(task, place):
            there, _, _ = following
            lasts, opens, closes = halts[there - 1]
            travel, room = row[there], limit - ahead.travel[following]
            found = further.get(following)
            for spent, leaves, way in ways:
                # Most ways end here, so what is tried first costs least to try.
                costs, begins = spent + travel, leaves + travel
                if costs >= room:
                    continue
                if begins < opens:
                    begins = opens
                elif begins > closes:
                    costs += begins - closes
                if costs < room and costs + ahead.late(following, begins + lasts) < room:
                    if found is None:
                        found = further[following] = []
                    _keep(found, (costs, begins + lasts, (there, way)))
    return further


def _following(task: Round, place: Place) -> Iterator[Place]:
    _, made, kept = place
    for free in range(len(task.free)):
        if not made >> free & 1:
            yield len(task.booked) + 1 + free, made | 1 << free, kept
    if kept < len(task.booked):
        yield kept + 1, made, kept + 1


def _keep(ways: list[_Way], new: _Way) -> None:
    """Keep a way, unless one is known that is no worse; and none that it makes worse."""
    spent, leaves, _ = new
    for known in ways:
        if known[0] <= spent and known[1] <= leaves:
            return
    if ways:
        ways[:] = [known for known in ways if known[0] < spent or known[1] < leaves]
    ways.append(new)


def _stops(way: Any) -> Order:
    order: list[int] = []
    while way is not None:
        stop, way = way
        order.insert(0, stop)
    return tuple(order)
