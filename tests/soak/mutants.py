"""Ten thousand tickets, and what the checker of a soak must see among them: houses that lost
something, and houses that told people something else."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random

from models.identity import ticket_id
from tests.soak.checker import CANCELLED, Kept, KeptRow, KeptRun, report_name
from tests.soak.history import Act, Op, Outcome, digest

WHO = "cus_00000000-0000-4000-8000-000000000001"
EXPERT = "exp_00000000-0000-4000-8000-000000000002"
TICKETS = 10_000
GIVEN_UP, REPORTED = range(8_000, 8_400), range(9_000, 9_400)
"""Of which tickets their customers give up, and an expert says that they know of them."""
Mutant = Callable[[Kept], tuple[Kept, str]]
Liar = Callable[[Sequence[Op]], tuple[list[Op], str]]


def filed(number: int, outcome: Outcome = Outcome.OK, words: str = "It hums.") -> Op:
    """A call that files the ticket of a number."""
    key = str(uuid.UUID(int=Random(number).getrandbits(128), version=4))
    said = digest(WHO, f"{number} {words}", [])
    answered = {Outcome.OK: 201, Outcome.FAIL: 422, Outcome.INFO: None}[outcome]
    ticket = ticket_id(WHO, key) if outcome is Outcome.OK else None
    return Op(
        *(number / 25, 0.1, "api", Act.FILE, WHO, key, 0, said, outcome),
        status=answered,
        ticket_id=ticket,
    )


def said(to: Op, act: Act, outcome: Outcome = Outcome.OK) -> Op:
    """What is said to a ticket afterwards: by its customer, or by an expert from the field."""
    answered = {Outcome.OK: 202, Outcome.FAIL: 409, Outcome.INFO: None}[outcome]
    who = WHO if act is Act.CANCEL else EXPERT
    return Op(
        *(to.until, 0.1, "api", act, who, f"{act} {to.key}", 0, "", outcome),
        status=answered,
        ticket_id=ticket_id(WHO, to.key),
    )


def kept_of(ops: Sequence[Op]) -> Kept:
    """What a house has that lost nothing of them; of those given up, that they are over."""
    tickets = {ticket_id(WHO, op.key): op for op in ops if op.act is Act.FILE}
    over = {op.ticket_id for op in ops if op.act is Act.CANCEL}
    rows = [
        KeptRow(
            *(ticket, op.digest, f"f{op.digest}"),
            CANCELLED if ticket in over else "MATCHING",
            number,
        )
        for number, (ticket, op) in enumerate(tickets.items())
    ]
    runs = [
        KeptRun(row.ticket_id, row.ticket_id, row.fingerprint, goes_on=row.ticket_id not in over)
        for row in rows
    ]
    return Kept(rows, runs, {report_name(op): 1 for op in ops if op.act is Act.REPORT})


def _row_dropped(kept: Kept) -> tuple[Kept, str]:
    return replace(kept, rows=kept.rows[:-1]), kept.rows[-1].ticket_id


def _run_dropped(kept: Kept) -> tuple[Kept, str]:
    return replace(kept, runs=kept.runs[1:]), kept.runs[0].ticket_id


def _run_ended(kept: Kept) -> tuple[Kept, str]:
    ended = replace(kept.runs[7], goes_on=False)
    return replace(kept, runs=[*kept.runs[:7], ended, *kept.runs[8:]]), ended.ticket_id


def _tail_forgotten(kept: Kept) -> tuple[Kept, str]:
    """As a disk does that said it had what it had not."""
    return replace(kept, runs=kept.runs[:-300]), kept.runs[-150].ticket_id


def _run_twice(kept: Kept) -> tuple[Kept, str]:
    again = replace(kept.runs[50], run_id="again")
    return replace(kept, runs=[*kept.runs, again]), again.ticket_id


def _row_twice(kept: Kept) -> tuple[Kept, str]:
    return replace(kept, rows=[*kept.rows, kept.rows[3]]), kept.rows[3].ticket_id


def _number_twice(kept: Kept) -> tuple[Kept, str]:
    other = replace(kept.rows[9], number=8)
    return replace(kept, rows=[*kept.rows[:9], other, *kept.rows[10:]]), "number 8"


def _byte_altered(kept: Kept) -> tuple[Kept, str]:
    row = kept.rows[5_000]
    other = replace(row, digest=digest(WHO, "4999 It hums!", []))
    return replace(kept, rows=[*kept.rows[:5_000], other, *kept.rows[5_001:]]), row.ticket_id


def _workflow_altered(kept: Kept) -> tuple[Kept, str]:
    other = replace(kept.runs[2], fingerprint="another")
    return replace(kept, runs=[*kept.runs[:2], other, *kept.runs[3:]]), other.ticket_id


def _invented(kept: Kept) -> tuple[Kept, str]:
    name = "tkt_nobody"
    return replace(kept, rows=[*kept.rows, replace(kept.rows[0], ticket_id=name, number=-1)]), name


def _not_moved(kept: Kept) -> tuple[Kept, str]:
    row = replace(kept.rows[11], status="RECEIVED")
    return replace(kept, rows=[*kept.rows[:11], row, *kept.rows[12:]]), row.ticket_id


def _not_cancelled(kept: Kept) -> tuple[Kept, str]:
    """As one does that answers, forgets the word, and goes on looking for experts."""
    row, run = (
        replace(kept.rows[8_000], status="MATCHING"),
        replace(kept.runs[8_000], goes_on=True),
    )
    rows = [*kept.rows[:8_000], row, *kept.rows[8_001:]]
    runs = [*kept.runs[:8_000], run, *kept.runs[8_001:]]
    return replace(kept, rows=rows, runs=runs), row.ticket_id


def _cancelled_without_a_run(kept: Kept) -> tuple[Kept, str]:
    return replace(kept, runs=[*kept.runs[:8_001], *kept.runs[8_002:]]), kept.rows[8_001].ticket_id


def _cancelled_by_nobody(kept: Kept) -> tuple[Kept, str]:
    row = replace(kept.rows[12], status=CANCELLED)
    return replace(kept, rows=[*kept.rows[:12], row, *kept.rows[13:]]), row.ticket_id


def _report_forgotten(kept: Kept) -> tuple[Kept, str]:
    name, *others = kept.reports
    return replace(kept, reports=dict.fromkeys(others, 1)), name


def _report_twice(kept: Kept) -> tuple[Kept, str]:
    name = next(iter(kept.reports))
    return replace(kept, reports={**kept.reports, name: 2}), name


def _report_by_nobody(kept: Kept) -> tuple[Kept, str]:
    return replace(kept, reports={**kept.reports, "cev_nobody": 1}), "cev_nobody"


MUTANTS: Mapping[str, tuple[str, Mutant]] = {
    "one of ten thousand is not in the database": ("lost", _row_dropped),
    "one of ten thousand has no workflow": ("lost", _run_dropped),
    "a workflow that ended though nobody ended it": ("lost", _run_ended),
    "a store that forgot the last ones at a power cut": ("lost", _tail_forgotten),
    "a second run": ("doubled", _run_twice),
    "a second row": ("doubled", _row_twice),
    "a number that was given twice": ("doubled", _number_twice),
    "a byte of somebody's words": ("altered", _byte_altered),
    "a workflow that began with something else": ("altered", _workflow_altered),
    "a ticket that nobody filed": ("unexpected", _invented),
    "a ticket that nobody took up": ("stuck", _not_moved),
    "a cancellation that was not carried out": ("lost", _not_cancelled),
    "a ticket that was given up and has no workflow": ("lost", _cancelled_without_a_run),
    "a ticket that is over though nobody gave it up": ("unexpected", _cancelled_by_nobody),
    "a report that is in no timeline": ("lost", _report_forgotten),
    "a report that is there twice": ("doubled", _report_twice),
    "a report that nobody made": ("unexpected", _report_by_nobody),
}


def _two_bodies(ops: Sequence[Op]) -> tuple[list[Op], str]:
    """As an API does that does not know what another has accepted under the same key."""
    other = replace(ops[4], at=ops[4].until, digest=digest(WHO, "4 It hums. And more.", []))
    return [*ops, other], ticket_id(WHO, other.key)


def _turned_away(ops: Sequence[Op]) -> tuple[list[Op], str]:
    """As a house does that keeps all it accepts, and accepts next to nothing."""
    away = filed(TICKETS, Outcome.FAIL)
    return [*ops, away], ticket_id(WHO, away.key)


def _turned_away_afterwards(ops: Sequence[Op]) -> tuple[list[Op], str]:
    """As a house does that does not know again what it has accepted."""
    again = replace(filed(6, Outcome.FAIL), turn=1)
    return [*ops, again], ticket_id(WHO, again.key)


LIARS: Mapping[str, tuple[str, Liar]] = {
    "two bodies accepted under one key": ("altered", _two_bodies),
    "an errand that was refused its own words": ("refused", _turned_away),
    "an errand that was refused after it was accepted": ("refused", _turned_away_afterwards),
}
"""A house that keeps everything once, and told people something else."""
