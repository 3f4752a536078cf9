"""Somebody worked on a visit that was cancelled: are they paid?"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason, Said
from models.rules.escalation.deed import Deed, Request, settled
from models.rules.escalation.kind import Decision, Kind, Picture, Shown
from models.rules.escalation.worth import earnings, less_commission, named, reported
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
    workers = worked_all_the_same(visit)
    return (
        f"Planned: {when}{planned} minutes",
        *_cancelled(picture, workers),
        *(reported(picture, as_reported(visit, a), a) for a in workers),
        *_call_out(visit, workers),
        *earnings(picture),
        "The customer is not billed for it, whatever is decided",
    )


def _cancelled(picture: Picture, workers: Sequence[Assignment]) -> Iterator[str]:
    """When it was cancelled, and whether those who worked knew of it."""
    known = picture.cancelling
    if known is None:
        return
    yield f"Cancelled {picture.local(known.at)} by {known.by}"
    for worker in workers:
        at, who = known.told.get(worker.expert_id), named(picture, worker.expert_id)
        told = f"told {picture.local(at)}" if at else "not told: no message to them went out"
        yield f"{who[0].upper()}{who[1:]} was {told}"


def _call_out(visit: Visit, workers: Sequence[Assignment]) -> Iterator[str]:
    if any(not worked(as_reported(visit, a), a) for a in workers):
        yield "Paid are the call-out and every started quarter of an hour: one at least"


def _says(picture: Picture) -> Mapping[Action, Said]:
    """The button names the sum."""
    if not picture.worth:
        return {}
    first = named(picture, picture.worth[0].expert_id)
    who = first if len(picture.worth) == 1 else "the experts"
    return {Action.PAY_EXPERT: Said(label=f"Pay {who} {less_commission(picture.worth)}")}


def _paid(deed: Deed) -> Request:
    return settled(deed, None)


def _not_paid(deed: Deed) -> Request:
    return settled(deed, 0)


KINDS = (
    Kind(
        reason=EscalationReason.WORK_AFTER_CANCEL,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.CREW, Shown.CANCELLING, Shown.WORTH}),
        outlives=True,
        says=_says,
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
