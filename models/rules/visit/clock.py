"""What a phone's clock may say (docs/rules/states.md, Reports from the field). Times are UTC."""

from datetime import datetime, timedelta

from models.errors import Invalid
from models.field import BEGINNINGS, ENDINGS, FactKind, ReportedFact
from models.visit import Assignment, Visit

CLOCK_TOLERANCE = timedelta(minutes=5)
"""How wrong the clock of an expert's phone may be, either way, before anything is done about it."""
_BEFORE_THE_END = (FactKind.ON_SITE, *BEGINNINGS)
_AT_ANY_TIME = (FactKind.ACKNOWLEDGED, FactKind.CANNOT_ARRIVE)


def corrected(occurred_at: datetime, sent_at: datetime | None, received_at: datetime) -> datetime:
    """When it really was. `sent_at` is the phone's clock at sending, of one report or of many: what
    that clock is wrong by, all of them are. What is ahead of us even so was written by a clock that
    was set since: it was when we had it, at the latest."""
    if sent_at is None:
        return occurred_at
    skew = received_at - sent_at
    at = occurred_at if abs(skew) <= CLOCK_TOLERANCE else occurred_at + skew
    return received_at if at > received_at + CLOCK_TOLERANCE else at


def seconds_behind(sent_at: datetime | None, received_at: datetime) -> float:
    """By how much a phone's clock was seen to be behind, where nothing is done about it."""
    skew = timedelta(0) if sent_at is None else received_at - sent_at
    return skew.total_seconds() if timedelta(0) < skew <= CLOCK_TOLERANCE else 0.0


def require_plausible_time(
    visit: Visit,
    assignment: Assignment,
    fact: ReportedFact,
    received_at: datetime,
    lead: timedelta,
    behind: float | None = None,
) -> None:
    """Refuse a time at which it cannot have been.

    Args:
        visit: what it is of.
        assignment: whose report it is.
        fact: the report, its time corrected.
        received_at: when we had it.
        lead: how long before its start a visit can be worked on.
        behind: the seconds by which its phone was seen to be behind, which are not in its time and
            no reason to refuse it; of what an earlier release let in nobody knows.

    Raises:
        Invalid: `occurred-in-the-future`, `occurred-too-early`.
    """
    if fact.occurred_at > received_at + CLOCK_TOLERANCE:
        raise Invalid(
            "occurred-in-the-future", "A report tells what has happened.", field="/occurred_at"
        )
    booked_at = assignment.booked_at
    slack = CLOCK_TOLERANCE if behind is None else timedelta(seconds=behind)
    if booked_at is not None and fact.occurred_at < booked_at - slack:
        raise _too_early("The expert was not sent there yet.", booked_at)
    earliest = None if visit.start is None else visit.start - lead
    if fact.kind not in _AT_ANY_TIME and earliest is not None and fact.occurred_at < earliest:
        raise _too_early("The visit is long after that.", earliest)
    begun = _begun_after(visit.facts_of(assignment), fact)
    if begun is not None:
        raise _too_early("The work began later.", begun)


def _begun_after(known: tuple[ReportedFact, ...], end: ReportedFact) -> datetime | None:
    """When work began by what is known that would have ended before."""
    if end.kind not in ENDINGS:
        return None
    later = (f.occurred_at for f in known if f.kind in _BEFORE_THE_END and f.is_after(end))
    return next(later, None)


def _too_early(why: str, bound: datetime) -> Invalid:
    return Invalid("occurred-too-early", why, field="/occurred_at", bound=bound.isoformat())
