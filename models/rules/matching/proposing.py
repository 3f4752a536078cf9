"""How experts propose themselves (docs/rules/states.md, Proposal)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from models.calendar import Window, grid_starts, merged, packed
from models.errors import Conflict, Invalid, NotFound
from models.event import Cause
from models.events.matching import ProposalNarrowed, ProposalPosted, ProposalReleased
from models.messages.matching import NarrowProposal, Propose, Proposed
from models.rules.transitions import TicketCommand, illegal, require_allowed
from models.ticket import Ticket
from models.visit import Proposal, ProposalState, Visit, VisitGroup, VisitState

MOST_WINDOWS = 50
MOST_PROPOSALS = 200
"""How many proposals of a group may still win, or win again."""
MOST_EVER = 1_000
"""How many a ticket takes in all: it carries each of them through Temporal as long as it lives."""


def proposed(ticket: Ticket, offer: Propose, now: datetime) -> Ticket:
    """The ticket with the offer in its group's queue, at the place that its arrival gives it.

    Raises:
        NotFound: `visit-unknown`.
        Conflict: `illegal-transition` on a visit that is settled already; `expert-twice`,
            `position-taken` where a hand left nothing to them.
        Invalid: `too-many-windows`, `too-many-proposals`, `windows-too-short`.
    """
    if any(p.id == offer.proposal_id for p in ticket.matching.proposals):
        return ticket
    visit, group = ticket.visit(offer.visit_id), ticket.group_of(offer.visit_id)
    if visit is None or group is None:
        raise NotFound("visit-unknown", "This ticket has no such visit.")
    if visit.state is not VisitState.OPEN or not group.is_live:
        raise illegal("propose", visit.state, [])
    require_allowed(ticket, TicketCommand.PROPOSE)
    _require_free_position(visit, offer)
    _require_room(ticket, group, now)
    windows = usable_windows(offer.windows, visit, now + ticket.policies.min_lead)
    proposal = Proposal(
        id=offer.proposal_id,
        visit_id=visit.id,
        expert_id=offer.expert_id,
        times=packed(windows),
        seq=len(ticket.matching.proposals) + 1,
    )
    ticket = ticket.with_group(group.but(needs_matching=True))
    proposals = (*ticket.matching.proposals, proposal)
    return ticket.but(matching=ticket.matching.but(proposals=proposals)).happened(
        ProposalPosted(
            proposal_id=proposal.id,
            visit_id=visit.id,
            expert_id=proposal.expert_id,
            priority_seq=proposal.seq,
            windows=len(windows),
        ),
        now,
        offer.by,
    )


def _require_free_position(visit: Visit, offer: Propose) -> None:
    if visit.assignment_of(offer.expert_id) is not None:
        raise Conflict("expert-twice", "You are sent to this visit already.", field="")
    if offer.able is not None and visit.taken.issuperset(offer.able):
        raise Conflict(
            "position-taken",
            "Somebody is sent already to every position of the visit that you could fill.",
            field="",
            positions=sorted(visit.taken),
        )


def _require_room(ticket: Ticket, group: VisitGroup, now: datetime) -> None:
    proposals = ticket.matching.proposals
    live = sum(p.visit_id in group.visit_ids and may_win(ticket, p, now) for p in proposals)
    if live >= MOST_PROPOSALS:
        raise Invalid(
            "too-many-proposals", f"A group takes at most {MOST_PROPOSALS} proposals.", field=""
        )
    if len(proposals) >= MOST_EVER:
        raise Invalid(
            "too-many-proposals", f"A ticket takes {MOST_EVER:,} proposals in all.", field=""
        )


def may_win(ticket: Ticket, proposal: Proposal, now: datetime) -> bool:
    """Whether a proposal counts at `now`, or will if its visit is matched anew."""
    return proposal.state is ProposalState.ACTIVE or may_win_again(ticket, proposal, now)


def may_win_again(ticket: Ticket, proposal: Proposal, now: datetime) -> bool:
    """Whether a proposal that was settled holds its visit in the future."""
    visit = ticket.visit(proposal.visit_id)
    if visit is None or proposal.state not in (ProposalState.RELEASED, ProposalState.SELECTED):
        return False
    return any(next(grid_starts(w, visit.duration, now), None) for w in proposal.windows)


def usable_windows(
    windows: Sequence[Window], visit: Visit, earliest: datetime
) -> tuple[Window, ...]:
    """The windows of one proposal, merged; at least one must hold the visit after `earliest`, and
    once what it waits for is there."""
    earliest = max(earliest, visit.not_before or earliest)
    if not 1 <= len(windows) <= MOST_WINDOWS:
        raise Invalid(
            "too-many-windows" if windows else "windows-missing",
            f"A proposal names 1 to {MOST_WINDOWS} windows.",
            field="/windows",
        )
    joined = merged(windows)
    if not any(next(grid_starts(w, visit.duration, earliest), None) for w in joined):
        raise Invalid(
            "windows-too-short",
            "No window holds the visit, from the earliest time it can start.",
            field="/windows",
            earliest=earliest.isoformat(),
            minutes=visit.duration.total_seconds() / 60,
        )
    return joined


def proposal_narrowed(ticket: Ticket, change: NarrowProposal, now: datetime) -> Ticket:
    """The ticket with the windows of a proposal shrunk; it keeps its place
    (docs/rules/matching.md, When something changes).

    Raises:
        NotFound: `proposal-unknown`.
        Conflict: `illegal-transition` on a proposal that no longer waits.
        Invalid: `windows-wider`: to offer more, propose again.
    """
    proposal, visit = own_proposal(ticket, change.proposal_id, change.expert_id)
    if proposal.state is not ProposalState.ACTIVE:
        raise illegal("narrow", proposal.state, [])
    windows = usable_windows(change.windows, visit, now)
    known = merged(proposal.windows)
    if not all(any(k.holds(w.start, w.end) for k in known) for w in windows):
        raise Invalid(
            "windows-wider",
            "Windows may only shrink; to offer more times, make another proposal.",
            field="/windows",
        )
    return proposal_reconsidered(ticket, proposal.but(times=packed(windows))).happened(
        ProposalNarrowed(
            proposal_id=proposal.id,
            visit_id=visit.id,
            expert_id=proposal.expert_id,
            windows=len(windows),
        ),
        now,
        change.by,
    )


def own_proposal(ticket: Ticket, proposal_id: str, expert_id: str) -> tuple[Proposal, Visit]:
    """A proposal of an expert, and its visit.

    Raises:
        NotFound: `proposal-unknown`.
    """
    proposal = next((p for p in ticket.matching.proposals if p.id == proposal_id), None)
    visit = ticket.visit(proposal.visit_id) if proposal else None
    if proposal is None or visit is None or proposal.expert_id != expert_id:
        raise NotFound("proposal-unknown", "There is no such proposal of yours.")
    return proposal, visit


def proposal_reconsidered(ticket: Ticket, proposal: Proposal) -> Ticket:
    """The ticket with a proposal in its newer form, its group to be evaluated again."""
    group = ticket.group_of(proposal.visit_id)
    if group is not None and group.is_live:
        ticket = ticket.with_group(group.but(needs_matching=True))
    return ticket.with_proposal(proposal)


def place_of(ticket: Ticket, proposal_id: str) -> Proposed:
    """The place that a proposal holds."""
    proposal = next(p for p in ticket.matching.proposals if p.id == proposal_id)
    return Proposed(
        proposal_id=proposal.id,
        visit_id=proposal.visit_id,
        priority_seq=proposal.seq,
        state=proposal.state,
    )


def proposals_released(
    ticket: Ticket,
    visit_ids: Sequence[str],
    by: Cause,
    now: datetime,
    winners: Collection[str] = (),
) -> Ticket:
    """The ticket with the waiting proposals on some visits let go, and their experts told once;
    `winners` hear something better."""
    waiting: dict[str, list[Proposal]] = {}
    for proposal in ticket.matching.proposals:
        if proposal.state is ProposalState.ACTIVE and proposal.visit_id in visit_ids:
            waiting.setdefault(proposal.expert_id, []).append(proposal)
            ticket = ticket.with_proposal(proposal.but(state=ProposalState.RELEASED))
    for expert_id, proposals in waiting.items():
        if expert_id not in winners:
            ticket = ticket.happened(
                ProposalReleased(
                    expert_id=expert_id,
                    visit_id=proposals[0].visit_id,
                    proposal_ids=[p.id for p in proposals],
                ),
                now,
                by,
            )
    return ticket
