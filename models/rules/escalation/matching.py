"""Nobody came forward, not enough did, or their times do not meet the customer's."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from models.escalation import Action, Doubt, EscalationReason
from models.identity import derived_id
from models.messages.escalation import ExtendWait
from models.messages.matching import OfferSlots
from models.rules.escalation.chained import bound, named, needed
from models.rules.escalation.deed import Deed, Preparation, Request, sent
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture, Shown, Wants
from models.rules.escalation.numbering import candidate_of
from models.rules.escalation.wording import missing_in_words
from models.rules.transitions import TicketCommand, status_of
from models.ticket import Ticket, TicketStatus
from models.visit import MatchState, Visit, VisitGroup

_MOST_SLOTS = 5


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every group that waits too long, but for one that is complete, one whose customer is offered
    times first, and one of which nobody knows (`undecided`)."""
    for group in ticket.matching.groups:
        if group.match_state in (MatchState.FULL_HELD, MatchState.UNDECIDED):
            continue
        if waits_too_long(ticket, group, now) and not _may_offer(ticket, group):
            yield group_doubt(ticket, group)


def group_doubt(ticket: Ticket, group: VisitGroup) -> Doubt:
    """The doubt about a group that waits."""
    first = min(v.seq for v in ticket.visits if v.id in group.visit_ids)
    several = sum(g.is_live for g in ticket.matching.groups) > 1
    return Doubt(group.id, _why_waiting(group), first if several else None)


def waits_too_long(ticket: Ticket, group: VisitGroup, now: datetime) -> bool:
    """Whether a group has been waiting for longer than the pending timeout."""
    return (
        group.is_live
        and ticket.matching.since is not None
        and status_of(ticket) is not TicketStatus.REVIEW
        and now >= ticket.matching.since + ticket.policies.pending_timeout
    )


def offer_due(ticket: Ticket, now: datetime) -> VisitGroup | None:
    """A group whose customer is offered times before any person is asked, where the policy says
    so."""
    return next(
        (
            g
            for g in ticket.matching.groups
            if waits_too_long(ticket, g, now) and _may_offer(ticket, g)
        ),
        None,
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
        case MatchState.UNDECIDED:
            return EscalationReason.MATCH_UNDECIDED
        case _:
            return EscalationReason.NO_PROPOSALS


def _nobody(picture: Picture) -> str:
    return f"No experts have proposed themselves for {named(picture)}."


def _not_enough(picture: Picture) -> str:
    return f"Not enough experts have proposed themselves for {named(picture)}."


def _no_time(picture: Picture) -> str:
    return f"Experts want to come to {named(picture)}, but not when the customer has time."


def facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    ticket, visit = picture.ticket, picture.visit
    if visit is None or picture.group is None:
        return ()
    proposals = ticket.active_proposals(picture.group)
    lines = [
        f"Appliance: {picture.appliance}, urgency {ticket.filing.urgency}, "
        f"zone {ticket.filing.zone}",
        f"Needed: {needed(visit)}",
        f"Proposals that wait: {len(proposals)}",
    ]
    if picture.group.missing:
        several = len(picture.group.visit_ids) > 1
        missing = (missing_in_words(m, several) for m in picture.group.missing)
        lines.append("Still missing: " + ", ".join(missing))
    if not ticket.promise.coverage.allows_finalising:
        lines.append("It is not settled who pays: until then nobody can be assigned")
    return [*lines, *bound(picture), *_slots(picture, visit), *_times(picture)]


def _slots(picture: Picture, visit: Visit) -> list[str]:
    slots = picture.ticket.slots_of(visit)
    if not slots:
        return ["The customer has named no times yet"]
    lines = [f"The customer has time {picture.span(s)}" for s in slots[:_MOST_SLOTS]]
    more = len(slots) - len(lines)
    return [*lines, f"and {more} times more"] if more else lines


def _times(picture: Picture) -> list[str]:
    """All that would be offered, each from its start to its end."""
    lines = [f"{t.number}. Experts could come {picture.span(t)}" for t in picture.times]
    if not lines:
        return lines
    count = f"these {len(lines)} times" if len(lines) > 1 else "this one time"
    return [*lines, f"The customer would be offered {count}"]


def possible(picture: Picture) -> Sequence[Action]:
    """Nobody to assign, or nobody who pays yet, and no time to offer: those buttons are gone."""
    found = [Action.EXTEND_WAIT, Action.CANCEL]
    if picture.candidates and picture.ticket.promise.coverage.allows_finalising:
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


EXTEND_WAIT = Decision(
    number=3,
    action=Action.EXTEND_WAIT,
    label="Wait longer",
    explains="Nobody is asked again before.",
    wants=Wants.HOURS,
    asks=_extended,
)
DECISIONS = (
    Decision(
        number=1,
        action=Action.ASSIGN,
        label="Assign a candidate",
        explains="Call the expert first: they are booked at the time in their line.",
        wants=Wants.CANDIDATE,
        needs=TicketCommand.ASSIGN_EXPERT,
        asks=_assigned,
    ),
    Decision(
        number=2,
        action=Action.OFFER_SLOTS,
        label="Offer the customer the times above",
        explains="The customer gets a link that accepts one of them: all those above, no other.",
        wants=Wants.TIMES,
        before=Preparation.TIMES,
        needs=TicketCommand.OFFER_SLOTS,
        asks=_offered,
    ),
    EXTEND_WAIT,
    CANCEL,
)

KINDS = tuple(
    Kind(
        reason=reason,
        headline=headline,
        facts=facts,
        shows=frozenset({Shown.TIMES, Shown.CANDIDATES}),
        narrowed=possible,
        decisions=DECISIONS,
    )
    for reason, headline in (
        (EscalationReason.NO_PROPOSALS, _nobody),
        (EscalationReason.PARTIAL, _not_enough),
        (EscalationReason.NO_COMMON_TIME, _no_time),
    )
)
