"""Whether chained visits began as long after each other as they were to (docs/rules/states.md,
Gaps in fact). Nobody can undo it where they did not, and nobody is to overlook it."""

from models.ticket import Attention, Ticket
from models.visit import Dependency, VisitState


def with_gaps_looked_at(ticket: Ticket) -> Ticket:
    """The ticket at which somebody should look while a gap was not kept, as its reports stand
    now."""
    rules = (rule for group in ticket.matching.groups for rule in group.dependencies)
    if any(is_broken(ticket, rule) for rule in rules):
        return ticket.with_attention(Attention.GAP_NOT_KEPT)
    known = ticket.filing.attention
    if Attention.GAP_NOT_KEPT not in known:
        return ticket
    left = tuple(a for a in known if a is not Attention.GAP_NOT_KEPT)
    return ticket.but(filing=ticket.filing.but(attention=left))


def is_broken(ticket: Ticket, rule: Dependency) -> bool:
    """Whether work began nearer to the end of what it follows than it was to, or further from it;
    what has not begun, or follows what has not ended, breaks nothing yet."""
    before, after = ticket.visit(rule.predecessor), ticket.visit(rule.successor)
    if before is None or after is None:
        return False
    if VisitState.CANCELLED in (before.state, after.state):
        return False
    if before.actual_end is None or after.actual_start is None:
        return False
    gap = after.actual_start - before.actual_end
    return gap < rule.min_gap or (rule.max_gap is not None and gap > rule.max_gap)
