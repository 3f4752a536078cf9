"""How long an evaluation takes at the bounds: 6 visits of 5 positions, 200 proposals of 50 windows.

Run `python -m tests.bench.matching [cases per kind]`. Each kind makes groups that are meant to be
hard in one way; the figures are milliseconds for one whole evaluation.
"""

import sys
from collections import Counter
from collections.abc import Sequence
from random import Random
from statistics import quantiles
from time import perf_counter

from models.matching.problem import MatchingProblem
from models.rules.matching.evaluation import evaluate
from tests.bench.bounds import (
    DAY,
    EXPERTS,
    SKILLS,
    SLOTS,
    VISITS,
    Span,
    chain,
    daily,
    follow,
    group,
    some_skills,
    some_windows,
)


def at_random(chance: Random) -> MatchingProblem:
    """Crews of five skills, dependencies and windows anywhere."""
    return group(
        [chance.randint(2, 16) for _ in range(VISITS)],
        [chance.choices(SKILLS, k=5) for _ in range(VISITS)],
        [
            follow(
                a, b, chance.randint(0, 8), chance.choice([8, 96, 960, None]), chance.random() < 0.1
            )
            for b in range(VISITS)
            for a in range(b)
            if chance.random() < 0.4
        ],
        some_skills(chance, 3),
        lambda _e, _v: some_windows(chance, 16, 64),
        [(3 * DAY * i, 2 * DAY) for i in range(SLOTS)],
    )


def random_chain(chance: Random) -> MatchingProblem:
    """One after the other within two days; windows anywhere."""
    return group(
        [chance.randint(2, 12) for _ in range(VISITS)],
        [SKILLS] * VISITS,
        chain(0, 2 * DAY),
        some_skills(chance, 2),
        lambda _e, _v: some_windows(chance, 24, 96),
    )


def identical(chance: Random) -> MatchingProblem:
    """Everybody can do everything at the same times."""
    return group(
        [8] * VISITS,
        [SKILLS] * VISITS,
        chain(0, chance.choice([4, 96, None])),
        [SKILLS] * (EXPERTS + 1),
        lambda _e, _v: daily(32, 40),
    )


def identical_unordered(chance: Random) -> MatchingProblem:
    """The same without an order, all after a visit that has ended, and with fifteen people."""
    return group(
        [chance.randint(6, 8) for _ in range(VISITS)],
        [SKILLS] * VISITS,
        [],
        [SKILLS] * 15,
        lambda _e, _v: daily(32, 40),
        ended=True,
    )


def almost_together(chance: Random) -> MatchingProblem:
    """Four of five positions are always free, the fifth never when the fourth is."""
    odd = chance.randrange(VISITS)

    def windows(expert: int, visit: int) -> list[Span]:
        if visit == odd and expert % 5 == 4:
            return daily(0, 47)
        return daily(40, 40) if visit == odd and expert % 5 == 3 else daily(0, 90)

    return group(
        [8] * VISITS,
        [SKILLS] * VISITS,
        chain(0, None),
        [[SKILLS[e % 5]] for e in range(EXPERTS + 1)],
        windows,
    )


def almost_in_time(chance: Random) -> MatchingProblem:
    """A tight chain of which every two neighbours fit somewhere, but never all six."""
    ragged = [some_windows(chance, 8, 14) for _ in range(VISITS)]
    return group(
        [8] * VISITS,
        [SKILLS] * VISITS,
        chain(0, 1),
        some_skills(chance, 3),
        lambda _e, v: ragged[v],
    )


def strangers(chance: Random) -> MatchingProblem:
    """The same people for all visits, but who is early at the first is late at the last."""
    half = EXPERTS // 2

    def windows(expert: int, visit: int) -> list[Span]:
        if visit in (0, VISITS - 1):
            return daily(32, 40) if (visit == 0) == (expert < half) else daily(0, 9)
        return some_windows(chance, 24, 48)

    return group(
        [8] * VISITS,
        [SKILLS] * VISITS,
        chain(0, 3 * DAY, same=True),
        some_skills(chance, 3),
        windows,
    )


def comrades(chance: Random) -> MatchingProblem:
    """The same five people for all visits, who are rarely free together."""
    return group(
        [8] * VISITS,
        [SKILLS] * VISITS,
        chain(0, 5 * DAY, same=True),
        some_skills(chance, 3),
        lambda _e, _v: some_windows(chance, 32, 64),
    )


def one_crew(chance: Random) -> MatchingProblem:
    """Six visits in any order by one crew, in a slot one step too short for them."""
    lengths = [chance.randint(5, 9) for _ in range(VISITS)]
    return group(
        lengths,
        [SKILLS] * VISITS,
        [],
        [[skill] for skill in SKILLS],
        lambda _e, _v: daily(0, 90),
        [(10, sum(lengths) - 1)],
        ended=True,
    )


def ragged_crew(chance: Random) -> MatchingProblem:
    """Six visits in any order by six people, with windows that hold little more than one visit."""
    return group(
        [8] * VISITS,
        [SKILLS] * VISITS,
        [],
        [[skill] for skill in SKILLS] + [SKILLS],
        lambda _e, _v: some_windows(chance, 30, 50),
        ended=True,
    )


def big_crews(chance: Random) -> MatchingProblem:
    """Six whole days in any order, for all the people there are, who are free now and then."""
    return group(
        [32] * VISITS,
        [SKILLS] * VISITS,
        [],
        some_skills(chance, 3),
        lambda _e, _v: some_windows(chance, 40, 64),
        [(3 * DAY * i, 60) for i in range(SLOTS)],
        ended=True,
    )


def crossroads(chance: Random) -> MatchingProblem:
    """Four visits soon after the first, people for three of them, and one visit at the end."""
    return group(
        [8, 8, 8, 8, 8, 4],
        [SKILLS] * VISITS,
        [follow(0, v, 0, 4) for v in (1, 2, 3, 4)] + [follow(v, 5, 0, 40) for v in (1, 2, 3, 4)],
        [[SKILLS[e % 5]] for e in range(15)] + [SKILLS[:4]] * 18,
        lambda _e, _v: some_windows(chance, 70, 96),
    )


def star(chance: Random) -> MatchingProblem:
    """A long visit beside several short ones that follow one another, of the same few people."""
    return group(
        [32, 8, 8, 8, 4, 4],
        [SKILLS] * VISITS,
        [follow(1, 2, 0, 2), follow(2, 3, 0, 2), follow(3, 4, 0, 2), follow(4, 5, 0, 2)],
        some_skills(chance, 2)[:11],
        lambda _e, _v: daily(32, 36),
        [(day * DAY + 32, 36) for day in range(SLOTS)],
    )


KINDS = (
    at_random,
    random_chain,
    identical,
    identical_unordered,
    almost_together,
    almost_in_time,
    strangers,
    comrades,
    one_crew,
    ragged_crew,
    big_crews,
    crossroads,
    star,
)


def main(cases: int) -> None:
    """Print the table."""
    print(f"{'kind':<22}{'p50':>8}{'p95':>8}{'max':>8}  found")
    everything, answers = list[float](), Counter[str]()
    for kind in KINDS:
        times, found = list[float](), Counter[str]()
        for seed in range(cases):
            problem = kind(Random(seed))
            start = perf_counter()
            found[evaluate(problem).fullness] += 1
            times.append((perf_counter() - start) * 1000)
        print(row(kind.__name__, times, found))
        everything += times
        answers += found
    print(row("all", everything, answers))


def row(name: str, times: Sequence[float], found: Counter[str]) -> str:
    """A line of the table."""
    cuts = quantiles(times, n=20, method="inclusive")
    answers = ", ".join(f"{answer} {count}" for answer, count in sorted(found.items()))
    return f"{name:<22}{cuts[9]:>8.0f}{cuts[18]:>8.0f}{max(times):>8.0f}  {answers}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
