"""The work is not done, and nothing is to go on with it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason, Said
from models.field import FOLLOW_UP_MINUTES
from models.messages.visit import CloseAsItIs, PlanFollowUp
from models.rules.escalation.deed import Deed, Request
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture, Shown, Wants
from models.rules.escalation.wording import in_words
from models.rules.escalation.worth import earnings, reported, total
from models.rules.visit.follow_up import coming_after, lacks_follow_up
from models.rules.visit.presence import was_there
from models.ticket import Coverage, Ticket
from models.visit import Visit


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every visit that ended with work undone, for as long as nobody said what becomes of it."""
    for visit in ticket.visits:
        if lacks_follow_up(ticket, visit):
            yield Doubt(visit.id, EscalationReason.FOLLOW_UP_MISSING, visit.seq)


def _headline(picture: Picture) -> str:
    return f"The work on {picture.visit_name} is not done, and nothing follows it."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    visit = picture.visit
    if visit is None:
        return ()
    why = in_words((visit.shortfall or "not said").lower())
    over = f" {picture.local(visit.actual_end)}" if visit.actual_end else ""
    minutes = int(visit.length.total_seconds()) // 60
    waiting = coming_after(picture.ticket, visit.id)
    names = ", ".join(f"visit {v.seq}" for v in picture.ticket.visits if v.id in waiting)
    after = f"To follow it: {names}; closed as it is, they wait for nothing, or are called off"
    return (
        f"It ended{over} because of: {why}",
        f"It was planned for {minutes} minutes",
        *(reported(picture, visit, a) for a in visit.crew if was_there(visit, a)),
        *_parts(picture, visit),
        *_billed(picture),
        *earnings(picture),
        *([after] if waiting else []),
    )


def _parts(picture: Picture, visit: Visit) -> Iterator[str]:
    """When the parts that are missing will be there."""
    said = (f.particulars.parts_eta for a in visit.crew if (f := visit.ending_of(a)))
    for eta in filter(None, said):
        yield f"The parts are there from {picture.local(eta)} on"


def _billed(picture: Picture) -> Iterator[str]:
    """What the customer pays for the work that was done, whatever is decided."""
    coverage = picture.ticket.promise.coverage
    yield f"Who pays: {in_words(coverage.lower())}"
    if picture.worth and coverage is Coverage.PAY_PER_JOB:
        yield f"For the work on it the customer is billed {total(e.gross for e in picture.worth)}"
    elif coverage in (Coverage.COVERED, Coverage.WAIVED):
        yield "For the work on it the customer is billed nothing"


def _planned(deed: Deed) -> Request:
    minutes = deed.choice.parameter
    assert isinstance(minutes, int), "read as a number"
    visit_id = deed.escalation.subject
    return "plan_follow_up", PlanFollowUp(visit_id=visit_id, minutes=minutes, by=deed.by)


def _closed(deed: Deed) -> Request:
    return "close_as_it_is", CloseAsItIs(visit_id=deed.escalation.subject, by=deed.by)


def _closed_without_rest(deed: Deed) -> Request:
    close = CloseAsItIs(visit_id=deed.escalation.subject, by=deed.by, without_rest=True)
    return "close_as_it_is", close


def _possible(picture: Picture) -> Sequence[Action]:
    """Where nothing was to follow, nothing is called off."""
    visit = picture.visit
    rest = visit is None or coming_after(picture.ticket, visit.id)
    left = [Action.PLAN_VISIT, Action.CLOSE_AS_IT_IS]
    return [*left, *([Action.CLOSE_WITHOUT_REST] if rest else []), Action.CANCEL]


def _says(picture: Picture) -> Mapping[Action, Said]:
    """What becomes of what was to follow."""
    visit = picture.visit
    if visit is None or not coming_after(picture.ticket, visit.id):
        return {}
    kept = "Billed for what was done; what was to follow is kept, and waits for nothing any more."
    return {Action.CLOSE_AS_IT_IS: Said(explains=kept)}


KINDS = (
    Kind(
        reason=EscalationReason.FOLLOW_UP_MISSING,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.CREW, Shown.WORTH}),
        narrowed=_possible,
        says=_says,
        decisions=(
            Decision(
                number=1,
                action=Action.PLAN_VISIT,
                label="Plan another visit (minutes)",
                explains="By the same skills; from 15 to 480 minutes, in steps of 15.",
                wants=Wants.MINUTES,
                minutes=FOLLOW_UP_MINUTES,
                asks=_planned,
            ),
            Decision(
                number=2,
                action=Action.CLOSE_AS_IT_IS,
                label="Close as it is",
                explains="Billed for what was done.",
                asks=_closed,
            ),
            Decision(
                number=3,
                action=Action.CLOSE_WITHOUT_REST,
                label="Close as it is, and call off what was to follow",
                explains="Billed for what was done; whoever was to come later is free, and "
                "everybody concerned is told.",
                asks=_closed_without_rest,
            ),
            CANCEL,
        ),
    ),
)
