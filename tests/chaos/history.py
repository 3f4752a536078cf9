"""What happened in a run, as it happened: JSON lines in a file, and kept for the checks."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Call:
    """One try of a request. `at` is seconds since the run began, `seconds` how long it took. Either
    `status` is there or `error`, the reason why there was no answer."""

    at: float
    who: str
    method: str
    path: str
    key: str | None
    status: int | None
    code: str | None
    error: str | None
    seconds: float
    retry_after: str | None
    subject: str | None


@dataclass
class Outage:
    """A program that was killed, frozen or sent away; `until` it served again."""

    program: str
    kind: str
    since: float
    until: float | None = None

    def overlaps(self, since: float, until: float) -> bool:
        """Whether it was away at some moment of a stretch."""
        return self.since <= until and (self.until is None or since <= self.until)


class History:
    """A file that is written line by line, so that what was is known whatever comes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.calls: list[Call] = []
        self.outages: list[Outage] = []
        self._file = path.open("w", encoding="utf-8", buffering=1)
        self._began = time.monotonic()

    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def called(self, call: Call) -> None:
        """A request got its answer, or none."""
        self.calls.append(call)
        self._write("call", asdict(call))

    def down(self, program: str, kind: str) -> Outage:
        """A program is away from now on."""
        outage = Outage(program, kind, self.now())
        self.outages.append(outage)
        self._write("fault", {"at": outage.since, "program": program, "fault": kind})
        return outage

    def back(self, outage: Outage) -> None:
        """It serves again."""
        outage.until = self.now()
        self._write("back", {"at": outage.until, "program": outage.program})

    def note(self, kind: str, **facts: Any) -> None:
        """Anything else worth keeping."""
        self._write(kind, {"at": self.now(), **facts})

    def close(self) -> None:
        """Nothing more will happen."""
        self._file.close()

    def _write(self, kind: str, facts: dict[str, Any]) -> None:
        told = {k: round(v, 4) if isinstance(v, float) else v for k, v in facts.items()}
        self._file.write(json.dumps({"kind": kind, **told}, default=str) + "\n")
