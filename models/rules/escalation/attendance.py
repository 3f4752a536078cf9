"""The expert does not answer, or is not there when they should be."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from models.brief import Candidate, Expected
from models.calendar import Window
from models.errors import Conflict
from models.escalation import Action, Doubt, EscalationReason
from models.messages.escalation import RemindExpert, RescheduleVisit
from models.rules.escalation.deed import Deed, Preparation, Request, sent
from models.rules.escalation.kind import Decision, Kind, Picture, Shown, Wants
from models.rules.escalation.numbering import candidate_of
from models.rules.escalation.wording import in_words
from models.rules.matching.eligibility import NOT_VERIFIED, OUTSIDE_AREA, SKILL_MISSING
from models.rules.visit.missing import is_in_vain, is_nobody_there
from models.rules.visit.presence import to_come
from models.ticket import Ticket
from models.visit import Assignment, AssignmentState, Visit, VisitState

_NOBODY_THERE = (VisitState.SCHEDULED, VisitState.EN_ROUTE)
_NOT_BEGUN = (*_NOBODY_THERE, VisitState.ON_SITE)
_STANDING = {
    AssignmentState.RESERVED: "has not answered",
    AssignmentState.ACKNOWLEDGED: "has acknowledged, and has not set out",
    AssignmentState.EN_ROUTE: "is on the way",
    AssignmentState.ON_SITE: "is there",
    AssignmentState.RELEASED: "was let go",
}


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Of each visit one thing: who does not come need not answer, and a late expert has no time to
    acknowledge."""
    for visit in ticket.visits:
        if is_in_vain(visit):
            continue
        if (due := late_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.LATE_START, visit.seq)
        elif (due := acknowledgement_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.NO_ACK, visit.seq)


def acknowledgement_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """By when the experts of a visit should have acknowledged it: they have `ack_timeout` twice,
    for they are told twice."""
    silent = [a.booked_at for a in visit.crew if is_unanswered(visit, a) and a.booked_at]
    return min(silent) + 2 * ticket.policies.ack_timeout if silent else None


def is_unanswered(visit: Visit, assignment: Assignment) -> bool:
    """Whether an expert is still to acknowledge a visit, on which others may be further."""
    return visit.state in _NOT_BEGUN and assignment.state is AssignmentState.RESERVED


def late_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """When a visit is late that nobody has reached, or whose people wait for one who is to come.
    Who began without somebody has decided that."""
    waits = visit.state is VisitState.ON_SITE and bool(to_come(visit))
    if visit.start is None or not (waits or visit.state in _NOBODY_THERE):
        return None
    return visit.start + ticket.policies.late_start_after


def _until_nobody_could_come(ticket: Ticket, visit: Visit) -> datetime | None:
    return visit.start and visit.start - ticket.policies.replacement_min_lead


def _until_it_should_be_over(_: Ticket, visit: Visit) -> datetime | None:
    return visit.end


def _silent(picture: Picture) -> str:
    return f"The expert of {picture.visit_name} has not acknowledged it."


def _late(picture: Picture) -> str:
    visit = picture.visit
    some = visit is not None and not is_nobody_there(visit)
    return f"{'An' if some else 'The'} expert of {picture.visit_name} has not arrived."


def facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    visit = picture.visit
    if visit is None or visit.start is None:
        return ()
    window = Window(start=visit.start, end=visit.start + visit.length)
    return (
        f"The visit is {picture.span(window)}",
        *(f"Expert no. {e.expert_no} ({in_words(e.skill)}) {standing(e)}" for e in picture.crew),
        f"Zone {picture.ticket.filing.zone}, urgency {picture.ticket.filing.urgency}",
    )


def standing(expected: Expected) -> str:
    """How far an expert is with their part of a visit."""
    if expected.barred:
        return _WHY_NOT.get(expected.barred, _NOT)
    if expected.state is AssignmentState.CANNOT_ARRIVE:
        why = f" ({in_words(expected.hindrance.lower())})" if expected.hindrance else ""
        return f"says that they cannot come{why}"
    return _STANDING.get(expected.state, in_words(expected.state.lower()))


def _possible(picture: Picture) -> Sequence[Action]:
    """Without anybody to take the expert's place, that button is gone."""
    found = [Action.REMIND, Action.RESCHEDULE]
    return [*found, Action.REPLACE] if picture.candidates else found


def _reminded(deed: Deed) -> Request:
    asked = deed.escalation
    return "remind_expert", RemindExpert(visit_id=asked.subject, reason=asked.reason, by=deed.by)


def replaced_by(deed: Deed) -> Request:
    """Send the candidate who was chosen in the place of whoever holds it.

    Raises:
        Conflict: `expert-answered`, `candidate-gone`.
    """
    assert deed.ticket is not None, "prepared"
    chosen = candidate_of(deed.escalation, deed.choice.parameter)
    visit = deed.ticket.visit(deed.escalation.subject)
    crew = visit.crew if visit else ()
    holder = next((a for a in crew if a.position == chosen.position), None)
    if deed.escalation.reason is EscalationReason.NO_ACK:
        _require_silent(chosen, holder)
    old = chosen.instead_of or (holder.expert_id if holder else "nobody")
    return sent(deed, chosen, instead_of=old)


def _require_silent(chosen: Candidate, holder: Assignment | None) -> None:
    """Nobody takes the place of who has answered meanwhile, or of who came in their stead.

    Raises:
        Conflict: `expert-answered`.
    """
    same = holder is not None and chosen.instead_of in (None, holder.expert_id)
    if holder is None or not same or holder.state is not AssignmentState.RESERVED:
        raise Conflict(
            "expert-answered", "Who was silent has answered, or is not on the visit any more."
        )


def rescheduled_by(deed: Deed) -> Request:
    """Match the visit anew."""
    asked = deed.escalation
    return "reschedule", RescheduleVisit(visit_id=asked.subject, reason=asked.reason, by=deed.by)


_NOT = "may not come any more"
_WHY_NOT: Mapping[str, str] = {
    NOT_VERIFIED: "may not work for us any more",
    OUTSIDE_AREA: "does not work in the area any more",
    SKILL_MISSING: "will not hold the skill then",
}
REPLACE = Decision(
    number=2,
    action=Action.REPLACE,
    label="Replace the expert by a candidate",
    explains="The new expert is booked and told first, then the old one is let go.",
    wants=Wants.CANDIDATE,
    before=Preparation.TICKET,
    asks=replaced_by,
)
RESCHEDULE = Decision(
    number=3,
    action=Action.RESCHEDULE,
    label="Reschedule the visit",
    explains="The customer is told, and experts are asked again.",
    asks=rescheduled_by,
)
DECISIONS = (
    Decision(
        number=1,
        action=Action.REMIND,
        label="Remind the expert by another channel",
        explains="You are asked again if they still do not answer.",
        asks=_reminded,
    ),
    REPLACE,
    RESCHEDULE,
)

KINDS = (
    Kind(
        reason=EscalationReason.NO_ACK,
        headline=_silent,
        facts=facts,
        shows=frozenset({Shown.CANDIDATES, Shown.CREW}),
        narrowed=_possible,
        helps_until=_until_nobody_could_come,
        decisions=DECISIONS,
    ),
    Kind(
        reason=EscalationReason.LATE_START,
        headline=_late,
        facts=facts,
        shows=frozenset({Shown.CANDIDATES_AT_ANY_TIME, Shown.CREW}),
        narrowed=_possible,
        helps_until=_until_it_should_be_over,
        decisions=DECISIONS,
    ),
)
