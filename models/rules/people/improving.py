"""A good order of many stops: each free one is put in where it costs least, then runs of them are
moved and turned for as long as that saves anything. No promise that nothing is better
(docs/rules/routes.md, The order)."""

from collections.abc import Iterator, Sequence

from models.rules.people.passing import Round, cost

MOST_TRIES = 12_000
"""Orders that are looked at; a day of 40 stops takes a fraction of a second."""
LONGEST_RUN = 3
"""Stops that are moved together."""

Order = tuple[int, ...]


def good_order(task: Round, most_tries: int = MOST_TRIES) -> Order:
    """An order of the stops in which the booked ones keep theirs: the same one, always."""
    order: Order = tuple(range(1, len(task.booked) + 1))
    for free in _urgent_first(task):
        order = min(_put_in(order, (free,)), key=lambda tried: cost(task, tried))
    return _improved(task, order, most_tries)


def _urgent_first(task: Round) -> list[int]:
    first = len(task.booked) + 1
    return sorted(
        range(first, first + len(task.free)), key=lambda place: task.halts[place - 1].closes
    )


def _improved(task: Round, order: Order, tries_left: int) -> Order:
    least = cost(task, order)
    improving = True
    while improving:
        improving = False
        for tried in _neighbours(order, len(task.booked)):
            if tries_left <= 0:
                return order
            tries_left -= 1
            if (costs := cost(task, tried)) < least:
                order, least, improving = tried, costs, True
                break
    return order


def _neighbours(order: Order, booked: int) -> Iterator[Order]:
    """What one move makes of an order: a run of free stops is put elsewhere, or turned round."""
    for first in range(len(order)):
        for last in range(first + 1, len(order) + 1):
            run = order[first:last]
            if run[-1] <= booked:
                break
            if len(run) <= LONGEST_RUN:
                yield from _put_in(order[:first] + order[last:], run)
            if len(run) > 1:
                yield order[:first] + run[::-1] + order[last:]


def _put_in(order: Order, run: Sequence[int]) -> Iterator[Order]:
    for at in range(len(order) + 1):
        yield (*order[:at], *run, *order[at:])
