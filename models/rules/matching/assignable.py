"""Whether this expert may be sent by hand, at that time, beside the visits that stand."""

from datetime import datetime

from models.calendar import Window, grid_at_or_after, merged
from models.errors import Conflict, Invalid
from models.messages.matching import AssignExpert
from models.people.expert import Expert
from models.rules.matching.eligibility import holds_until
from models.rules.matching.slots import HORIZON
from models.ticket import Ticket
from models.visit import Dependency, Position, Visit, VisitGroup, VisitState


def require_able(expert: Expert, position: Position, until: datetime) -> None:
    """Let an expert fill a position. How far away they live is between them and the helpdesk.

    Raises:
        Conflict: `expert-not-verified`, `skill-missing`.
    """
    if not expert.status.may_work:
        raise Conflict("expert-not-verified", "Only a verified expert is sent.", field="/expert_id")
    if not holds_until(expert.skills, position, until):
        raise Conflict(
            "skill-missing",
            "The expert does not hold the position's skill, at its level, at that time.",
            field="/expert_id",
            skills=[position.skill],
            min_level=position.min_level,
        )


def require_time(ticket: Ticket, visit: Visit, wish: AssignExpert, now: datetime) -> None:
    """Let a visit be fixed at the time of a wish.

    Raises:
        Conflict: `start-fixed`.
        Invalid: `start-off-grid`, `start-in-the-past`, `start-too-far`, `consent-missing`.
    """
    start, end = wish.start, wish.start + visit.length
    if start != grid_at_or_after(start):
        raise Invalid("start-off-grid", "Visits start on the quarter hour.", field="/start")
    if start <= now:
        raise Invalid("start-in-the-past", "A visit starts in the future.", field="/start")
    if end > now + HORIZON:
        raise Invalid("start-too-far", f"A visit ends within {HORIZON.days} days.", field="/start")
    if visit.start is not None and visit.start != start:
        raise Conflict(
            "start-fixed",
            "Somebody is sent to this visit at another time already; all come at one time.",
            field="/start",
            start=visit.start.isoformat(),
        )
    if not wish.customer_consent and not suits(ticket, visit, start):
        raise Invalid(
            "consent-missing",
            "The time is outside the slots: the customer has to consent.",
            field="/customer_consent",
        )


def suits(ticket: Ticket, visit: Visit, start: datetime) -> bool:
    """Whether a visit that starts then lies within one of the customer's slots."""
    return any(s.holds(start, start + visit.length) for s in merged(ticket.slots_of(visit)))


def agreed(ticket: Ticket, visit: Visit, start: datetime) -> Visit:
    """The visit, with a time to which its customer consented among its slots from now on."""
    if suits(ticket, visit, start):
        return visit
    time = Window(start=start, end=start + visit.length)
    return visit.with_agreed(merged((*ticket.slots_of(visit), time)))


def require_gaps(ticket: Ticket, group: VisitGroup, visit: Visit, start: datetime) -> None:
    """Keep the gaps to the visits that stand; those that wait are matched around this one.

    Raises:
        Conflict: `gap-broken`.
    """
    for rule in group.dependencies:
        other, first, last = _bounds(ticket, rule, visit)
        if (first is not None and start < first) or (last is not None and start > last):
            raise Conflict(
                "gap-broken",
                "The gap to a visit that stands would not be kept.",
                field="/start",
                visit_id=other,
                earliest=first.isoformat() if first else None,
                latest=last.isoformat() if last else None,
            )


def room_beside(
    ticket: Ticket, group: VisitGroup, visit: Visit
) -> tuple[datetime | None, datetime | None]:
    """The first and the last start that the gaps to visits that stand leave a visit."""
    bounds = [_bounds(ticket, rule, visit) for rule in group.dependencies]
    firsts = [first for _, first, _ in bounds if first is not None]
    lasts = [last for _, _, last in bounds if last is not None]
    return max(firsts, default=None), min(lasts, default=None)


def require_same_people(ticket: Ticket, group: VisitGroup, visit: Visit, expert_id: str) -> None:
    """Keep `same_expert`, where it can be kept by hand.

    Raises:
        Conflict: `same-expert-broken`; `same-expert-crew` where several people are needed and the
            other visit still waits for them.
    """
    for mate_id in _mates(group, visit.id):
        mate = ticket.visit(mate_id)
        assert mate is not None, "dependencies name visits of the ticket"
        if mate.state is not VisitState.OPEN:
            as_many = len(mate.positions) == len(visit.positions)
            if not as_many or all(a.expert_id != expert_id for a in mate.crew):
                raise Conflict(
                    "same-expert-broken",
                    "Another visit stands that must be made by the same people.",
                    field="/expert_id",
                    visit_id=mate.id,
                )
        elif len(visit.positions) > 1 or len(mate.positions) > 1:
            raise Conflict(
                "same-expert-crew",
                "Visits for several people that must be the same ones are settled by proposals.",
                visit_id=mate.id,
            )


def _bounds(
    ticket: Ticket, rule: Dependency, visit: Visit
) -> tuple[str, datetime | None, datetime | None]:
    """The first and the last start that a dependency leaves a visit; none, if the other visit has
    no time yet."""
    before, after = ticket.visit(rule.predecessor), ticket.visit(rule.successor)
    if after is not None and before is not None and after.id == visit.id:
        if (end := before.actual_end or before.end) is not None:
            latest = None if rule.max_gap is None else end + rule.max_gap
            return before.id, end + rule.min_gap, latest
    elif after is not None and after.start is not None and rule.predecessor == visit.id:
        end = after.start - visit.length
        return after.id, None if rule.max_gap is None else end - rule.max_gap, end - rule.min_gap
    return visit.id, None, None


def _mates(group: VisitGroup, visit_id: str) -> set[str]:
    """The other visits that must have the same people, directly or through others."""
    found = {visit_id}
    while True:
        more = {
            end
            for rule in group.dependencies
            if rule.same_expert and found & {rule.predecessor, rule.successor}
            for end in (rule.predecessor, rule.successor)
        }
        if more <= found:
            return found - {visit_id}
        found |= more
