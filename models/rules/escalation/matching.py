"""Nobody came forward, not enough did, or their times do not meet the customer's."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from models.escalation import Action, Doubt, EscalationReason
from models.identity import derived_id
from models.messages.escalation import ExtendWait
from models.messages.ticket import OfferSlots
from models.rules.escalation.deed import Deed, Preparation, Request, sent
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture, Shown, Wants
from models.rules.escalation.numbering import candidate_of
from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus
from models.visit import MatchState, VisitGroup

_SHOWN = 3


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every group that waits too long, but for one that is complete and one whose customer is
    offered times first."""
    for group in ticket.groups:
        held = group.match_state is MatchState.FULL_HELD
        if waits_too_long(ticket, group, now) and not held and not _may_offer(ticket, group):
            yield group_doubt(ticket, group)


def group_doubt(ticket: Ticket, group: VisitGroup) -> Doubt:
    """The doubt about a group that waits."""
    first = min(v.seq for v in ticket.visits if v.id in group.visit_ids)
    several = sum(g.is_live for g in ticket.groups) > 1
    return Doubt(group.id, _why_waiting(group), first if several else None)


def waits_too_long(ticket: Ticket, group: VisitGroup, now: datetime) -> bool:
    """Whether a group has been waiting for longer than the pending timeout."""
    return (
        group.is_live
        and ticket.matching_since is not None
        and status_of(ticket) is not TicketStatus.REVIEW
        and now >= ticket.matching_since + ticket.policies.pending_timeout
    )


def offer_due(ticket: Ticket, now: datetime) -> VisitGroup | None:
    """A group whose customer is offered times before any person is asked, where the policy says
    so."""
    return next(
        (g for g in ticket.groups if waits_too_long(ticket, g, now) and _may_offer(ticket, g)), None
    )


def _may_offer(ticket: Ticket, group: VisitGroup) -> bool:
    return (
        ticket.policies.auto_offer_slots
        and group.match_state is MatchState.NO_COMMON_TIME
        and group.offered_round < group.round
    )


def _why_waiting(group: VisitGroup) -> EscalationReason:
    match group.match_state:
        case MatchState.PARTIAL:
            return EscalationReason.PARTIAL
        case MatchState.NO_COMMON_TIME:
            return EscalationReason.NO_COMMON_TIME
        case _:
            return EscalationReason.NO_PROPOSALS


def _nobody(picture: Picture) -> str:
    return f"No experts have proposed themselves for {picture.visit_name}."


def _not_enough(picture: Picture) -> str:
    return f"Not enough experts have proposed themselves for {picture.visit_name}."


def _no_time(picture: Picture) -> str:
    return f"Experts want to come to {picture.visit_name}, but not when the customer has time."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket, visit = picture.ticket, picture.visit
    if visit is None or picture.group is None:
        return ()
    proposals = ticket.active_proposals(picture.group)
    lines = [
        f"Appliance: {ticket.category or 'not known yet'}, urgency {ticket.urgency}, "
        f"zone {ticket.zone}",
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


def _possible(picture: Picture) -> Sequence[Action]:
    """Nobody to assign and no time to offer: those buttons are gone."""
    found = [Action.EXTEND_WAIT, Action.CANCEL]
    if picture.candidates:
        found.append(Action.ASSIGN)
    if picture.times:
        found.append(Action.OFFER_SLOTS)
    return found


def _assigned(deed: Deed) -> Request:
    return sent(deed, candidate_of(deed.escalation, deed.choice.parameter))


def _offered(deed: Deed) -> Request:
    offer_id = derived_id("off", deed.escalation.id, deed.choice.command_id)
    return "offer_slots", OfferSlots(offer_id=offer_id, options=deed.times, by=deed.by)


def _extended(deed: Deed) -> Request:
    hours = deed.choice.parameter
    return "extend_wait", ExtendWait(
        subject=deed.escalation.subject,
        reason=deed.escalation.reason,
        by=deed.by,
        until=deed.now + timedelta(hours=hours) if isinstance(hours, int) else None,
    )


DECISIONS = (
    Decision(
        number=1,
        action=Action.ASSIGN,
        label="Assign a candidate",
        explains="Call the expert first: they are booked at the time in their line.",
        wants=Wants.CANDIDATE,
        asks=_assigned,
    ),
    Decision(
        number=2,
        action=Action.OFFER_SLOTS,
        label="Offer the customer the times above",
        explains="The customer gets a link that accepts one of them.",
        before=Preparation.TIMES,
        asks=_offered,
    ),
    Decision(
        number=3,
        action=Action.EXTEND_WAIT,
        label="Wait longer",
        explains="Nobody is asked again before.",
        wants=Wants.HOURS,
        asks=_extended,
    ),
    CANCEL,
)

KINDS = tuple(
    Kind(
        reason=reason,
        headline=headline,
        facts=_facts,
        shows=frozenset({Shown.TIMES, Shown.CANDIDATES}),
        narrowed=_possible,
        decisions=DECISIONS,
    )
    for reason, headline in (
        (EscalationReason.NO_PROPOSALS, _nobody),
        (EscalationReason.PARTIAL, _not_enough),
        (EscalationReason.NO_COMMON_TIME, _no_time),
    )
)
