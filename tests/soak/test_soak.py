"""What a soak is made of: its faults, its failpoints, its figures."""

import asyncio
import sys
from itertools import product
from pathlib import Path
from typing import Any

from models.intake import loss
from temporal.failpoints import Failpoint
from tests.chaos.history import Outage
from tests.chaos.stories import POINTS as OF_STORIES
from tests.soak.ending import wrong_in
from tests.soak.faults import Faults
from tests.soak.figures import figures
from tests.soak.history import Act, Op, Outcome, SoakHistory
from tests.soak.house import (
    ALL_LINES,
    APIS,
    LINES,
    OURS,
    SERVERS,
    TEMPORAL,
    Elsewhere,
    SoakHouse,
    role,
)
from tests.soak.points import POINTS
from tests.soak.watching import Watching
from tests.soak.weather import (
    OF_APIS,
    OF_LINES,
    OF_PROGRAMS,
    OF_THE_MACHINE,
    SHORT,
    Fault,
    Kind,
    Weather,
    schedule,
    with_the_machine,
)
from workers.stack.home import Home

SEED, FAULTS = 273, 20


def test_a_minute_has_every_fault_of_every_role() -> None:
    faults = schedule(SEED, FAULTS, SHORT, short=True)
    assert faults == schedule(SEED, FAULTS, SHORT, short=True)
    roles = {*map(role, OURS), *SERVERS}
    drawn = {(f.kind, role(f.target)) for f in faults if f.kind in OF_PROGRAMS}
    assert drawn == set(product(OF_PROGRAMS, roles))
    assert {role(f.target.partition(".")[0]) for f in faults if f.kind in OF_LINES} == set(LINES)
    assert {f.kind for f in faults} >= set(OF_APIS)
    frozen = [f.seconds for f in faults if f.kind is Kind.FREEZE]
    assert all(2.0 <= seconds <= 5.0 for seconds in frozen)


def test_a_long_soak_has_every_fault_of_everybody_and_the_machine() -> None:
    faults = with_the_machine(schedule(7, 300, Weather()), 7, 3)
    pairs = {(f.kind, f.target) for f in faults}
    assert pairs >= set(product(OF_PROGRAMS, (*OURS, *SERVERS)))
    assert pairs >= set(product(OF_LINES, ALL_LINES)) | set(product(OF_APIS, APIS))
    assert [sum(f.kind is kind for f in faults) for kind in OF_THE_MACHINE] == [3, 3]
    assert [f.at for f in faults] == sorted(f.at for f in faults)


async def test_what_befalls_a_temporal_elsewhere_is_done_by_a_command_or_skipped_and_said(
    tmp_path: Path,
) -> None:
    fault = Fault(0.0, Kind.KILL, TEMPORAL, 0.0)
    done, script = tmp_path / "done", tmp_path / "befall.py"
    script.write_text(f"import sys\nprint(*sys.argv[1:], file=open({str(done)!r}, 'a'))\n")
    history = SoakHistory(tmp_path / "history.jsonl")
    with Home(tmp_path / "house") as home:
        there = Elsewhere("127.0.0.1:1", "default")
        house = SoakHouse(home, history, {"FAILPOINTS": str(tmp_path / "f")}, elsewhere=there)
        nobody, somebody = (
            Faults(house, history, command=command)
            for command in (None, f"{sys.executable} {script}")
        )
        for faults in (nobody, somebody):
            await faults.one(fault)
    history.close()
    assert (nobody.skipped, nobody.done) == ({"kill of Temporal": 1}, {})
    assert (somebody.skipped, somebody.done) == ({}, {(Kind.KILL, TEMPORAL): 1})
    assert done.read_text().splitlines() == ["kill begin", "kill end"]


def test_every_failpoint_is_come_by_in_a_story_or_in_a_soak() -> None:
    assert set(POINTS) | set(OF_STORIES) == set(Failpoint)


def test_what_is_late_counts_only_where_there_was_no_fault() -> None:
    def asked(at: float, seconds: float, key: str, turn: int = 0) -> Op:
        return Op(at, seconds, "api", Act.FILE, "cus", key, turn, "d", Outcome.OK, 201)

    ops = [asked(1, 0.1, "a"), asked(11, 3.0, "b"), asked(16, 0.2, "c", turn=2)]
    seen = figures(ops, [Outage("api", "kill", 10.0, 13.0)], until=60.0)
    assert (seen.filing.calls, seen.filing.most) == (3, 3.0)
    assert (seen.calm_filing.calls, seen.calm_filing.most) == (2, 0.2)
    assert (seen.errands, seen.at_once) == (3, 2)


class Nowhere:
    """A house of which nobody can say whether anybody is there."""

    async def up(self, *_names: str, patience: float) -> bool:
        raise KeyError(patience)


async def test_looks_that_fail_do_not_end_the_looking(tmp_path: Path) -> None:
    history = SoakHistory(tmp_path / "history.jsonl")
    nobody: Any = Nowhere()
    watching = Watching(nobody, history, nobody, nobody, every=0.01)
    async with watching.kept():
        await asyncio.sleep(0.2)
    history.close()
    assert (watching.looks, watching.planned > 10) == (0, True)
    assert history.path.read_text().count("not_looked") > 1


def test_a_booking_that_its_ticket_never_says_is_broken_and_one_on_its_way_is_not(
    tmp_path: Path,
) -> None:
    nobody: Any = Nowhere()
    history = SoakHistory(tmp_path / "history.jsonl")
    history.close()
    watching = Watching(nobody, history, nobody, nobody)
    for booked in ({"a": "EMPTY"}, {"b": "EMPTY"}):
        watching.seen({"I3 groups": booked})
    assert (watching.looks, watching.broken) == (2, {})
    watching.seen({"I2 twice": {"c": "overlaps d"}, "I3 groups": {"b": "EMPTY", "e": "EMPTY"}})
    assert watching.broken == {"I2 twice": {"c": "overlaps d"}, "I3 groups": {"b": "EMPTY"}}


def test_a_report_on_loss_is_well_only_if_somebody_looked_and_nothing_is_left() -> None:
    well = {fault.value: 0 for fault in loss.Fault}
    report = {**well, "waiting": 0, "unresolved": [], "as_of": "2026-12-01T09:00:00Z"}
    assert wrong_in(report) == {}
    assert wrong_in({**report, "as_of": None}).keys() == {"as_of"}
    assert wrong_in({**report, "waiting": 1, "lost": 2}).keys() == {"waiting", "lost"}


def test_who_comes_while_the_machine_has_no_power_is_not_counted_against_the_house() -> None:
    def asked(at: float, key: str, turn: int) -> Op:
        return Op(at, 0.1, "api", Act.FILE, "cus", key, turn, "d", Outcome.OK, 201)

    ops = [asked(1, "a", 0), asked(31, "b", 2), asked(51, "c", 2)]
    away = [Outage("disk", "power cut", 30.0, 32.0), Outage("api", "freeze", 30.0, 36.0)]
    seen = figures(ops, away, until=60.0)
    assert (seen.errands, seen.at_once) == (2, 1)


def test_who_is_refused_their_own_words_counts_against_the_house() -> None:
    def asked(key: str, outcome: Outcome, status: int, words: str = "d") -> Op:
        return Op(1, 0.1, "api", Act.FILE, "cus", key, 0, words, outcome, status)

    ops = [asked("a", Outcome.OK, 201), asked("b", Outcome.FAIL, 422)]
    ops += [asked("a", Outcome.FAIL, 422, "other words"), asked("c", Outcome.FAIL, 429)]
    seen = figures(ops, [], until=60.0)
    assert (seen.errands, seen.at_once, seen.available) == (2, 1, 0.5)
