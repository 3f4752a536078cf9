"""Which fault comes when: the seed decides all of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tests.soak.house import ALL_LINES, APIS, LINES, OURS, SERVERS, line, role


class Kind(StrEnum):
    """What befalls a program, or a line between two."""

    KILL = "kill"
    FREEZE = "freeze"
    RESTART = "restart"
    BLACK_HOLE = "black hole"
    SLOW = "slow line"
    CUT = "cut line"
    ALONE = "alone"
    NO_LOG = "no log"
    FULL_DISK = "full disk"
    POWER_CUT = "power cut"


OF_PROGRAMS = (Kind.KILL, Kind.FREEZE, Kind.RESTART)
OF_LINES = (Kind.BLACK_HOLE, Kind.SLOW, Kind.CUT)
OF_APIS = (Kind.ALONE, Kind.NO_LOG)
"""An API that reaches neither server, so that only its disk keeps what it accepts; and one that has
no disk and does not reach Temporal, so that only Postgres does."""
OF_THE_MACHINE = (Kind.FULL_DISK, Kind.POWER_CUT)
"""Which need root, and befall everybody."""


@dataclass(frozen=True)
class Fault:
    """What befalls whom, `at` seconds after the phase began at the earliest, for how long."""

    at: float
    kind: Kind
    target: str
    seconds: float


@dataclass(frozen=True)
class Weather:
    """Seconds from one salvo to the next, how many faults one has, and how long somebody is frozen
    or a line bad."""

    every: float = 12.0
    together: int = 3
    seconds: tuple[float, float] = (2.0, 5.0)


SHORT = Weather(every=4.0, together=2)
"""Of a run of a minute."""


def schedule(seed: int, count: int, weather: Weather, *, short: bool = False) -> list[Fault]:
    """That many faults, each as often as any other.

    Args:
        seed: decides order, moments and lengths.
        count: how many.
        weather: how rough it is.
        short: each role has each fault of programs and one of lines, instead of each program.
    """
    chance = Random(f"{seed}/weather")
    drawn: list[tuple[Kind, str]] = []
    while len(drawn) < count:
        lap = _by_role(chance) if short else _everything()
        chance.shuffle(lap)
        drawn += lap
    found = []
    for number, (kind, target) in enumerate(_apart(drawn[:count], weather.together)):
        at = number // weather.together * weather.every + chance.uniform(0.0, 1.0)
        found.append(Fault(at, kind, target, chance.uniform(*weather.seconds)))
    return sorted(found, key=lambda fault: fault.at)


def with_the_machine(faults: list[Fault], seed: int, times: int) -> list[Fault]:
    """The same with a full disk and a power cut so many times, in between, or at last: what
    comes later is later by a minute for each."""
    chance, found, later = Random(f"{seed}/machine"), list[Fault](), 0.0
    pause = max(1, len(faults) // (2 * times + 1))
    kinds = [kind for _ in range(times) for kind in OF_THE_MACHINE]
    for number, fault in enumerate(faults):
        if number and number % pause == 0 and kinds:
            found.append(Fault(fault.at + later + 8.0, kinds.pop(0), "", chance.uniform(4.0, 8.0)))
            later += 45.0
        found.append(Fault(fault.at + later, fault.kind, fault.target, fault.seconds))
    for kind in kinds:
        found.append(Fault(found[-1].at + 8.0, kind, "", chance.uniform(4.0, 8.0)))
    return found


def _everything() -> list[tuple[Kind, str]]:
    programs = [(kind, program) for kind in OF_PROGRAMS for program in (*OURS, *SERVERS)]
    lines = [(kind, name) for kind in OF_LINES for name in ALL_LINES]
    return [*programs, *lines, *((kind, api) for kind in OF_APIS for api in APIS)]


def _by_role(chance: Random) -> list[tuple[Kind, str]]:
    found = []
    for name in dict.fromkeys(role(program) for program in OURS):
        pair = [program for program in OURS if role(program) == name]
        found += [(kind, chance.choice(pair)) for kind in OF_PROGRAMS]
        bad = line(chance.choice(pair), chance.choice(LINES[name]))
        found.append((chance.choice(OF_LINES), bad))
    found += [(kind, server) for kind in OF_PROGRAMS for server in SERVERS]
    return [*found, *((kind, chance.choice(APIS)) for kind in OF_APIS)]


def _apart(drawn: Sequence[tuple[Kind, str]], together: int) -> Iterator[tuple[Kind, str]]:
    """In an order in which a salvo befalls everybody's role once, where that can be: of two APIs
    one is always there."""
    waiting = list(drawn)
    while waiting:
        salvo: list[tuple[Kind, str]] = []
        for one in list(waiting):
            if len(salvo) < together and _whom(one[1]) not in map(_whom, (t for _, t in salvo)):
                salvo.append(one)
                waiting.remove(one)
        while waiting and len(salvo) < together:
            salvo.append(waiting.pop(0))
        yield from salvo


def _whom(target: str) -> str:
    return role(target.partition(".")[0])
