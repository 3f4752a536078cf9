"""The expert does not answer, or is not there when they should be."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.escalation import Action, Doubt, EscalationReason
from models.messages.escalation import RemindExpert, RescheduleVisit
from models.rules.escalation.deed import Deed, Preparation, Request, sent
from models.rules.escalation.kind import Decision, Kind, Picture, Shown, Wants
from models.rules.escalation.numbering import candidate_of
from models.ticket import Ticket
from models.visit import AssignmentState, Visit, VisitState


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Of each visit one thing: a late expert has no time to acknowledge."""
    for visit in ticket.visits:
        if (due := late_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.LATE_START, visit.seq)
        elif (due := acknowledgement_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.NO_ACK, visit.seq)


def acknowledgement_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """By when the experts of a visit should have acknowledged it."""
    silent = [
        a.booked_at
        for a in visit.crew
        if a.state is AssignmentState.RESERVED and a.booked_at is not None
    ]
    if not silent or visit.state is not VisitState.SCHEDULED:
        return None
    return min(silent) + ticket.policies.ack_timeout


def late_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """When a visit that nobody has reached is late."""
    if visit.start is None or visit.state not in (VisitState.SCHEDULED, VisitState.EN_ROUTE):
        return None
    return visit.start + ticket.policies.late_start_after


def _silent(picture: Picture) -> str:
    return f"The expert of {picture.visit_name} has not acknowledged it."


def _late(picture: Picture) -> str:
    return f"The expert of {picture.visit_name} has not arrived."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    visit = picture.visit
    if visit is None or visit.start is None:
        return ()
    crew = ", ".join(f"{a.expert_id} {a.state}" for a in visit.crew)
    return (
        f"Visit starts {picture.local(visit.start)}",
        f"Crew: {crew}",
        f"Zone {picture.ticket.zone}, urgency {picture.ticket.urgency}",
    )


def _possible(picture: Picture) -> Sequence[Action]:
    """Without anybody to take the expert's place, that button is gone."""
    found = [Action.REMIND, Action.RESCHEDULE]
    return [*found, Action.REPLACE] if picture.candidates else found


def _reminded(deed: Deed) -> Request:
    asked = deed.escalation
    return "remind_expert", RemindExpert(visit_id=asked.subject, reason=asked.reason, by=deed.by)


def _replaced(deed: Deed) -> Request:
    assert deed.ticket is not None, "prepared"
    chosen = candidate_of(deed.escalation, deed.choice.parameter)
    visit = deed.ticket.visit(deed.escalation.subject)
    crew = visit.crew if visit else ()
    old = next((a.expert_id for a in crew if a.position == chosen.position), "nobody")
    return sent(deed, chosen, instead_of=old)


def _rescheduled(deed: Deed) -> Request:
    return "reschedule", RescheduleVisit(visit_id=deed.escalation.subject, by=deed.by)


DECISIONS = (
    Decision(
        number=1,
        action=Action.REMIND,
        label="Remind the expert by another channel",
        explains="You are asked again if they still do not answer.",
        asks=_reminded,
    ),
    Decision(
        number=2,
        action=Action.REPLACE,
        label="Replace the expert by a candidate",
        explains="The new expert is booked and told first, then the old one is let go.",
        wants=Wants.CANDIDATE,
        before=Preparation.TICKET,
        asks=_replaced,
    ),
    Decision(
        number=3,
        action=Action.RESCHEDULE,
        label="Reschedule the visit",
        explains="The customer is told, and experts are asked again.",
        asks=_rescheduled,
    ),
)

KINDS = (
    Kind(
        reason=EscalationReason.NO_ACK,
        headline=_silent,
        facts=_facts,
        shows=frozenset({Shown.CANDIDATES}),
        narrowed=_possible,
        decisions=DECISIONS,
    ),
    Kind(
        reason=EscalationReason.LATE_START,
        headline=_late,
        facts=_facts,
        shows=frozenset({Shown.CANDIDATES_AT_ANY_TIME}),
        narrowed=_possible,
        decisions=DECISIONS,
    ),
)
