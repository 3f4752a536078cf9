"""The visit that goes on with one whose work is not done (docs/rules/states.md, Follow-up)."""

from datetime import datetime, timedelta
from functools import partial

from models.calendar import grid_starts
from models.event import OURSELVES, Cause
from models.events.continuing import FollowUpPlanned, SlotsNeeded, VisitOfferedFirst
from models.events.visit import VisitOpened, VisitReleased
from models.field import FactKind, Particulars, ReportedFact, Shortfall
from models.rules.matching.proposing import proposals_released
from models.rules.matching.rescheduling import visits_released
from models.rules.matching.settling import finalised
from models.rules.transitions import require_visit
from models.rules.visit.opening import next_ids, visit_offered
from models.rules.visit.presence import was_there
from models.rules.visit.settled import is_round_over
from models.rules.visit.striking_off import struck_off
from models.ticket import Attention, Ticket
from models.visit import Dependency, Position, Visit, VisitGroup, VisitState

_AHEAD = (VisitState.OPEN, VisitState.SCHEDULED)


def lacks_follow_up(ticket: Ticket, visit: Visit) -> bool:
    """Whether a visit ended before its work was done, and nothing is to go on with it."""
    if visit.state is not VisitState.INCOMPLETE or visit.closed_as_it_is:
        return False
    return not any(
        v.follows == visit.id and v.state is not VisitState.CANCELLED for v in ticket.visits
    )


def coming_after(ticket: Ticket, visit_id: str) -> tuple[str, ...]:
    """The visits that were to come after one, directly or not, and have not begun."""
    rules = [d for g in ticket.matching.groups for d in g.dependencies]
    ahead = {v.id for v in ticket.visits if v.state in _AHEAD}
    found = {visit_id}
    while more := {d.successor for d in rules if d.predecessor in found} & ahead - found:
        found |= more
    return tuple(v.id for v in ticket.visits if v.id in found - {visit_id})


def with_follow_up(
    ticket: Ticket,
    ended: Visit,
    said: Particulars,
    by: Cause,
    now: datetime,
    asked_by: str | None = None,
) -> Ticket:
    """The ticket with a visit more, that goes on with one which ended before its work was done.

    What was to follow that one and has not begun is released and follows the new one; all of it is
    matched in a new round. Whoever was there is told first, unless it takes another skill.
    """
    group = ticket.group_of(ended.id)
    assert group is not None, "a visit that has ended was booked"
    visit = _goes_on_with(ticket, ended, said, now).but(group_id=group.id, asked_by=asked_by)
    follows_now = tuple(_moved_to(ticket, d, ended.id, visit.id) for d in group.dependencies)
    joined = group.but(visit_ids=(*group.visit_ids, visit.id), dependencies=follows_now)
    ticket = (
        ticket.but(visits=(*ticket.visits, visit))
        .with_group(joined)
        .happened(
            VisitOpened(
                visit_id=visit.id, group_id=group.id, skills=[p.skill for p in visit.positions]
            ),
            now,
            OURSELVES,
        )
    )
    ticket = visits_released(ticket, [visit.id], by, now)
    return _offered(_told(ticket, visit, by, now), ended, visit, now)


def followed_up(ticket: Ticket, before: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket whose visit is gone on with as its reports want it: by another one, where somebody
    ended it with work undone; by none, where nobody did after all. `before` is the visit before
    what was reported, or taken back."""
    visit = require_visit(ticket, before.id)
    if visit.state is not VisitState.INCOMPLETE:
        was_undone = before.state is VisitState.INCOMPLETE
        return without_follow_up(ticket, visit, by, now) if was_undone else ticket
    known = _undone(before)
    said = next(
        (f.particulars for f in _undone(visit) if f not in known and f.particulars.follow_up), None
    )
    if said is None or not lacks_follow_up(ticket, visit) or is_round_over(ticket, visit):
        return ticket
    return with_follow_up(ticket, visit, said, by, now)


def _undone(visit: Visit) -> list[ReportedFact]:
    """The reports with which work ended undone, the first to occur first."""
    ends = (visit.ending_of(a) for a in visit.crew)
    return sorted((f for f in ends if f and f.kind is FactKind.INCOMPLETE), key=lambda f: f.order)


def without_follow_up(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket without the visit that was to go on with one which has not ended after all, unless
    that has begun. What was to follow it follows the other again."""
    after = (v for v in ticket.visits if v.follows == visit.id and v.state in _AHEAD)
    follow_up, group = next(after, None), ticket.group_of(visit.id)
    if follow_up is None or group is None:
        return ticket
    if follow_up.start is not None:
        released = VisitReleased(visit_id=follow_up.id, start=follow_up.start.isoformat())
        ticket = ticket.happened(released, now, by)
    ticket = _with_times(struck_off(ticket, follow_up, by, now))
    ticket = proposals_released(ticket, [follow_up.id], by, now)
    follows_again = (
        d.but(predecessor=visit.id) if d.predecessor == follow_up.id else d
        for d in group.dependencies
    )
    return _settled_without(ticket, group.but(dependencies=tuple(follows_again)), now)


def _with_times(ticket: Ticket) -> Ticket:
    """The ticket whose customer is asked for no times, where they named some."""
    filing = ticket.filing
    left = tuple(a for a in filing.attention if a is not Attention.SLOTS_MISSING)
    return ticket.but(filing=filing.but(attention=left)) if filing.slots else ticket


def _settled_without(ticket: Ticket, group: VisitGroup, now: datetime) -> Ticket:
    """The ticket with a group that waits for one visit less, perhaps for none."""
    waits = any(v.state is VisitState.OPEN for v in ticket.visits if v.id in group.visit_ids)
    if waits:
        return ticket.with_group(group.but(needs_matching=True))
    return finalised(ticket, group, OURSELVES, now) if group.is_live else ticket.with_group(group)


def _goes_on_with(ticket: Ticket, ended: Visit, said: Particulars, now: datetime) -> Visit:
    visit_id, _ = next_ids(ticket)
    other = said.skill if said.shortfall is Shortfall.WRONG_SKILL else None
    first = ticket.policies.first_refusal
    told_first = other is None and first and not ticket.review_open
    return Visit(
        id=visit_id,
        round=ticket.round,
        seq=max(v.seq for v in ticket.visits) + 1,
        duration=timedelta(minutes=said.minutes) if said.minutes else ended.duration,
        positions=(Position(idx=0, skill=other),) if other else ended.positions,
        slots=ended.slots,
        agreed=ended.agreed,
        follows=ended.id,
        not_before=said.parts_eta,
        first_until=now + first if told_first else None,
    )


def _moved_to(ticket: Ticket, rule: Dependency, ended: str, visit_id: str) -> Dependency:
    """A dependency that hangs on the new visit now, where what follows has not begun."""
    after = ticket.visit(rule.successor)
    if rule.predecessor != ended or after is None or after.state not in _AHEAD:
        return rule
    return rule.but(predecessor=visit_id)


def _told(ticket: Ticket, visit: Visit, by: Cause, now: datetime) -> Ticket:
    """The ticket whose customer knows that somebody comes again, and is asked for times where they
    named none that will do."""
    earliest = now + ticket.policies.min_lead
    has_room = any(
        next(grid_starts(slot, visit.duration, earliest), None) for slot in ticket.slots_of(visit)
    )
    assert visit.follows is not None, "it goes on with another"
    news = FollowUpPlanned if has_room else SlotsNeeded
    ticket = ticket.happened(
        news(
            visit_id=visit.id,
            follows=visit.follows,
            not_before=visit.not_before.isoformat() if visit.not_before else None,
        ),
        now,
        by,
    )
    return ticket if has_room else ticket.with_attention(Attention.SLOTS_MISSING)


def _offered(ticket: Ticket, ended: Visit, visit: Visit, now: datetime) -> Ticket:
    """The ticket of whose new visit experts are told: those who were there first, if any are."""
    if ticket.review_open:
        return ticket
    if visit.first_until is None:
        return visit_offered(ticket, visit, OURSELVES, now)
    for assignment in filter(partial(was_there, ended), ended.crew):
        told = VisitOfferedFirst(
            visit_id=visit.id,
            expert_id=assignment.expert_id,
            until=visit.first_until.isoformat(),
        )
        ticket = ticket.happened(told, now, OURSELVES)
    return ticket


def offered_to_all(ticket: Ticket, due: datetime, now: datetime) -> Ticket:
    """The ticket of whose visits everybody is told, once those who were to hear of them first have
    had their time."""
    for visit in ticket.visits:
        if visit.first_until is None or due < visit.first_until:
            continue
        visit = visit.but(first_until=None)
        ticket = ticket.with_visit(visit)
        if visit.state is VisitState.OPEN:
            ticket = visit_offered(ticket, visit, OURSELVES, now)
    return ticket
