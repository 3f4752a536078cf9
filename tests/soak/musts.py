"""What must have happened at least once in a run, or it has proved nothing about it."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.soak.evidence import quarantined, said, told_of_quarantine
from tests.soak.faults import NO_DISK, Faults
from tests.soak.history import Act, Op, Outcome, SoakHistory
from tests.soak.house import APIS, SoakHouse
from tests.soak.watching import Watching
from tests.soak.weather import Kind

if TYPE_CHECKING:
    from tests.soak.run import Order

REUSED = "idempotency-key-reused"


@dataclass(frozen=True)
class Must:
    """What it is, and how often it was."""

    what: str
    times: int


def musts(
    house: SoakHouse, history: SoakHistory, faults: Faults, order: "Order", watching: Watching
) -> list[Must]:
    """All of them."""
    filed = [op for op in history.ops if op.act is Act.FILE]
    accepted = [op for op in filed if op.outcome is Outcome.OK]
    logs = house.home.logs
    sent_again = sum(said(logs, api, "command_sent_again") for api in APIS)
    found = [
        Must("201: the workflow runs", sum(op.status == 201 for op in accepted)),
        Must("a key that is asked with again", _replayed(accepted)),
        Must("a key with other words, refused, then asked with again", _conflicts(filed)),
        Must("a cancellation that was acknowledged", _known(history, Act.CANCEL)),
        Must("a report from the field that was acknowledged", _known(history, Act.REPORT)),
        Must("a log that was drained: a command sent again", sent_again),
        Must("a copy in quarantine, marked and still there", quarantined(house.postgres.url)),
        Must(
            "the helpdesk is to be told of it, once",
            int(told_of_quarantine(house.postgres.url) == 1),
        ),
        Must("the same in the words of who found it", _unreadable(house)),
    ]
    wanted = {fault.kind for fault in order.weathers()} - faults.skipped_kinds
    if watching.planned:
        enough = 2 * watching.looks >= watching.planned
        often = f"looks at the invariants, of {watching.planned} half at least"
        found.append(Must(often, watching.looks if enough else 0))
    if Kind.ALONE in wanted:
        found.append(Must("202 that only a disk keeps", _within(accepted, faults, Kind.ALONE)))
    if Kind.NO_LOG in wanted:
        found.append(Must("202 that only Postgres keeps", _within(accepted, faults, NO_DISK)))
    befell = Counter[str]()
    for (kind, _), count in faults.done.items():
        befell[kind] += count
    return [*found, *(Must(f"fault: {kind}", befell[kind]) for kind in sorted(wanted))]


def never(found: list[Must]) -> list[str]:
    """What was not."""
    return [must.what for must in found if must.times == 0]


def _known(history: SoakHistory, act: Act) -> int:
    """How many of such things somebody was told are done."""
    return len({op.key for op in history.ops if op.act is act and op.outcome is Outcome.OK})


def _within(accepted: list[Op], faults: Faults, kind: str) -> int:
    """How many an API accepted with 202 wholly within such a fault of its own."""
    return sum(_kept_within(accepted, faults.windows.get(kind, []), lambda op: op.status == 202))


def _kept_within(
    accepted: list[Op], windows: list[tuple[str, float, float]], wanted: Callable[[Op], bool]
) -> Iterator[bool]:
    for api, since, until in windows:
        for op in accepted:
            yield op.where == api and since <= op.at and op.until <= until and wanted(op)


def _replayed(accepted: list[Op]) -> int:
    keys = [op.key for op in accepted]
    return len(keys) - len(set(keys))


def _conflicts(filed: list[Op]) -> int:
    """Keys that were refused with other words and accepted once more afterwards."""
    refused = {op.key: op.until for op in filed if op.code == REUSED}
    again = {
        op.key
        for op in filed
        if op.outcome is Outcome.OK and op.key in refused and op.at >= refused[op.key]
    }
    return len(again)


def _unreadable(house: SoakHouse) -> int:
    return sum(said(house.home.logs, api, "copy_unreadable") for api in APIS)
