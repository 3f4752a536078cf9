"""Nobody came forward, not enough did, or their times do not meet the customer's."""

from collections.abc import Sequence

from models.escalation import Action, EscalationReason
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture, Wants

_SHOWN = 3


def headline(picture: Picture, reason: EscalationReason) -> str:
    """The problem in one sentence."""
    visit = f"visit {picture.visit.seq} of {picture.name}" if picture.visit else picture.name
    match reason:
        case EscalationReason.PARTIAL:
            return f"Not enough experts have proposed themselves for {visit}."
        case EscalationReason.NO_COMMON_TIME:
            return f"Experts want to come to {visit}, but not when the customer has time."
        case _:
            return f"No experts have proposed themselves for {visit}."


def facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket, visit = picture.ticket, picture.visit
    if visit is None or picture.group is None:
        return ()
    proposals = ticket.active_proposals(picture.group)
    lines = [
        f"Appliance: {ticket.filing.category or 'not known yet'}, urgency {ticket.filing.urgency}, "
        f"zone {ticket.filing.zone}",
        "Needed: "
        + ", ".join(f"{p.skill} (level {p.min_level})" for p in visit.positions)
        + f", {visit.duration.total_seconds() / 60:.0f} minutes",
        f"Proposals that wait: {len(proposals)}",
    ]
    if picture.group.missing:
        lines.append("Still missing: " + ", ".join(picture.group.missing))
    slots = ticket.slots_of(visit)
    lines += [f"The customer has time from {picture.local(s.start)}" for s in slots[:_SHOWN]]
    if not slots:
        lines.append("The customer has named no times yet")
    lines += [f"Experts could come at {picture.local(t.start)}" for t in picture.times[:_SHOWN]]
    return lines


def possible(picture: Picture) -> Sequence[Action]:
    """Nobody to assign and no time to offer: those buttons are gone."""
    found = [Action.EXTEND_WAIT, Action.CANCEL]
    if picture.candidates:
        found.append(Action.ASSIGN)
    if picture.times:
        found.append(Action.OFFER_SLOTS)
    return found


KIND = Kind(
    reasons=(
        EscalationReason.NO_PROPOSALS,
        EscalationReason.PARTIAL,
        EscalationReason.NO_COMMON_TIME,
    ),
    decisions=(
        Decision(
            action=Action.ASSIGN,
            button="Assign a candidate (Data: the number, empty for 1)",
            explains="Call the expert first: they are booked at the time in their line.",
            wants=Wants.CANDIDATE,
        ),
        Decision(
            action=Action.OFFER_SLOTS,
            button="Offer the customer the times above",
            explains="The customer gets a link that accepts one of them.",
        ),
        Decision(
            action=Action.EXTEND_WAIT,
            button="Wait longer (Data: hours, empty for as long again)",
            explains="Nobody is asked again before.",
            wants=Wants.HOURS,
        ),
        CANCEL,
    ),
    headline=headline,
    facts=facts,
    narrowed=possible,
)
