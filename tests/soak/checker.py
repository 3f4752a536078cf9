"""The set checker: what was acknowledged against what is there, as Jepsen's does it.

A call that nobody answered (`info`) may have been kept or not: a ticket of such calls alone counts
as recovered, and is no finding.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.identity import derived_id, ticket_id
from models.ticket import TicketStatus
from tests.soak.history import Act, Op, Outcome, refused

MOST_NAMED = 5
CANCELLED = TicketStatus.CANCELLED.value


@dataclass(frozen=True)
class KeptRow:
    """A ticket as the database has it."""

    ticket_id: str
    digest: str
    fingerprint: str
    status: str
    number: int | None


@dataclass(frozen=True)
class KeptRun:
    """A run of a ticket's workflow as Temporal has it. `goes_on`: it is open; `is_last`: it did not
    end by going on in another one."""

    ticket_id: str
    run_id: str
    fingerprint: str
    goes_on: bool
    is_last: bool = True


@dataclass(frozen=True)
class Kept:
    """Everything that is there; of `reports` by their names in histories, how often each is."""

    rows: Sequence[KeptRow]
    runs: Sequence[KeptRun]
    reports: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Verdict:
    """What is wrong with which ticket, and how many there were, of tickets, cancellations and
    reports that were acknowledged. `recovered` were kept though nobody was told so."""

    acknowledged: int
    recovered: int
    calls: Mapping[Outcome, int]
    cancelled: int = 0
    reported: int = 0
    lost: dict[str, str] = field(default_factory=dict)
    unexpected: dict[str, str] = field(default_factory=dict)
    doubled: dict[str, str] = field(default_factory=dict)
    altered: dict[str, str] = field(default_factory=dict)
    stuck: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def findings(self) -> dict[str, dict[str, str]]:
        """What was found, by its kind."""
        return {
            "lost": self.lost,
            "unexpected": self.unexpected,
            "doubled": self.doubled,
            "altered": self.altered,
            "stuck": self.stuck,
            "refused": self.refused,
        }

    @property
    def is_well(self) -> bool:
        """Whether something was acknowledged, and nothing is wrong."""
        return self.acknowledged > 0 and not any(self.findings.values())

    def line(self) -> str:
        """All of it in one line."""
        counted = ", ".join(f"{name} {len(found)}" for name, found in self.findings.items())
        if not self.acknowledged:
            return f"BROKEN: nothing was acknowledged ({counted})"
        # The rule of three: so rare is at 95 % what was not seen in so many tries.
        bound = f"loss below {3 / self.acknowledged:.2%} at 95 %" if not self.lost else "LOSS"
        return (
            f"{'OK' if self.is_well else 'BROKEN'}: {self.acknowledged} accepted, {counted}; "
            f"{self.recovered} recovered, {self.cancelled} cancelled, {self.reported} reported; "
            f"{bound}"
        )

    def named(self) -> list[str]:
        """The first of each kind, a line each."""
        return [
            f"{name}: {key} ({why})"
            for name, found in self.findings.items()
            for key, why in sorted(found.items())[:MOST_NAMED]
        ]


def judge(ops: Sequence[Op], kept: Kept) -> Verdict:
    """Compare every call of a history with what the database and Temporal have."""
    filed = [op for op in ops if op.act is Act.FILE]
    meant = _meant(filed)
    acknowledged, promised = _acknowledged(filed)
    there = {row.ticket_id for row in kept.rows} | {run.ticket_id for run in kept.runs}
    verdict = Verdict(
        acknowledged=len(acknowledged),
        recovered=len((there & meant.keys()) - acknowledged.keys()),
        calls=Counter(op.outcome for op in ops),
    )
    given_up = _asked_for(ops, Act.CANCEL, _about)
    _look_for_loss(verdict, acknowledged, given_up.keys(), kept)
    _look_at_cancels(verdict, given_up, kept)
    _look_at_reports(verdict, _asked_for(ops, Act.REPORT, report_name), kept)
    for ticket in there - meant.keys() - acknowledged.keys():
        verdict.unexpected[ticket] = "nobody filed it, or it was refused"
    _look_for_doubles(verdict, acknowledged, kept)
    _look_at_words(verdict, promised, meant, kept)
    for op in refused(ops):
        why = f"refused its own words at {op.at:.1f} s: {op.status} {op.code or ''}"
        verdict.refused[ticket_id(op.who, op.key)] = why.rstrip()
    return verdict


def _acknowledged(filed: Iterable[Op]) -> tuple[dict[str, Op], dict[str, set[str]]]:
    """By ticket, the first call that was told that it is safe, and every digest of which somebody
    was told so: more than one is a promise that cannot be kept."""
    first: dict[str, Op] = {}
    promised: dict[str, set[str]] = {}
    for op in filed:
        if op.outcome is Outcome.OK and op.ticket_id:
            first.setdefault(op.ticket_id, op)
            promised.setdefault(op.ticket_id, set()).add(op.digest)
    return first, promised


def _meant(filed: Iterable[Op]) -> dict[str, set[str]]:
    """What may be there: by ticket, every digest that was not refused."""
    found: dict[str, set[str]] = {}
    for op in filed:
        if op.outcome is not Outcome.FAIL:
            name = op.ticket_id or ticket_id(op.who, op.key)
            found.setdefault(name, set()).add(op.digest)
    return found


def _about(op: Op) -> str:
    return op.ticket_id or ""


def report_name(op: Op) -> str:
    """The name that histories have for a report."""
    return derived_id("cev", op.who, op.key)


def _asked_for(ops: Iterable[Op], act: Act, name: Callable[[Op], str]) -> dict[str, Op | None]:
    """What may have been done, by name: the first call that was told that it is, if one was."""
    found: dict[str, Op | None] = {}
    for op in ops:
        if op.act is act and op.outcome is not Outcome.FAIL:
            acknowledged = op if op.outcome is Outcome.OK else None
            found[name(op)] = found.get(name(op)) or acknowledged
    return found


def _look_for_loss(
    verdict: Verdict, acknowledged: Mapping[str, Op], given_up: Collection[str], kept: Kept
) -> None:
    rows = {row.ticket_id: row for row in kept.rows}
    over = {ticket for ticket in given_up if ticket in rows and rows[ticket].status == CANCELLED}
    # A workflow may end where its ticket was given up, and nowhere else.
    there = {run.ticket_id for run in kept.runs if run.goes_on or run.ticket_id in over}
    for ticket, op in acknowledged.items():
        if ticket not in there:
            verdict.lost[ticket] = f"accepted at {op.at:.1f} s, and no workflow runs"
        elif ticket not in rows:
            verdict.lost[ticket] = f"accepted at {op.at:.1f} s, and not in the database"
        elif rows[ticket].status == "RECEIVED" or rows[ticket].number is None:
            verdict.stuck[ticket] = f"accepted at {op.at:.1f} s, and still {rows[ticket].status}"


def _look_at_cancels(verdict: Verdict, given_up: Mapping[str, Op | None], kept: Kept) -> None:
    """Every acknowledged one is carried out, and none that nobody asked for."""
    stand = {row.ticket_id: row.status for row in kept.rows}
    for ticket, op in given_up.items():
        if op is not None:
            verdict.cancelled += 1
            if (status := stand.get(ticket, "not there")) != CANCELLED:
                why = f"its cancellation accepted at {op.at:.1f} s, and it is {status}"
                verdict.lost.setdefault(ticket, why)
    for ticket, status in stand.items():
        if status == CANCELLED and ticket not in given_up:
            verdict.unexpected[ticket] = "cancelled, and nobody asked for it, or it was refused"


def _look_at_reports(verdict: Verdict, said: Mapping[str, Op | None], kept: Kept) -> None:
    """Every acknowledged one is in a timeline, and each once, and none that nobody made."""
    for name, op in said.items():
        if op is not None:
            verdict.reported += 1
            if name not in kept.reports:
                why = f"report of {op.ticket_id} accepted at {op.at:.1f} s, in no timeline"
                verdict.lost[name] = why
    for name, count in kept.reports.items():
        if name not in said:
            verdict.unexpected[name] = "a report that nobody made, or that was refused"
        elif count > 1:
            verdict.doubled[name] = f"{count} times in its timeline"


def _look_for_doubles(verdict: Verdict, acknowledged: Mapping[str, Op], kept: Kept) -> None:
    for ticket, count in Counter(row.ticket_id for row in kept.rows).items():
        if count > 1:
            verdict.doubled[ticket] = f"{count} rows"
    for ticket, count in Counter(run.ticket_id for run in kept.runs if run.is_last).items():
        if count > 1:
            verdict.doubled[ticket] = f"{count} runs"
    numbers = Counter(row.number for row in kept.rows if row.number is not None)
    for number, count in numbers.items():
        if count > 1:
            verdict.doubled[f"number {number}"] = f"{count} tickets"
    by_key: dict[str, set[str]] = {}
    for ticket, op in acknowledged.items():
        by_key.setdefault(op.key, set()).add(ticket)
    for key, tickets in by_key.items():
        if len(tickets) > 1:
            verdict.doubled[key] = f"one request, {len(tickets)} tickets"


def _look_at_words(
    verdict: Verdict,
    promised: Mapping[str, set[str]],
    meant: Mapping[str, set[str]],
    kept: Kept,
) -> None:
    for ticket, digests in promised.items():
        if len(digests) > 1:
            verdict.altered[ticket] = f"accepted with {len(digests)} different words"
    fingerprints: dict[str, set[str]] = {}
    for row in kept.rows:
        may_say = promised.get(row.ticket_id) or meant.get(row.ticket_id, {row.digest})
        if row.digest not in may_say:
            verdict.altered[row.ticket_id] = "the database says something else than was accepted"
        fingerprints.setdefault(row.ticket_id, set()).add(row.fingerprint)
    for run in kept.runs:
        fingerprints.setdefault(run.ticket_id, set()).add(run.fingerprint)
    for ticket, said in fingerprints.items():
        if len(said) > 1:
            verdict.altered[ticket] = "the workflow began with something else than the row has"
