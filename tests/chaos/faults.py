"""Phase two: kills, freezes and clean restarts of any program, at times that the seed decides."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from random import Random

from tests.chaos.history import History
from tests.chaos.stand import PROGRAMS, Stand

KINDS = ("kill", "freeze", "restart")


@dataclass(frozen=True)
class Fault:
    """What befalls a program, `at` seconds after the phase began at the earliest."""

    at: float
    kind: str
    program: str
    seconds: float


@dataclass(frozen=True)
class Weather:
    """How rough it is: how long somebody is frozen, and how long there is calm, in seconds."""

    frozen: tuple[float, float] = (5.0, 20.0)
    calm: tuple[float, float] = (1.0, 6.0)


SHORT = Weather(frozen=(2.0, 3.0), calm=(0.3, 1.0))
"""That of a run among the other tests."""


def schedule(seed: int, count: int, weather: Weather) -> list[Fault]:
    """That many faults, each kind and each program as often as any other."""
    chance = Random(f"{seed}/faults")
    pairs = [(kind, program) for program in PROGRAMS for kind in KINDS]
    drawn: list[tuple[str, str]] = []
    while len(drawn) < count:
        drawn += chance.sample(pairs, len(pairs))
    faults, at = [], 0.0
    for kind, program in drawn[:count]:
        at += chance.uniform(*weather.calm)
        seconds = chance.uniform(*weather.frozen) if kind == "freeze" else 0.0
        faults.append(Fault(at, kind, program, seconds))
        at += seconds + 2.0
    return faults


async def befall(stand: Stand, faults: list[Fault], history: History) -> Counter[tuple[str, str]]:
    """Let them happen, one after the other; how many of each there were."""
    began, done = history.now(), Counter[tuple[str, str]]()
    for fault in faults:
        await asyncio.sleep(max(0.0, began + fault.at - history.now()))
        match fault.kind:
            case "kill":
                await stand.kill((fault.program,))
            case "freeze":
                await stand.freeze(fault.program, fault.seconds)
            case _:
                await stand.restart(fault.program)
        done[fault.kind, fault.program] += 1
    return done


def length(faults: list[Fault]) -> float:
    """Seconds that they take at least."""
    return faults[-1].at + faults[-1].seconds if faults else 0.0
