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
    that clock is wrong by, all of them are."""
    if sent_at is None or abs(received_at - sent_at) <= CLOCK_TOLERANCE:
        return occurred_at
    return occurred_at + (received_at - sent_at)


def require_plausible_time(
    visit: Visit,
    assignment: Assignment,
    fact: ReportedFact,
    received_at: datetime,
    lead: timedelta,
) -> None:
    """Refuse a time at which it cannot have been.

    Args:
        visit: with what was reported of it before.
        assignment: whose report it is.
        fact: the report, its time corrected.
        received_at: when we had it.
        lead: how long before its start a visit can be worked on.

    Raises:
        Invalid: `occurred-in-the-future`, `occurred-too-early`, `occurred-too-late`.
    """
    if fact.occurred_at > received_at + CLOCK_TOLERANCE:
        raise Invalid(
            "occurred-in-the-future", "A report tells what has happened.", field="/occurred_at"
        )
    booked_at = assignment.booked_at
    if booked_at is not None and fact.occurred_at < booked_at - CLOCK_TOLERANCE:
        raise _too_early("The expert was not sent there yet.", booked_at)
    earliest = None if visit.start is None else visit.start - lead
    if fact.kind not in _AT_ANY_TIME and earliest is not None and fact.occurred_at < earliest:
        raise _too_early("The visit is long after that.", earliest)
    _require_start_before_end(visit.facts_of(assignment), fact)


def _require_start_before_end(known: tuple[ReportedFact, ...], fact: ReportedFact) -> None:
    if fact.kind in ENDINGS:
        for other in known:
            if other.kind in _BEFORE_THE_END and _begins_after(other, fact):
                raise _too_early("The work began later.", other.occurred_at)
    if fact.kind in _BEFORE_THE_END:
        for other in known:
            if other.kind in ENDINGS and _begins_after(fact, other):
                raise Invalid(
                    "occurred-too-late",
                    "The work had ended by then.",
                    field="/occurred_at",
                    bound=other.occurred_at.isoformat(),
                )


def _begins_after(begin: ReportedFact, end: ReportedFact) -> bool:
    """By our reckoning and by the phone's own: only one of the two may have been mended. What we
    had heard of had begun, though the phone's clock was a little ahead."""
    heard = begin.received_at or begin.occurred_at
    began, by_its_phone = min(begin.occurred_at, heard), min(begin.by_its_phone, heard)
    return began > end.occurred_at and by_its_phone > end.by_its_phone


def _too_early(why: str, bound: datetime) -> Invalid:
    return Invalid("occurred-too-early", why, field="/occurred_at", bound=bound.isoformat())
