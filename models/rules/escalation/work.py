"""An expert's report of their work cannot be right: what is it worth?"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from models.escalation import Action, Doubt, EscalationReason
from models.rules.escalation.deed import Deed, Request, settled
from models.rules.escalation.kind import Decision, Kind, Picture, Shown, Wants
from models.rules.escalation.wording import in_words
from models.rules.money.plausibility import doubtful_visits, in_doubt, worked
from models.ticket import Ticket
from models.visit import Assignment, Visit


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every visit with such a report, until somebody has decided."""
    for visit in doubtful_visits(ticket):
        yield Doubt(visit.id, EscalationReason.WORK_IMPLAUSIBLE, visit.seq)


def _headline(picture: Picture) -> str:
    return f"What was reported of {picture.visit_name} cannot be right: nothing is billed yet."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    visit = picture.visit
    if visit is None or visit.start is None:
        return ()
    planned = int(visit.length.total_seconds()) // 60
    return (
        f"Planned: {picture.local(visit.start)}, {planned} minutes",
        *(_reported(picture, visit, a) for a in in_doubt(picture.ticket, visit)),
        f"Who pays: {in_words(picture.ticket.promise.coverage.lower())}",
    )


def _reported(picture: Picture, visit: Visit, assignment: Assignment) -> str:
    told = ", ".join(
        f"{in_words(f.kind)} {picture.local(f.occurred_at)}" for f in visit.facts_of(assignment)
    )
    who = next((e for e in picture.crew if e.expert_id == assignment.expert_id), None)
    name = f"Expert no. {who.expert_no} ({in_words(who.skill)})" if who else "The expert"
    return f"{name} reported: {told}; {_wrong(visit, assignment)}"


def _wrong(visit: Visit, assignment: Assignment) -> str:
    """How long the work took by the report; how long before the visit it was over, if it was."""
    minutes = int(worked(visit, assignment).total_seconds()) // 60
    end = visit.done_at(assignment)
    if end is None or visit.start is None or end >= visit.start:
        return f"{minutes} minutes of work"
    early = (visit.start - end) // timedelta(minutes=1)
    return f"{minutes} minutes of work, over {early // 60} h {early % 60:02d} min before the visit"


def _as_reported(deed: Deed) -> Request:
    return settled(deed, None)


def _minutes(deed: Deed) -> Request:
    minutes = deed.choice.parameter
    assert isinstance(minutes, int), "read as a number"
    return settled(deed, minutes)


def _nothing(deed: Deed) -> Request:
    return settled(deed, 0)


KINDS = (
    Kind(
        reason=EscalationReason.WORK_IMPLAUSIBLE,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.CREW}),
        outlives=True,
        decisions=(
            Decision(
                number=1,
                action=Action.BILL_AS_REPORTED,
                label="Bill as reported",
                explains="The expert's times count as they are.",
                asks=_as_reported,
            ),
            Decision(
                number=2,
                action=Action.BILL_MINUTES,
                label="Bill (minutes)",
                explains="Exactly so many, for each expert whose report cannot be right.",
                wants=Wants.MINUTES,
                asks=_minutes,
            ),
            Decision(
                number=3,
                action=Action.BILL_NOTHING,
                label="Bill nothing",
                explains="The work costs nothing, and its expert earns nothing.",
                asks=_nothing,
            ),
        ),
    ),
)
