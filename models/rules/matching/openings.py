"""The starts worth looking at, before anything is placed (docs/rules/matching.md, What a
solution is; Order of choice).

Each visit's starts at which it can be staffed by itself, less those that a gap to another visit
forbids, less those that cannot be in the least solution.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import inf

from models.rules.matching.board import Board, Gap, each
from models.rules.matching.budget import Budget
from models.rules.matching.crew import seating

Able = Sequence[Mapping[int, int]]
"""Per visit and expert, the starts at which they can have some position of it."""


def openings(board: Board, able: Able, budget: Budget) -> list[int] | None:
    """Per visit, the starts that the least solution may have; None if there can be no solution."""
    unequal = any(len({len(board.fits[v]) for v in team}) > 1 for team in board.teams)
    if unequal or _contradict_each_other(board.gaps, len(board.lengths)):
        return None
    open_ = [
        board.all_starts & _staffed_alone(fits, mine)
        for fits, mine in zip(board.fits, able, strict=True)
    ]
    if narrowed(board, open_, budget) is not None:
        return None
    open_ = _pressed(board, open_, able)
    return open_ if narrowed(board, open_, budget) is None else None


def able_starts(board: Board) -> list[dict[int, int]]:
    """Per visit and expert, their starts there that leave them one on each visit of the team."""
    able: list[dict[int, int]] = []
    for fits in board.fits:
        able.append({})
        for position in fits:
            for expert, starts in position.items():
                able[-1][expert] = able[-1].get(expert, 0) | starts
    for team in board.teams:
        inner = [g for g in board.gaps if g.before in team and g.after in team]
        for expert in {e for v in team for e in able[v]}:
            open_ = {v: able[v].get(expert, 0) for v in team}
            for _ in team[1:]:
                for gap in inner:
                    open_[gap.after] &= board.later(open_[gap.before], gap)
                    open_[gap.before] &= board.sooner(open_[gap.after], gap)
            for v, starts in open_.items():
                able[v][expert] = starts if all(open_.values()) else 0
    return able


def narrowed(board: Board, open_: list[int], budget: Budget) -> int | None:
    """Strike out the starts that some gap forbids; the visit that has none left, if one has not."""
    changed = True
    while changed:
        changed = False
        budget.spend(1 + len(board.gaps))
        for gap in board.gaps:
            after = open_[gap.after] & board.later(open_[gap.before], gap)
            before = open_[gap.before] & board.sooner(after, gap)
            if not before:
                return gap.after
            changed |= before != open_[gap.before] or after != open_[gap.after]
            open_[gap.before], open_[gap.after] = before, after
    return open_.index(0) if 0 in open_ else None


def never_together(board: Board) -> list[list[int]]:
    """Per visit, the visits for which there are never enough people to do both at once."""
    everyone = [[sum(1 << e for e in able) for able in fits] for fits in board.fits]
    visits = range(len(everyone))
    return [
        [
            w
            for w in visits
            if w != v
            and (board.team_of[v] == board.team_of[w] or None in seating(everyone[v] + everyone[w]))
        ]
        for v in visits
    ]


def at_least(count: int, sets: Iterable[int]) -> int:
    """The starts that are in at least `count` of the sets; without a count, all."""
    levels = [-1] + [0] * count
    for bits in sets:
        for level in range(count, 0, -1):
            levels[level] |= levels[level - 1] & bits
    return levels[count]


def _contradict_each_other(gaps: Iterable[Gap], count: int) -> bool:
    """Whether no times at all satisfy the gaps, as when two ways to one visit differ in length."""
    visits = range(count)
    most = {(v, w): 0.0 if v == w else inf for v in visits for w in visits}
    for gap in gaps:
        there, back = (gap.before, gap.after), (gap.after, gap.before)
        most[there] = min(most[there], inf if gap.high is None else gap.high)
        most[back] = min(most[back], -gap.low)
    for via, v, w in product(visits, repeat=3):
        most[v, w] = min(most[v, w], most[v, via] + most[via, w])
    return any(most[v, v] < 0 for v in visits)


def _staffed_alone(fits: Sequence[Mapping[int, int]], able: Mapping[int, int]) -> int:
    """The starts at which a visit by itself can be staffed: Hall's condition, at all times at once.

    Distinct people for all positions exist where every set of positions has at least as many
    people who can fill one of them.
    """
    starts = -1
    for chosen in range(1, 1 << len(fits)):
        people: dict[int, int] = {}
        for p in each(chosen):
            for expert, bits in fits[p].items():
                people[expert] = people.get(expert, 0) | bits & able[expert]
        starts &= at_least(chosen.bit_count(), people.values())
    return starts


def _pressed(board: Board, open_: list[int], able: Able) -> list[int]:
    """The starts at which something stops a visit, or some visits together, from being earlier.

    In the least solution every visit is stopped by one of its people, who is not free a step
    before, or by another visit, which is stopped in its turn: else it could start earlier.
    """
    pressed = []
    for mine, bits in zip(able, open_, strict=True):
        edges = 0
        for starts in mine.values():
            edges |= starts & ~(starts << 1)
        pressed.append(edges & bits)
    for _ in open_:
        for gap in board.gaps:
            pressed[gap.after] |= pressed[gap.before] << gap.low & open_[gap.after]
            if gap.high is not None:
                pressed[gap.before] |= pressed[gap.after] >> gap.high & open_[gap.before]
        for v, others in enumerate(able):
            for w, mine in enumerate(able):
                if v != w and mine.keys() & others.keys():
                    pressed[w] |= pressed[v] << board.lengths[v] & open_[w]
    return pressed
