"""Some solution that contains what is already placed, or the certainty that there is none.

A visit's possible starts are all looked at together, as a set that shrinks: by the gaps, by visits
that cannot be staffed at the same time, by what the people of a team have in common.
"""

from dataclasses import dataclass, replace

from models.rules.matching.board import Board, each
from models.rules.matching.budget import Budget
from models.rules.matching.crew import Crew, seating
from models.rules.matching.openings import Able, at_least, narrowed, never_together


@dataclass(frozen=True, slots=True)
class Placing:
    """Some visits have their start; `open` are the starts that each visit may still have."""

    placed: frozenset[int]
    open: tuple[int, ...]

    def first(self, visit: int) -> int:
        """The earliest open start of a visit."""
        return (self.open[visit] & -self.open[visit]).bit_length() - 1

    @property
    def unplaced(self) -> list[int]:
        """The visits without a start, in their order."""
        return [v for v in range(len(self.open)) if v not in self.placed]


class Search:
    """Answers about one board, within one budget."""

    def __init__(self, board: Board, able: Able, budget: Budget) -> None:
        self._board, self._able, self._budget = board, able, budget
        self._apart = never_together(board)
        self._failures = [1] * len(board.lengths)
        self._staffed: dict[tuple[tuple[int, int], ...], bool] = {}

    def solution(self, placing: Placing) -> tuple[int, ...] | None:
        """The starts of some solution that contains a placing."""
        return self._solved(placing, [team for team in self._board.teams if len(team) > 1])

    def placed(self, placing: Placing, visit: int, start: int) -> Placing | None:
        """The placing with one visit more, or None where it is plain that nothing comes of it."""
        lengths = self._board.lengths
        open_ = list(placing.open)
        open_[visit] = 1 << start
        for other in self._apart[visit]:
            clash = (1 << lengths[visit] + lengths[other] - 1) - 1 << start
            open_[other] &= ~(clash >> lengths[other] - 1)
        if not self._narrow(open_):
            return None
        longer = Placing(placing.placed | {visit}, tuple(open_))
        if self._is_crowded(longer) or not self._is_staffed(longer, visit):
            self._failures[visit] += 1
            return None
        return longer

    def _narrow(self, open_: list[int]) -> bool:
        """Strike out the starts that some gap forbids, and say whether every visit has one left."""
        failed = narrowed(self._board, open_, self._budget)
        if failed is not None:
            self._failures[failed] += 1
        return failed is None

    def _solved(self, placing: Placing, teams: list[list[int]]) -> tuple[int, ...] | None:
        """Settle what leaves the least choice: a visit's start, or the people of a long team.

        Where starts abound people come first: who is free for all visits decides most of the times.
        """
        unplaced = placing.unplaced
        if not unplaced:
            return tuple(placing.first(v) for v in range(len(placing.open)))
        choices = {v: placing.open[v].bit_count() for v in unplaced}
        experts = len(self._board.experts)
        if teams and min(choices.values()) > experts:
            return self._by_people(placing, teams, 0, (1 << experts) - 1)
        visit = min(unplaced, key=lambda v: choices[v] / self._failures[v])
        for start in each(placing.open[visit]):
            longer = self.placed(placing, visit, start)
            if longer and (found := self._solved(longer, teams)):
                return found
        self._failures[visit] += 1
        return None

    def _by_people(
        self, placing: Placing, teams: list[list[int]], members: int, rest: int
    ) -> tuple[int, ...] | None:
        """Add one of the rest to the members of a team, each in turn, until it is complete."""
        team, fits = teams[0], self._board.fits
        wanted = len(fits[team[0]]) - members.bit_count()
        if not wanted:
            return self._solved(placing, teams[1:])
        rest = self._willing(team, placing, rest)
        open_ = list(placing.open)
        for v in team:
            rows = [sum(1 << e for e in able) & (members | rest) for able in fits[v]]
            if None in seating(rows) or not _seats_all(rows, members):
                return None
            open_[v] &= at_least(wanted, (self._able[v][e] for e in each(rest)))
        if not self._narrow(open_):
            return None
        for expert in each(rest):
            rest ^= 1 << expert
            with_expert = open_.copy()
            for v in team:
                with_expert[v] &= self._able[v][expert]
            if self._narrow(with_expert):
                longer = replace(placing, open=tuple(with_expert))
                found = self._by_people(longer, teams, members | 1 << expert, rest)
                if found:
                    return found
        return None

    def _willing(self, team: list[int], placing: Placing, people: int) -> int:
        """Of some people, those who have an open start for each visit of a team."""
        for v in team:
            for expert in each(people):
                if not self._able[v].get(expert, 0) & placing.open[v]:
                    people ^= 1 << expert
        return people

    def _is_crowded(self, placing: Placing) -> bool:
        """Whether visits that will surely be under way at one moment want too many people."""
        surely = []
        for v, starts in enumerate(placing.open):
            last, end = starts.bit_length() - 1, placing.first(v) + self._board.lengths[v]
            if last < end:
                surely.append((last, end, v))
        for moment, _, _ in surely:
            together = [v for last, end, v in surely if last <= moment < end]
            if len(together) > 1 and not placing.placed.issuperset(together):
                self._budget.spend(len(together))
                rows = [
                    sum(1 << e for e, starts in able.items() if starts & placing.open[v])
                    for v in together
                    for able in self._board.fits[v]
                ]
                if None in seating(rows):
                    return True
        return False

    def _is_staffed(self, placing: Placing, visit: int) -> bool:
        """Whether the visits that have a start can be staffed, the last of them included."""
        board = self._board
        starts = {v: placing.first(v) for v in sorted(placing.placed)}
        begin, end = starts[visit], starts[visit] + board.lengths[visit]
        if not any(
            v != visit
            and (
                board.team_of[v] == board.team_of[visit]
                or (start < end and begin < start + board.lengths[v])
            )
            for v, start in starts.items()
        ):
            return True
        known = tuple(starts.items())
        if known not in self._staffed:
            self._staffed[known] = Crew(board, starts, self._budget).exists()
        return self._staffed[known]


def _seats_all(rows: list[int], members: int) -> bool:
    seats = seating([row & members for row in rows])
    return len(seats) - seats.count(None) == members.bit_count()
