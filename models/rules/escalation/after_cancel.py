"""Somebody worked on a visit that was cancelled: are they paid?"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
from models.rules.escalation.deed import Deed, Request, settled
from models.rules.escalation.kind import Decision, Kind, Picture
from models.rules.escalation.wording import in_words
from models.rules.money.after_cancel import (
    as_reported,
    cancelled_visits_with_work,
    worked_all_the_same,
)
from models.rules.money.plausibility import worked
from models.ticket import Ticket
from models.visit import Assignment, Visit


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every cancelled visit on which somebody worked, until a person has decided."""
    for visit in cancelled_visits_with_work(ticket):
        yield Doubt(visit.id, EscalationReason.WORK_AFTER_CANCEL, visit.seq)


def _headline(picture: Picture) -> str:
    return f"Work was done on {picture.visit_name}, which was cancelled: is it paid?"


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    visit = picture.visit
    if visit is None:
        return ()
    planned = int(visit.length.total_seconds()) // 60
    when = f"{picture.local(visit.start)}, " if visit.start else ""
    return (
        f"Planned: {when}{planned} minutes",
        *(_reported(picture, visit, a) for a in worked_all_the_same(visit)),
        "The customer is not billed for it, whatever is decided",
    )


def _reported(picture: Picture, visit: Visit, assignment: Assignment) -> str:
    """What one of them said, in the order in which it occurred."""
    counted = as_reported(visit, assignment)
    told = sorted(counted.facts_of(assignment), key=lambda f: f.occurred_at)
    said = ", ".join(f"{in_words(f.kind)} {picture.local(f.occurred_at)}" for f in told)
    skill = next(p.skill for p in visit.positions if p.idx == assignment.position)
    minutes = int(worked(counted, assignment).total_seconds()) // 60
    return f"The expert for {in_words(skill)} reported: {said}; {minutes} minutes of work"


def _paid(deed: Deed) -> Request:
    return settled(deed, None)


def _not_paid(deed: Deed) -> Request:
    return settled(deed, 0)


KINDS = (
    Kind(
        reason=EscalationReason.WORK_AFTER_CANCEL,
        headline=_headline,
        facts=_facts,
        outlives=True,
        decisions=(
            Decision(
                number=1,
                action=Action.PAY_EXPERT,
                label="Pay the expert",
                explains="They earn what their times are worth; the customer is not billed.",
                asks=_paid,
            ),
            Decision(
                number=2,
                action=Action.DO_NOT_PAY,
                label="Do not pay",
                explains="Nobody earns anything, and nobody is billed.",
                asks=_not_paid,
            ),
        ),
    ),
)
