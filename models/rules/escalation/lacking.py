"""What of a ticket still lacks somebody, where a person is asked whom to send."""

from models.rules.transitions import rank
from models.rules.visit.missing import absent
from models.rules.visit.presence import to_come
from models.ticket import Ticket
from models.visit import Position, Visit, VisitGroup, VisitState


def first_lacking(ticket: Ticket, group: VisitGroup | None) -> Visit | None:
    """The first visit of a group that still lacks somebody."""
    if group is None:
        return None
    waiting = [v for v in ticket.visits if v.id in group.visit_ids and v.state is VisitState.OPEN]
    lacking = {name.split(".", 1)[0] for name in group.missing}
    short = [v for v in waiting if str(v.seq) in lacking]
    return next(iter(short or waiting), None)


def position_to_fill(visit: Visit, group: VisitGroup | None) -> Position:
    """The first position that is missing, else the first that nobody holds, or nobody who comes, or
    of those who are to come the one who has got the least far."""
    missing = {m.split(":", 1)[0] for m in group.missing} if group else set()
    missed = {a.position for a in absent(visit)}
    ahead = {a.position: rank(a.state) for a in to_come(visit)}
    free = [p for p in visit.positions if p.idx not in visit.taken]
    lacking = [p for p in free if f"{visit.seq}.{p.idx}" in missing]
    in_vain = [p for p in visit.positions if p.idx in missed]
    awaited = sorted((p for p in visit.positions if p.idx in ahead), key=lambda p: ahead[p.idx])
    return next(iter(lacking or free or in_vain or awaited or visit.positions))
