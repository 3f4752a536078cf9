"""The history of a soak: every call with what its caller knows afterwards, as JSON lines."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from tests.chaos.history import History

TOO_MANY = 429
"""Somebody is told to wait: they are refused, and asked to come again."""


class Outcome(StrEnum):
    """What a caller knows: it was done, it was refused and is not, or nobody knows (`info`)."""

    OK = "ok"
    FAIL = "fail"
    INFO = "info"


class Act(StrEnum):
    """What was asked for."""

    FILE = "file"
    READ = "read"
    CANCEL = "cancel"
    PROPOSE = "propose"
    REPORT = "report"


@dataclass(frozen=True)
class Op:
    """One try of one call. `at` is seconds since the run began, `seconds` how long it took; `turn`
    counts the tries of one client from 0. `where` is the API that was asked, `who` the principal;
    `digest` says what was to be kept, `ticket_id` which ticket was answered or is meant,
    `retry_after` how many seconds the caller was told to wait. The `key` of a report is its name on
    the phone."""

    at: float
    seconds: float
    where: str
    act: Act
    who: str
    key: str
    turn: int
    digest: str
    outcome: Outcome
    status: int | None = None
    code: str | None = None
    error: str | None = None
    ticket_id: str | None = None
    retry_after: float | None = None

    @property
    def until(self) -> float:
        """When it was over."""
        return self.at + self.seconds


class SoakHistory(History):
    """A history that knows what its callers know."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.ops: list[Op] = []

    def did(self, op: Op) -> None:
        """A call is over, for whoever made it."""
        self.ops.append(op)
        self._write("op", asdict(op))


def outcome_of(status: int | None) -> Outcome:
    """What an answer lets its caller know. A 5xx may have been kept before somebody died over it;
    whoever is told to wait (429) is refused."""
    if status is None or status >= 500:
        return Outcome.INFO
    return Outcome.OK if status < 400 else Outcome.FAIL


def refused(ops: Iterable[Op]) -> list[Op]:
    """The calls that refused an errand its own words. Whoever is told to wait (429) is not, nor are
    other words under a key that was used: the first call of a key has the words it is for."""
    own: dict[tuple[str, str], str] = {}
    found = []
    for op in ops:
        if op.act is Act.FILE:
            is_own = own.setdefault((op.who, op.key), op.digest) == op.digest
            if is_own and op.outcome is Outcome.FAIL and op.status != TOO_MANY:
                found.append(op)
    return found


def kept_ops(path: Path) -> list[Op]:
    """Every call of a history, from its file alone."""
    names = {field.name for field in fields(Op)}
    found = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            told = json.loads(line)
            if told["kind"] == "op":
                said = {name: value for name, value in told.items() if name in names}
                said |= {"act": Act(said["act"]), "outcome": Outcome(said["outcome"])}
                found.append(Op(**said))
    return found


def digest(customer_id: str, description: str, slots: Iterable[Mapping[str, str]]) -> str:
    """What a ticket must say for ever: whose it is, their words, their times (any offset)."""
    times: Sequence[list[str]] = [
        [datetime.fromisoformat(slot[end]).astimezone(UTC).isoformat() for end in ("start", "end")]
        for slot in slots
    ]
    said = json.dumps([customer_id, description, times], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()
