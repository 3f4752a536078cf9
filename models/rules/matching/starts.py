"""When the visits take place: the least starts by K1, then K2 (docs/rules/matching.md, Order of
choice).

Visits are placed earliest first. Every placing that has the least starts so far is kept, each with
a whole solution that contains it as its proof, so that nothing is ever taken back.
"""

from dataclasses import dataclass, replace

from models.rules.matching.board import Board
from models.rules.matching.budget import Budget
from models.rules.matching.openings import able_starts, openings
from models.rules.matching.search import Placing, Search


@dataclass(frozen=True, slots=True)
class _Leader:
    """A placing that has the least starts so far, and the starts of a solution it leads to."""

    placing: Placing
    proof: tuple[int, ...]

    @property
    def next_start(self) -> int:
        """The earliest start that the proof gives to a visit that is not placed."""
        return min(self.proof[v] for v in self.placing.unplaced)


def least_starts(board: Board, budget: Budget) -> tuple[int, ...] | None:
    """The start of each visit in the least solution, or None if there is no solution."""
    able = able_starts(board)
    open_ = openings(board, able, budget)
    if open_ is None:
        return None
    search = Search(board, able, budget)
    placing = Placing(frozenset(), tuple(open_))
    proof = search.solution(placing)
    if proof is None:
        return None
    leaders = [_Leader(placing, proof)]
    for _ in board.lengths:
        leaders = _extended(search, leaders)
    return min(leader.proof for leader in leaders)


def _extended(search: Search, leaders: list[_Leader]) -> list[_Leader]:
    """Every way to place one visit more, as early as any of the leaders can."""
    best = min(leader.next_start for leader in leaders)
    longer: dict[tuple[int, ...], _Leader] = {}
    for leader in leaders:
        leader = _improved(search, leader, best)
        if leader.next_start > best:
            continue
        if leader.next_start < best:
            best = leader.next_start
            longer.clear()
        for visit in leader.placing.unplaced:
            if leader.placing.open[visit] >> best & 1:
                placing = search.placed(leader.placing, visit, best)
                key = _starts(placing) if placing else ()
                if placing is None or key in longer:
                    continue
                proof = leader.proof
                if proof[visit] != best:
                    proof = search.solution(placing) or ()
                if proof:
                    longer[key] = _Leader(placing, proof)
    return list(longer.values())


def _improved(search: Search, leader: _Leader, best: int) -> _Leader:
    """The leader with the earliest next start that any solution gives it, up to `best`.

    Starts that are earlier still are struck out: no solution has them.
    """
    for visit in leader.placing.unplaced:
        while True:
            placing, proof = leader.placing, leader.proof
            bound = min(leader.next_start, best + 1)
            sooner = placing.open[visit] & (1 << bound) - 1
            if not sooner:
                break
            found = search.solution(_with_open(placing, visit, sooner))
            if found is None:
                open_ = placing.open[visit] ^ sooner
                leader = _Leader(_with_open(placing, visit, open_), proof)
            else:
                leader = _Leader(placing, found)
    return leader


def _with_open(placing: Placing, visit: int, starts: int) -> Placing:
    return replace(placing, open=(*placing.open[:visit], starts, *placing.open[visit + 1 :]))


def _starts(placing: Placing) -> tuple[int, ...]:
    return tuple(bits if v in placing.placed else 0 for v, bits in enumerate(placing.open))
