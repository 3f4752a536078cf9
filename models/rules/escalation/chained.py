"""What is said of visits that are settled together: each of them, what binds them, and who offered
when for which."""

from collections.abc import Iterator
from datetime import timedelta

from models.rules.escalation.kind import Picture
from models.rules.escalation.wording import in_words
from models.ticket import Ticket
from models.visit import Dependency, Proposal, Visit, VisitGroup

MOST_OFFERS, _MOST_WINDOWS, _MOST_SLOTS = 4, 2, 2
"""That are shown of a visit, of an offer, and of a visit's own times."""
_MINUTE = timedelta(minutes=1)


def together(ticket: Ticket, group: VisitGroup | None) -> list[Visit]:
    """The visits of a group that has several."""
    visits = [v for v in ticket.visits if group and v.id in group.visit_ids and v.is_live]
    return visits if len(visits) > 1 else []


def shown_offers(ticket: Ticket, group: VisitGroup, visit: Visit) -> list[Proposal]:
    """The offers for a visit that are shown, in their order."""
    offers = [p for p in ticket.active_proposals(group) if p.visit_id == visit.id]
    return offers[:MOST_OFFERS]


def named(picture: Picture) -> str:
    """The visit as people call it, or all of those that are settled together."""
    visits = together(picture.ticket, picture.group)
    if not visits:
        return picture.visit_name
    *most, last = (str(v.seq) for v in visits)
    return f"visits {', '.join(most)} and {last} of {picture.name}"


def bound(picture: Picture) -> Iterator[str]:
    """Every visit of a group that has several, and what binds them; nothing of one alone."""
    group, ticket = picture.group, picture.ticket
    visits = together(ticket, group)
    if group is None or not visits:
        return
    yield "These visits are settled together, all or none"
    yield from (_bond(rule, ticket) for rule in group.dependencies)
    for visit in visits:
        yield f"Visit {visit.seq} needs {needed(visit)}{_fixed(picture, visit)}"
        yield from _times(picture, visit)
        yield from _offers(picture, group, visit)
    if picture.candidates and picture.visit:
        yield f"The candidates are for visit {picture.visit.seq}"


def needed(visit: Visit) -> str:
    """Who is needed for a visit, and for how long."""
    who = ", ".join(f"{in_words(p.skill)} (level {p.min_level})" for p in visit.positions)
    return f"{who}, {visit.duration // _MINUTE} minutes"


def _bond(rule: Dependency, ticket: Ticket) -> str:
    seq = {v.id: v.seq for v in ticket.visits}
    least, most = rule.min_gap // _MINUTE, rule.max_gap
    gap = f"{least} minutes or more" if most is None else f"{least} to {most // _MINUTE} minutes"
    same = ", with the same expert" if rule.same_expert else ""
    before, after = seq.get(rule.predecessor), seq.get(rule.successor)
    return f"Visit {after} begins {gap} after visit {before} ends{same}"


def _fixed(picture: Picture, visit: Visit) -> str:
    return f", and is {picture.local(visit.start)}" if visit.start else ""


def _times(picture: Picture, visit: Visit) -> Iterator[str]:
    """The times that the customer named for this visit and not for the ticket."""
    for slot in (visit.slots or ())[:_MOST_SLOTS]:
        yield f"For visit {visit.seq} the customer has time {picture.span(slot)}"


def _offers(picture: Picture, group: VisitGroup, visit: Visit) -> Iterator[str]:
    shown = shown_offers(picture.ticket, group, visit)
    yield from (_offer(picture, visit, offer) for offer in shown)
    waiting = sum(p.visit_id == visit.id for p in picture.ticket.active_proposals(group))
    if waiting > len(shown):
        yield f"and {waiting - len(shown)} offers more for visit {visit.seq}"
    if not waiting and not visit.crew:
        yield f"Nobody has offered to make visit {visit.seq}"


def _offer(picture: Picture, visit: Visit, offer: Proposal) -> str:
    number = picture.expert_nos.get(offer.expert_id)
    who = f"Expert no. {number}" if number else "An expert"
    windows = offer.windows
    times = " or ".join(picture.span(w) for w in windows[:_MOST_WINDOWS])
    more = len(windows) - _MOST_WINDOWS
    return f"{who} offers visit {visit.seq} {times}{f' or {more} times more' if more > 0 else ''}"
