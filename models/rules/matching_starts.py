"""When the visits take place: the least starts by K1, then K2 (domain §3.4).

Visits are placed earliest first. Every placing that has the least starts so far is kept, and each
is known to lead to a whole solution before it is, so that nothing is ever taken back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from models.rules.matching_board import Board, Budget, each
from models.rules.matching_crew import Crew, seating


@dataclass(frozen=True, slots=True)
class _Placing:
    """Some visits have their start; `open` are the starts each visit may still have."""

    placed: frozenset[int]
    open: tuple[int, ...]
    proof: tuple[int, ...] = ()

    def start(self, visit: int) -> int:
        """The earliest start that is open for a visit."""
        return (self.open[visit] & -self.open[visit]).bit_length() - 1


def least_starts(board: Board, budget: Budget) -> tuple[int, ...] | None:
    """The start of each visit in the least solution, or None if there is no solution."""
    return _Calendar(board, budget).least()


class _Calendar:
    def __init__(self, board: Board, budget: Budget) -> None:
        self._board, self._budget = board, budget
        self._failures = [1] * len(board.lengths)
        self._apart = _never_together(board)

    def least(self) -> tuple[int, ...] | None:
        root = self._root()
        proof = self._solution(root) if root else None
        if root is None or proof is None:
            return None
        leaders = [replace(root, proof=proof)]
        for _ in self._board.lengths:
            leaders = self._extended(leaders)
        return min(placing.proof for placing in leaders)

    def _extended(self, placings: list[_Placing]) -> list[_Placing]:
        """Every way to place one visit more, as early as any of them can."""
        best, leaders = self._board.span, dict[tuple[int, ...], _Placing]()
        for placing in placings:
            for start, visit in self._in_order(placing):
                if start > best:
                    break
                longer = self._placed(placing, visit, start)
                if longer is None:
                    continue
                if placing.proof[visit] == start:
                    longer = replace(longer, proof=placing.proof)
                elif proof := self._solution(longer):
                    longer = replace(longer, proof=proof)
                else:
                    continue
                if start < best:
                    best = start
                    leaders.clear()
                key = tuple(
                    longer.open[v] if v in longer.placed else 0 for v in range(len(longer.open))
                )
                leaders.setdefault(key, longer)
        return [self._not_before(best, placing) for placing in leaders.values()]

    def _in_order(self, placing: _Placing) -> Iterable[tuple[int, int]]:
        unplaced = [v for v in range(len(placing.open)) if v not in placing.placed]
        pointers = {v: placing.open[v] for v in unplaced}
        while any(pointers.values()):
            start = min((b & -b).bit_length() - 1 for b in pointers.values() if b)
            for v in unplaced:
                if pointers[v] >> start & 1:
                    pointers[v] ^= 1 << start
                    yield start, v

    def _not_before(self, start: int, placing: _Placing) -> _Placing:
        return replace(
            placing,
            open=tuple(
                bits if v in placing.placed else bits >> start << start
                for v, bits in enumerate(placing.open)
            ),
        )

    def _solution(self, placing: _Placing) -> tuple[int, ...] | None:
        """Some solution that contains a placing, the most hindered visit tried first."""
        unplaced = [v for v in range(len(placing.open)) if v not in placing.placed]
        if not unplaced:
            return tuple(placing.start(v) for v in range(len(placing.open)))
        visit = min(unplaced, key=lambda v: placing.open[v].bit_count() / self._failures[v])
        for start in each(placing.open[visit]):
            longer = self._placed(placing, visit, start)
            if longer and (found := self._solution(longer)):
                return found
        self._failures[visit] += 1
        return None

    def _placed(self, placing: _Placing, visit: int, start: int) -> _Placing | None:
        """The placing with one visit more, or None where it is plain that nothing comes of it."""
        board = self._board
        self._budget.spend(1 + len(board.gaps))
        open_ = list(placing.open)
        open_[visit] = 1 << start
        for other in self._apart[visit]:
            first = max(0, start - board.lengths[other] + 1)
            open_[other] &= ~((1 << start + board.lengths[visit]) - (1 << first))
        team = board.teams[board.team_of[visit]]
        if len(team) > 1:
            everyone = 0
            for mask in board.staff(visit, start):
                everyone |= mask
            for other in team:
                if other not in placing.placed and other != visit:
                    open_[other] &= self._enough(other, everyone)
        if not self._narrowed(open_):
            return None
        longer = _Placing(placing.placed | {visit}, tuple(open_))
        if not self._staffed(longer, visit):
            return None
        return longer

    def _staffed(self, placing: _Placing, visit: int) -> bool:
        board = self._board
        starts = {v: placing.start(v) for v in sorted(placing.placed)}
        begin, end = starts[visit], starts[visit] + board.lengths[visit]
        touching = any(
            v != visit
            and (
                board.team_of[v] == board.team_of[visit]
                or (start < end and begin < start + board.lengths[v])
            )
            for v, start in starts.items()
        )
        return not touching or Crew(board, starts, self._budget).exists()

    def _enough(self, visit: int, experts: int) -> int:
        """The starts for which as many of these experts are able as the visit has positions."""
        able: dict[int, int] = {}
        for fits in self._board.fits[visit]:
            for expert, starts in fits.items():
                if experts >> expert & 1:
                    able[expert] = able.get(expert, 0) | starts
        return _at_least(len(self._board.fits[visit]), able.values())

    def _narrowed(self, open_: list[int]) -> bool:
        """Strike out the starts that some gap forbids, until nothing changes."""
        changed = True
        while changed:
            changed = False
            for gap in self._board.gaps:
                after = open_[gap.after] & self._board.later(open_[gap.before], gap)
                before = open_[gap.before] & self._board.sooner(after, gap)
                if not before:
                    self._failures[gap.before] += 1
                    self._failures[gap.after] += 1
                    return False
                changed |= before != open_[gap.before] or after != open_[gap.after]
                open_[gap.before], open_[gap.after] = before, after
        return all(open_)

    def _root(self) -> _Placing | None:
        board = self._board
        if any(len({len(board.fits[v]) for v in team}) > 1 for team in board.teams):
            return None
        able = self._able()
        open_ = [_staffed_alone(board.fits[v], able[v]) for v in range(len(board.lengths))]
        if not self._narrowed(open_):
            return None
        open_ = self._pressed(open_, able)
        return _Placing(frozenset(), tuple(open_)) if self._narrowed(open_) else None

    def _able(self) -> list[dict[int, int]]:
        """Per visit and expert, his starts there that leave him one on each visit of the team."""
        board = self._board
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

    def _pressed(self, open_: list[int], able: list[dict[int, int]]) -> list[int]:
        """The starts at which something stops a visit, or some visits together, from being earlier.

        In the least solution every visit is stopped by one of its people, who is not free a step
        before, or by another visit, which is stopped in its turn: else it could start earlier.
        """
        board = self._board
        pressed = []
        for v, bits in enumerate(open_):
            edges = 0
            for starts in able[v].values():
                edges |= starts & ~(starts << 1)
            pressed.append(edges & bits)
        for _ in board.lengths:
            for gap in board.gaps:
                pressed[gap.after] |= pressed[gap.before] << gap.low & open_[gap.after]
                if gap.high is not None:
                    pressed[gap.before] |= pressed[gap.after] >> gap.high & open_[gap.before]
            for v, others in enumerate(able):
                for w, mine in enumerate(able):
                    if v != w and mine.keys() & others.keys():
                        pressed[w] |= pressed[v] << board.lengths[v] & open_[w]
        return pressed


def _never_together(board: Board) -> list[list[int]]:
    """Per visit, the visits for which there are never enough people to do both at once."""
    everyone = [[sum(1 << e for e in able) for able in fits] for fits in board.fits]
    count = range(len(everyone))
    return [
        [
            w
            for w in count
            if w != v
            and (board.team_of[v] == board.team_of[w] or None in seating(everyone[v] + everyone[w]))
        ]
        for v in count
    ]


def _staffed_alone(fits: Sequence[dict[int, int]], able: dict[int, int]) -> int:
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
        starts &= _at_least(chosen.bit_count(), people.values())
    return starts


def _at_least(count: int, sets: Iterable[int]) -> int:
    """The starts that are in at least `count` of the sets."""
    levels = [-1] + [0] * count
    for bits in sets:
        for level in range(count, 0, -1):
            levels[level] |= levels[level - 1] & bits
    return levels[count]
