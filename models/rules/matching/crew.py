"""Who comes, once it is known when: the least crew by K3, then K4 (docs/rules/matching.md, Order of
choice).

Visits of one team have one set of people; teams that have overlapping visits share nobody. The
proposals are gone through by `seq`: each is used if the group can still be staffed with it. What
"can still" means is answered by bipartite matching wherever that is exact, and elsewhere by the
search itself, with matching as its bound.
"""

from collections.abc import Mapping, Sequence

from models.rules.matching.board import Board, each
from models.rules.matching.budget import Budget


def seating(rows: Sequence[int]) -> list[int | None]:
    """A distinct member for each set of `rows`, for as many as possible, the first rows first."""
    seats: list[int | None] = [None] * len(rows)
    holder: dict[int, int] = {}
    taken = tried = 0

    def find(row: int) -> bool:
        nonlocal taken, tried
        if free := rows[row] & ~taken:
            member = (free & -free).bit_length() - 1
            taken |= 1 << member
        else:
            while True:
                held = rows[row] & ~tried
                if not held:
                    return False
                tried |= held & -held
                member = (held & -held).bit_length() - 1
                if find(holder[member]):
                    break
        holder[member], seats[row] = row, member
        return True

    for row in range(len(rows)):
        tried = 0
        find(row)
    return seats


class Crew:
    """The staffing of visits whose starts are known: all visits of the group, or some.

    No two visits of one team overlap: no start is ever looked at for which they would.
    """

    def __init__(self, board: Board, starts: Mapping[int, int], budget: Budget) -> None:
        self._board, self._starts, self._budget = board, starts, budget
        self._staff = {v: board.staff(v, start) for v, start in starts.items()}
        ends = {v: start + board.lengths[v] for v, start in starts.items()}
        moments = {
            tuple(v for v in starts if starts[v] <= moment < ends[v]) for moment in starts.values()
        }
        self._moments = [m for m in sorted(moments) if not any(set(m) < set(n) for n in moments)]
        self._teams: dict[int, list[int]] = {}
        for v in starts:
            self._teams.setdefault(board.team_of[v], []).append(v)
        self._rivals: dict[int, set[int]] = {team: set() for team in self._teams}
        for moment in self._moments:
            present = [board.team_of[v] for v in moment]
            for team in present:
                self._rivals[team] |= set(present) - {team}
        self._matching_is_exact = len(self._teams) == len(starts) and sum(
            map(len, self._moments)
        ) == len(starts)

    def exists(self) -> bool:
        """Whether these visits can be staffed at these starts."""
        if self._matching_is_exact:
            self._budget.spend(len(self._starts))
            return all(self._seats_all(moment, self._willing()) for moment in self._moments)
        return self._is_easily_staffed() or self._members() is not None

    def least(self) -> list[tuple[int, int, int]]:
        """(visit, position, expert) by visit and position: the least by K3, then by K4."""
        members = self._members()
        if members is None:
            raise ValueError("these visits cannot be staffed at these starts")
        crew = []
        for v in sorted(self._starts):
            crew += [(v, p, e) for p, e in enumerate(self._seat_by_seq(v, members))]
        return crew

    def least_with(self, visit: int, expert: int) -> list[int] | None:
        """The seqs of the least crew by K3 that has an expert on a visit; None if there is none."""
        team, person = self._board.team_of[visit], 1 << expert
        willing = self._willing()
        if not willing[team] & person:
            return None
        rivals = self._rivals[team]
        allowed = willing | {rival: willing[rival] & ~person for rival in rivals}
        members = dict.fromkeys(self._teams, 0) | {team: person}
        if len(self._staff[visit]) == 1:
            allowed[team] = person
        if not self._can_still_be_staffed(team, person, allowed, list(self._teams)):
            return None
        found = self._joined(self._by_seq(willing), members, allowed)
        return (
            None
            if found is None
            else sorted(
                self._board.offer(v, e, self._starts[v]).seq
                for joined, visits in self._teams.items()
                for v in visits
                for e in each(found[joined])
            )
        )

    def _is_easily_staffed(self) -> bool:
        """Whether seating one moment after the other, without looking ahead, happens to do."""
        if len(self._teams) < len(self._starts):
            return False
        people = dict.fromkeys(self._starts, 0)
        for moment in sorted(self._moments, key=lambda m: max(self._starts[v] for v in m)):
            self._budget.spend()
            taken = 0
            for v in moment:
                taken |= people[v]
            coming = [v for v in moment if not people[v]]
            seats = seating([mask & ~taken for v in coming for mask in self._staff[v]])
            for v in coming:
                for seat in seats[: len(self._staff[v])]:
                    if seat is None:
                        return False
                    people[v] |= 1 << seat
                seats = seats[len(self._staff[v]) :]
        return True

    def _willing(self) -> dict[int, int]:
        """Per team, the experts with a place in each of its visits."""
        willing = {}
        for team, visits in self._teams.items():
            willing[team] = -1
            for v in visits:
                able = 0
                for mask in self._staff[v]:
                    able |= mask
                willing[team] &= able
        return willing

    def _members(self) -> dict[int, int] | None:
        """Per team, its people, so that the sorted seqs of their proposals are the least."""
        willing = self._willing()
        nobody = dict.fromkeys(self._teams, 0)
        if not all(self._seats_all(moment, willing) for moment in self._moments):
            return None
        return self._joined(self._by_seq(willing), nobody, willing)

    def _by_seq(self, willing: dict[int, int]) -> list[tuple[int, int, int]]:
        """Every proposal that may take part, by its place: with its expert and team."""
        return sorted(
            (self._board.offer(v, e, self._starts[v]).seq, 1 << e, team)
            for team, visits in self._teams.items()
            for v in visits
            for e in each(willing[team])
        )

    def _joined(
        self, by_seq: list[tuple[int, int, int]], members: dict[int, int], allowed: dict[int, int]
    ) -> dict[int, int] | None:
        """Take each next proposal if the rest can still be staffed with it, else leave it."""
        for i, (_, expert, team) in enumerate(by_seq):
            if not allowed[team] & ~members[team] & expert:
                continue
            with_expert = members | {team: members[team] | expert}
            left = allowed | {rival: allowed[rival] & ~expert for rival in self._rivals[team]}
            if with_expert[team].bit_count() == len(self._staff[self._teams[team][0]]):
                left[team] = with_expert[team]
            changed = [other for other, people in left.items() if people != allowed[other]]
            if self._can_still_be_staffed(team, with_expert[team], left, changed):
                found = self._joined(by_seq[i + 1 :], with_expert, left)
                if found is not None:
                    return found
            allowed = allowed | {team: allowed[team] & ~expert}
            if not self._matching_is_exact and not self._can_still_be_staffed(
                team, members[team], allowed, [team]
            ):
                return None
        return members

    def _can_still_be_staffed(
        self, team: int, members: int, allowed: dict[int, int], changed: list[int]
    ) -> bool:
        """Whether a team's members have seats, and all who run at one moment have people.

        A matching that seats all members and one that fills all positions make one that does
        both (Mendelsohn and Dulmage), so each is asked for alone.
        """
        self._budget.spend(5)
        return all(self._seats_members(v, members) for v in self._teams[team]) and all(
            self._seats_all(moment, allowed)
            for moment in self._moments
            if any(self._board.team_of[v] in changed for v in moment)
        )

    def _seats_all(self, moment: tuple[int, ...], allowed: dict[int, int]) -> bool:
        rows = []
        for v in moment:
            people = allowed[self._board.team_of[v]]
            rows += [mask & people for mask in self._staff[v]]
        return None not in seating(rows)

    def _seats_members(self, visit: int, members: int) -> bool:
        seats = seating([mask & members for mask in self._staff[visit]])
        return len(seats) - seats.count(None) == members.bit_count()

    def _seat_by_seq(self, visit: int, members: dict[int, int]) -> list[int]:
        """Who of the team is on which position: the first position to the lowest seq that can."""
        people = members[self._board.team_of[visit]]
        rows = [mask & people for mask in self._staff[visit]]
        by_seq = sorted(
            each(people), key=lambda e: self._board.offer(visit, e, self._starts[visit]).seq
        )
        for p, row in enumerate(rows):
            for e in by_seq:
                fixed = [*rows[:p], 1 << e, *rows[p + 1 :]]
                if row >> e & 1 and None not in seating(fixed):
                    rows = fixed
                    break
        return [row.bit_length() - 1 for row in rows]
