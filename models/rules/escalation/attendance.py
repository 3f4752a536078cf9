"""The expert does not answer, or is not there when they should be."""

from collections.abc import Sequence

from models.escalation import Action, EscalationReason
from models.rules.escalation.kind import Decision, Kind, Picture, Wants


def headline(picture: Picture, reason: EscalationReason) -> str:
    """The problem in one sentence."""
    visit = f"visit {picture.visit.seq} of {picture.name}" if picture.visit else picture.name
    if reason is EscalationReason.NO_ACK:
        return f"The expert of {visit} has not acknowledged it."
    return f"The expert of {visit} has not arrived."


def facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    visit = picture.visit
    if visit is None or visit.start is None:
        return ()
    crew = ", ".join(f"{a.expert_id} {a.state}" for a in visit.crew)
    return (
        f"Visit starts {picture.local(visit.start)}",
        f"Crew: {crew}",
        f"Zone {picture.ticket.filing.zone}, urgency {picture.ticket.filing.urgency}",
    )


def possible(picture: Picture) -> Sequence[Action]:
    """Without anybody to take the expert's place, that button is gone."""
    found = [Action.REMIND, Action.RESCHEDULE]
    return [*found, Action.REPLACE] if picture.candidates else found


KIND = Kind(
    reasons=(EscalationReason.NO_ACK, EscalationReason.LATE_START),
    decisions=(
        Decision(
            action=Action.REMIND,
            button="Remind the expert by another channel",
            explains="You are asked again if they still do not answer.",
        ),
        Decision(
            action=Action.REPLACE,
            button="Replace the expert by a candidate (Data: the number, empty for 1)",
            explains="The new expert is booked and told first, then the old one is let go.",
            wants=Wants.CANDIDATE,
        ),
        Decision(
            action=Action.RESCHEDULE,
            button="Reschedule the visit",
            explains="The customer is told, and experts are asked again.",
        ),
    ),
    headline=headline,
    facts=facts,
    narrowed=possible,
)
