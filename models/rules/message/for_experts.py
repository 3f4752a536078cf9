"""Which news is still news to an expert (docs/rules/messages.md, What is not told)."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from models.message.news import Appointment, News, appointments
from models.message.notification import Suppression
from models.rules.message.judging import (
    Judge,
    Judgement,
    by,
    known_visits,
    telling,
    was_told,
)
from models.rules.message.reminding import told_until
from models.ticket import TicketStatus
from models.visit import AssignmentState, VisitState

LATER, EARLIER = "assignment.shifted", "assignment.brought_forward"
BOOKING = ("proposal.selected", "expert.assigned", "assignment.resent", LATER, EARLIER)
ENDING = ("assignment.cancelled",)
FIRST = "visit.open_first"
TO_COME = (AssignmentState.RESERVED, AssignmentState.ACKNOWLEDGED)
AT_WORK = (AssignmentState.ON_SITE, AssignmentState.WORKING)
ON_THE_WAY = (*TO_COME, AssignmentState.EN_ROUTE)
ONE_CHANGE = timedelta(minutes=1)
"""Whoever was told within it that a visit is cancelled need not hear that their offer is too."""


def _open(news: News) -> Judgement:
    visits, told = news.ticket.visits, appointments(news.facts)
    left = [t for t in told if t.visit_id in visits and _may_propose(news, t)]
    if not left:
        return Suppression.OVERTAKEN
    first = {v.visit_id for t in news.earlier if t.template == FIRST for v in appointments(t.facts)}
    new = [t for t in left if t.visit_id not in first]
    return telling(news, new) if new else Suppression.NOTHING_NEW


def _may_propose(news: News, told: Appointment) -> bool:
    visit, status = news.ticket.visits[told.visit_id], news.ticket.status
    is_open = visit.state is VisitState.OPEN and news.reader not in visit.crew
    return is_open and not status.is_final and status is not TicketStatus.REVIEW


def _booked(news: News) -> Judgement:
    """Whoever has acknowledged knows. Told by what is different: a new visit, its time, or only
    that it was settled anew."""
    left = [t for t in appointments(news.facts) if _comes(news, t, (AssignmentState.RESERVED,))]
    if not left:
        return Suppression.OVERTAKEN
    known = known_visits(news, BOOKING, ENDING)
    before = [known[told.visit_id].start for told in left if told.visit_id in known]
    if not before:
        return telling(news, left)
    is_moved = before != [told.start for told in left]
    return telling(news, left, "assignment.moved" if is_moved else "assignment.kept")


def _comes(news: News, told: Appointment, states: Collection[AssignmentState]) -> bool:
    """Whether the reader comes to a visit at the time that is told, may, and is no further."""
    visit = news.ticket.visits.get(told.visit_id)
    if visit is None or told.start not in (None, visit.start) or news.reader in visit.barred:
        return False
    return visit.crew.get(news.reader) in states


def _shifted(news: News) -> Judgement:
    """Whoever is to come later, or earlier again, hears so until they are there, by which of the
    two it is for them; of an hour that was the last that they heard of they hear nothing."""
    left = [t for t in appointments(news.facts) if _comes(news, t, ON_THE_WAY)]
    if not left:
        return Suppression.OVERTAKEN
    known = known_visits(news, BOOKING, ENDING)
    new = [t for t in left if t.visit_id not in known or known[t.visit_id].start != t.start]
    if not new:
        return Suppression.NOTHING_NEW
    heard, start = known.get(new[0].visit_id, new[0]).start, new[0].start
    if heard is None or start is None or heard == start:
        return telling(news, new)
    return telling(news, new, EARLIER if start < heard else LATER)


def _lasting(news: News) -> Judgement:
    """Only whoever is there still has time, or has none."""
    [told] = appointments(news.facts)
    visit = news.ticket.visits.get(told.visit_id)
    is_there = visit is not None and visit.crew.get(news.reader) in AT_WORK
    return by(news, news.template) if is_there else Suppression.OVERTAKEN


def _let_go(news: News) -> Judgement:
    """Whoever is to come all the same hears when; whoever knew of nothing hears nothing."""
    told = appointments(news.facts)
    gone = [t for t in told if news.reader not in news.ticket.visits[t.visit_id].crew]
    known = known_visits(news, BOOKING, ENDING)
    left = [
        known.get(t.visit_id, t) for t in gone if t.visit_id in known or t.visit_id in news.reported
    ]
    if not left:
        return Suppression.NOTHING_NEW if gone else Suppression.OVERTAKEN
    return telling(news, left)


def _passed_over(news: News) -> Judgement:
    left = [told for told in appointments(news.facts) if _is_lost(news, told)]
    if not left:
        return Suppression.OVERTAKEN
    was_cancelled = any(
        told.template in ENDING and news.now - told.at < ONE_CHANGE for told in news.earlier
    )
    return Suppression.NOTHING_NEW if was_cancelled else telling(news, left)


def _is_lost(news: News, told: Appointment) -> bool:
    visit = news.ticket.visits[told.visit_id]
    is_open_again = visit.state is VisitState.OPEN and not news.ticket.status.is_final
    return news.reader not in visit.crew and not is_open_again


def _reminded(news: News) -> Judgement:
    """Somebody silent before the visit has acknowledged since, one who is late has arrived."""
    visit = news.ticket.visits[news.facts["visit_id"]]
    is_late = visit.start is not None and visit.start <= news.now
    silent = ON_THE_WAY if is_late else (AssignmentState.RESERVED,)
    is_silent = visit.crew.get(news.reader) in silent and news.reader not in visit.barred
    return by(news, news.template) if is_silent else Suppression.OVERTAKEN


def _resent(news: News) -> Judgement:
    """Whoever has acknowledged meanwhile, or comes at another time, hears of that."""
    [told] = appointments(news.facts)
    is_silent = _comes(news, told, (AssignmentState.RESERVED,))
    return by(news, news.template) if is_silent else Suppression.OVERTAKEN


def _at_the_door(news: News) -> Judgement:
    """Whoever stands before a closed door, while it is."""
    visit = news.ticket.visits.get(news.facts["visit_id"])
    waits = visit is not None and visit.state is VisitState.BLOCKED and news.reader in visit.crew
    return by(news, news.template) if waits else Suppression.OVERTAKEN


def _due_soon(news: News) -> Judgement:
    [told] = appointments(news.facts)
    if told.start is None or not _comes(news, told, TO_COME):
        return Suppression.OVERTAKEN
    if news.now >= told_until(news.template, told.start):
        return Suppression.TOO_LATE
    return Suppression.NOTHING_NEW if was_told(news, told) else by(news, news.template)


JUDGES: Mapping[str, Judge] = {
    "visit.open": _open,
    "visit.open_first": _open,
    "proposal.selected": _booked,
    "expert.assigned": _booked,
    "proposal.released": _passed_over,
    "assignment.cancelled": _let_go,
    "assignment.shifted": _shifted,
    "assignment.brought_forward": _shifted,
    "assignment.extended": _lasting,
    "assignment.shortened": _lasting,
    "visit.extension_refused": _lasting,
    "assignment.resent": _resent,
    "assignment.reminder": _reminded,
    "assignment.wait": _at_the_door,
    "assignment.customer_coming": _at_the_door,
    "assignment.may_leave": _at_the_door,
    "assignment.due_in_a_day": _due_soon,
    "assignment.due_in_two_hours": _due_soon,
}
"""By template; what is not here is told as it is, whatever happened since."""
