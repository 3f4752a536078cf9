"""`python -m workers.tools.decisions`: every booking recomputed, and what would be otherwise.

verify-decisions                          every stored decision against the rule
counterfactual GROUP --hold PT2H          had a full group waited for more proposals
counterfactual GROUP --without prp_…      without one proposal
counterfactual GROUP --slots A/B [A/B …]  had the customer had other times, ISO 8601
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from models.calendar import Window
from models.db.engine import Database
from models.db.events import EventReads
from models.db.matching.decisions import DecisionRepository, StoredDecision
from models.errors import DomainError
from models.matching.problem import Evaluation
from models.rules.matching.counterfactual import with_other_hold, with_other_slots, without_proposal
from models.rules.matching.evaluation import evaluate, keys
from models.settings.processes import DatabaseSettings

_DURATION = TypeAdapter(timedelta)
LONGEST_HOLD = timedelta(days=366)


class Unreadable(ValueError):
    """An option that means nothing: one line, which says what would."""


def verify(database: Database) -> int:
    """Recompute every stored decision; answers how many differ."""
    differing = checked = 0
    with database.reading() as session:
        for decision in DecisionRepository(session).all():
            checked += 1
            fault = difference(decision)
            if fault:
                differing += 1
                print(f"{decision.group_id} round {decision.round}: {fault}")
    print(f"{checked} decisions, {differing} differ from the rule")
    return differing


def difference(decision: StoredDecision) -> str | None:
    """How a stored decision differs from the least solution of its recorded inputs."""
    solution = evaluate(decision.problem).solution
    if solution is None:
        return "the rule finds no solution"
    booked = {s.visit_id: s.start for s in decision.settlement.starts}
    crew = [(m.visit_id, m.position, m.expert_id, m.proposal_id) for m in decision.settlement.crew]
    least = [(m.visit_id, m.position, m.expert_id, m.proposal_id) for m in solution.crew]
    if booked != dict(solution.starts):
        return f"starts {_times(booked)} were booked, {_times(dict(solution.starts))} are least"
    if sorted(crew) != sorted(least):
        return f"crew {sorted(crew)} was booked, {sorted(least)} is least"
    return None


def counterfactual(database: Database, group_id: str, arguments: argparse.Namespace) -> int:
    """Print what was chosen and what would have been; 0 if the group was ever booked."""
    with database.reading() as session:
        decision = DecisionRepository(session).stored(group_id)
        if decision is None:
            print(f"{group_id} was never booked", file=sys.stderr)
            return 1
        posted_at = EventReads(session).posted_at(decision.ticket_id)
    problem = decision.problem
    print(f"chosen:         {_told(decision, evaluate(problem))}")
    if arguments.without:
        otherwise = without_proposal(problem, arguments.without)
    elif arguments.slots:
        otherwise = with_other_slots(problem, tuple(_window(s) for s in arguments.slots))
    else:
        lead = problem.earliest - decision.decided_at
        otherwise = with_other_hold(problem, posted_at, _hold(arguments.hold), lead)
    print(f"would have been: {_told(decision, otherwise)}")
    return 0


def _told(decision: StoredDecision, evaluation: Evaluation) -> str:
    if evaluation.solution is None:
        return f"{evaluation.fullness} {' '.join(evaluation.missing)}".strip()
    k1, _, k3, _ = keys(decision.problem, evaluation.solution)
    return (
        f"{_times(dict(evaluation.solution.starts))}; "
        f"proposals {list(k3)}; first start {k1[0].isoformat()}; "
        f"crew {', '.join(m.expert_id for m in evaluation.solution.crew)}"
    )


def _times(starts: dict[str, datetime]) -> str:
    return ", ".join(f"{visit}: {start.isoformat()}" for visit, start in sorted(starts.items()))


def _window(text: str) -> Window:
    start, _, end = text.partition("/")
    try:
        window = Window(start=datetime.fromisoformat(start), end=datetime.fromisoformat(end))
    except ValueError:
        window = None
    if window is None or window.start.tzinfo is None or window.end.tzinfo is None:
        raise Unreadable(
            f"--slots {text!r}: give start/end with offset, such as "
            "2026-11-30T09:00:00+01:00/2026-11-30T12:00:00+01:00"
        )
    return window


def _hold(text: str) -> timedelta:
    try:
        hold = _DURATION.validate_python(text)
    except ValidationError:
        hold = None
    if hold is None or not timedelta(0) <= hold <= LONGEST_HOLD or not text.upper().startswith("P"):
        raise Unreadable(
            f"--hold {text!r}: give an ISO 8601 duration of a year or less, such as PT2H"
        )
    return hold


def main(words: Sequence[str]) -> int:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description="Bookings, recomputed.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("verify-decisions", help="recompute every stored decision")
    asked = commands.add_parser("counterfactual", help="what would have been chosen otherwise")
    asked.add_argument("group", help="grp_…")
    otherwise = asked.add_mutually_exclusive_group(required=True)
    otherwise.add_argument("--hold", help="ISO 8601 duration")
    otherwise.add_argument("--without", help="prp_…")
    otherwise.add_argument("--slots", nargs="+", help="start/end with offset")
    arguments = parser.parse_args(words)
    database = Database(DatabaseSettings.from_environment().database.url, pool_size=1)
    try:
        if arguments.command == "verify-decisions":
            return 1 if verify(database) else 0
        return counterfactual(database, arguments.group, arguments)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    except DomainError as refusal:
        print(f"{refusal.code}: {refusal.detail}", *_considered(refusal), file=sys.stderr)
    except Exception as error:
        if not Database.is_outage(error):
            raise
        print(f"cannot read the decisions: {type(error).__name__}", file=sys.stderr)
    finally:
        database.close()
    return 1


def _considered(refusal: DomainError) -> list[str]:
    return [f"Considered: {', '.join(known)}." for known in refusal.evidence.values()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
