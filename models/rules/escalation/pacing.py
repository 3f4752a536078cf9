"""How long each level of the ladder has to decide (docs/rules/escalations.md, The ladder)."""

from datetime import datetime, timedelta

from models.escalation import LADDER, Question
from models.rules.escalation.registry import KINDS
from models.ticket import Ticket

SHORTEST = timedelta(minutes=1)


def step_of(ticket: Ticket, question: Question) -> timedelta:
    """How long each level has for a question: as the policy says, and for one about a visit that
    somebody waits for no longer than leaves every level its turn while an answer still helps."""
    kind, visit = KINDS[question.reason], ticket.visit(question.subject)
    last = kind.helps_until(ticket, visit) if kind.helps_until and visit else None
    turns = len(LADDER) - question.level + 1
    return within(kind.step(ticket.policies), question.asked_at, last, turns)


def within(step: timedelta, now: datetime, last: datetime | None, turns: int) -> timedelta:
    """A step, or the whole minutes that each of so many turns has until `last`, if those are fewer.
    Where nothing can be saved any more the step stays as it is."""
    if last is None or last <= now:
        return step
    share = (last - now) // turns // SHORTEST * SHORTEST
    return min(step, max(share, SHORTEST))
