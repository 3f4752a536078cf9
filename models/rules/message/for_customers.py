"""Which news is still news to a customer (docs/rules/messages.md, What is not told)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from models.geography import SHORTEST_TRIP
from models.message.news import Appointment, News, VisitNow, appointments
from models.message.notification import Suppression
from models.promise.sla import ClockName
from models.rules.message.judging import (
    Judge,
    Judgement,
    Told,
    by,
    known_visits,
    telling,
    was_told,
)
from models.rules.message.reminding import told_until
from models.ticket import Coverage, TicketStatus
from models.visit import ENDED, AssignmentState, VisitState

ON_THE_WAY_AHEAD = timedelta(hours=12)
"""Nobody is on the way for longer."""

ON_THE_WAY_AFTER = timedelta(minutes=15)
"""So long after somebody should have come, nobody is told any more that they will."""

ON_THE_WAY, START_CODE = "visit.on_the_way", "visit.start_code"
SUPPLEMENTED = "ticket.supplemented"
_NOT_BEGUN = (AssignmentState.EN_ROUTE, AssignmentState.ON_SITE)
BOOKING = ("visit.scheduled", "visit.changed")
ENDING = ("visit.cancelled", "ticket.cancelled")
LOOKING = (TicketStatus.RECEIVED, TicketStatus.MATCHING)
UNSETTLED = (*LOOKING, TicketStatus.REVIEW)
STANDING = (VisitState.SCHEDULED, VisitState.EN_ROUTE)
"""A visit of these states takes place as it was booked."""

GONE = (VisitState.OPEN, VisitState.CANCELLED)
"""Of these it does not, and nobody is on it."""

_WHY_RELEASED: Mapping[str, str] = {
    "cannot_arrive": "visit.expert_cannot_come",
    "cannot_enter": "visit.missed",
}
"""By why a visit is open again, the text that says so."""


def _received(news: News) -> Judgement:
    """A receipt is always true; what follows from it is not."""
    status = news.ticket.status
    if status is TicketStatus.REVIEW:
        return by(news, "ticket.in_review")
    return by(news, news.template if status in LOOKING else "ticket.noted")


def _enriched(news: News) -> Judgement:
    """Of a file that was mended its customer hears what they could not be told without one; of what
    was added, once, when nothing is waited for any more."""
    if news.ticket.status.is_final:
        return Suppression.OVERTAKEN
    if "missing" in news.facts:
        return Suppression.NOTHING_NEW
    if "model_id" in news.facts:
        return by(news, news.template)
    was_told = any(told.template in (news.template, SUPPLEMENTED) for told in news.earlier)
    is_news = "added" in news.facts and not was_told
    return by(news, SUPPLEMENTED) if is_news else Suppression.NOTHING_NEW


def _reopened(news: News) -> Judgement:
    status = news.ticket.status
    if int(news.facts["round"]) != news.ticket.round:
        return Suppression.OVERTAKEN
    if status is TicketStatus.REVIEW:
        return by(news, "ticket.in_review")
    return by(news, news.template) if status in LOOKING else Suppression.OVERTAKEN


def _completed(news: News) -> Judgement:
    is_last = int(news.facts["round"]) == news.ticket.round
    return by(news, news.template) if is_last else Suppression.OVERTAKEN


def _booked(news: News) -> Judgement:
    """Told by what is different from what the customer knows: all of it, the time, or who comes."""
    known = known_visits(news, BOOKING, ENDING)
    said = appointments(news.facts)
    left = [told for told in said if _takes_place(news, told, known.get(told.visit_id))]
    new = [told for told in left if known.get(told.visit_id) != told]
    if not new:
        return Suppression.NOTHING_NEW if left else Suppression.OVERTAKEN
    before = [known[told.visit_id].start for told in new if told.visit_id in known]
    if not before:
        return telling(news, new, "visit.scheduled")
    is_moved = before != [told.start for told in new]
    return telling(news, new, "visit.changed" if is_moved else "visit.restaffed")


def _takes_place(news: News, told: Appointment, known: Appointment | None) -> bool:
    """At the time that is told, by people who may come; whoever waits for another time hears of it
    in any case."""
    visit = news.ticket.visits.get(told.visit_id)
    if visit is None or visit.state not in STANDING or told.start not in (None, visit.start):
        return False
    waits_elsewhere = known is not None and known.start != visit.start
    return waits_elsewhere or not _misses_somebody(visit)


def _misses_somebody(visit: VisitNow) -> bool:
    """Whether somebody is to come who may not, or says that they cannot."""
    return bool(visit.barred) or AssignmentState.CANNOT_ARRIVE in visit.crew.values()


def _released(news: News) -> Judgement:
    """A visit that is booked again is told of by that; of one that a customer never heard of, there
    is nothing to take back."""
    if news.ticket.status.is_final:
        return Suppression.OVERTAKEN
    visits, known = news.ticket.visits, known_visits(news, BOOKING, ENDING)
    gone = [t.visit_id for t in appointments(news.facts) if visits[t.visit_id].state in GONE]
    left = [known[visit_id] for visit_id in gone if visit_id in known]
    if not left:
        return Suppression.NOTHING_NEW if gone else Suppression.OVERTAKEN
    return telling(news, left, _WHY_RELEASED.get(news.facts.get("reason", "")))


def _late(news: News) -> Judgement:
    """Nobody is there yet; where they are is known of whoever is on the way."""
    visit = news.ticket.visits.get(news.facts["visit_id"])
    if visit is None or visit.state not in STANDING or _misses_somebody(visit):
        return Suppression.OVERTAKEN
    if visit.start != datetime.fromisoformat(news.facts["start"]):
        return Suppression.OVERTAKEN
    on_the_way = AssignmentState.EN_ROUTE in visit.crew.values()
    return by(news, news.template if on_the_way else "visit.whereabouts_unknown")


def _at_the_door(news: News) -> Judgement:
    """While somebody stands there."""
    visit = news.ticket.visits.get(news.facts["visit_id"])
    is_closed = visit is not None and visit.state is VisitState.BLOCKED
    return by(news, news.template) if is_closed else Suppression.OVERTAKEN


def _times_asked(news: News) -> Judgement:
    """Until somebody comes after all, or nothing is left to ask about."""
    if news.now >= datetime.fromisoformat(news.facts["expires_at"]):
        return Suppression.TOO_LATE
    visit = news.ticket.visits.get(news.facts["visit_id"])
    if visit is None or visit.state in (*GONE, *ENDED, VisitState.IN_PROGRESS):
        return Suppression.OVERTAKEN
    return by(news, news.template) if _misses_somebody(visit) else Suppression.OVERTAKEN


def _on_the_way(news: News) -> Judgement:
    """Once a day of travel, while somebody is on the way; where that is no news, whoever needs a
    code has it all the same."""
    judgement = _coming(news)
    is_told = isinstance(judgement, Told) or judgement is Suppression.NOTHING_NEW
    return judgement if is_told or not news.facts.get("start_code") else _start_code(news)


def _start_code(news: News) -> Judgement:
    """Once an appointment, while who needs it is on the way or there, and has not begun."""
    visit = news.ticket.visits.get(news.facts["visit_id"])
    if visit is None or news.facts["expert_id"] in visit.barred:
        return Suppression.OVERTAKEN
    if visit.crew.get(news.facts["expert_id"]) not in _NOT_BEGUN:
        return Suppression.OVERTAKEN
    appointment = news.facts.get("appointment")
    has_it = appointment is not None and any(
        told.template in (ON_THE_WAY, START_CODE)
        and told.facts.get("visit_id") == news.facts["visit_id"]
        and told.facts.get("appointment") == appointment
        for told in news.earlier
    )
    return Suppression.NOTHING_NEW if has_it else by(news, START_CODE)


def _coming(news: News) -> Judgement:
    """Once a day of travel, while somebody is on the way; again where the code is another by now,
    or whoever was on the way does not come."""
    visit = news.ticket.visits.get(news.facts["visit_id"])
    if visit is None or visit.start is None or news.facts["expert_id"] in visit.barred:
        return Suppression.OVERTAKEN
    if visit.crew.get(news.facts["expert_id"]) is not AssignmentState.EN_ROUTE:
        return Suppression.OVERTAKEN
    arrival = max(visit.start, news.occurred_at + SHORTEST_TRIP)
    if told := news.facts.get("eta"):
        arrival = datetime.fromisoformat(told)
    if max(visit.start, arrival) - news.now > ON_THE_WAY_AHEAD:
        return Suppression.TOO_EARLY
    if news.now > arrival + ON_THE_WAY_AFTER:
        return Suppression.TOO_LATE
    told_today = any(
        told.template == news.template
        and told.facts["visit_id"] == news.facts["visit_id"]
        and told.facts["expert_id"] in visit.crew
        and told.facts.get("appointment") == news.facts.get("appointment")
        and _day(told.at, news) == _day(news.now, news)
        for told in news.earlier
    )
    return Suppression.NOTHING_NEW if told_today else by(news, news.template)


def _day(at: datetime, news: News) -> object:
    return at.astimezone(ZoneInfo(news.tz)).date()


def _due_soon(news: News) -> Judgement:
    """Of a visit to which everybody who is booked may come, and can."""
    [told] = appointments(news.facts)
    visit = news.ticket.visits.get(told.visit_id)
    if visit is None or visit.state is not VisitState.SCHEDULED or visit.start != told.start:
        return Suppression.OVERTAKEN
    if _misses_somebody(visit):
        return Suppression.OVERTAKEN
    if visit.start is None or news.now >= told_until(news.template, visit.start):
        return Suppression.TOO_LATE
    return Suppression.NOTHING_NEW if was_told(news, told) else by(news, news.template)


def _offered(news: News) -> Judgement:
    if news.now >= datetime.fromisoformat(news.facts["expires_at"]):
        return Suppression.TOO_LATE
    is_open = any(v.state is VisitState.OPEN for v in news.ticket.visits.values())
    if news.ticket.status.is_final or not is_open:
        return Suppression.OVERTAKEN
    return by(news, news.template)


def _goes_on(news: News) -> Judgement:
    """Until the visit is booked, of which they hear then, or is not needed after all."""
    visit = news.ticket.visits.get(news.facts["visit_id"])
    is_open = visit is not None and visit.state is VisitState.OPEN
    return by(news, news.template) if is_open else Suppression.OVERTAKEN


def _to_be_paid(news: News) -> Judgement:
    """Whether no plan covers the work, or nobody knows, are two things."""
    if news.now >= datetime.fromisoformat(news.facts["expires_at"]):
        return Suppression.TOO_LATE
    if news.ticket.status.is_final or news.ticket.coverage.allows_finalising:
        return Suppression.OVERTAKEN
    is_unclear = news.ticket.coverage is Coverage.UNKNOWN
    return by(news, "payment.requested_in_doubt" if is_unclear else news.template)


def _delayed(news: News) -> Judgement:
    """Until what the customer was promised by then has happened."""
    status = news.ticket.status
    over = status.is_final or status is TicketStatus.COMPLETED
    settled = news.facts["clock"] == ClockName.SCHEDULE and status not in UNSETTLED
    if over or settled or int(news.facts["round"]) != news.ticket.round:
        return Suppression.OVERTAKEN
    return by(news, news.template)


JUDGES: Mapping[str, Judge] = {
    "ticket.received": _received,
    "ticket.enriched": _enriched,
    "ticket.reopened": _reopened,
    "ticket.completed": _completed,
    "visit.scheduled": _booked,
    "visit.changed": _booked,
    "visit.cancelled": _released,
    ON_THE_WAY: _on_the_way,
    START_CODE: _start_code,
    "visit.running_late": _late,
    "visit.at_the_door": _at_the_door,
    "visit.at_the_door_too": _at_the_door,
    "visit.times_asked": _times_asked,
    "visit.choice_offered": _times_asked,
    "visit.due_in_a_day": _due_soon,
    "visit.due_in_two_hours": _due_soon,
    "slots.offered": _offered,
    "follow_up.planned": _goes_on,
    "slots.needed": _goes_on,
    "payment.requested": _to_be_paid,
    "ticket.delayed": _delayed,
}
"""By template; what is not here is told as it is, whatever happened since."""
