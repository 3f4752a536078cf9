"""Nobody says that the work is done, long after it should be."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from models.calendar import Window
from models.errors import Conflict
from models.escalation import Action, Doubt, EscalationReason
from models.field import EXTENSION_STEP, LONGEST_EXTENSION, FactKind, Particulars
from models.identity import derived_id
from models.messages.visit import ConcludeVisit, ReportVisit
from models.rules.escalation.attendance import standing
from models.rules.escalation.deed import Deed, Preparation, Request
from models.rules.escalation.kind import Decision, Kind, Picture, Shown, Wants
from models.rules.escalation.wording import in_words
from models.rules.visit.presence import AT_WORK, still_there
from models.ticket import Ticket
from models.visit import Visit, VisitState


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every visit that should have been over for a while, and of which nobody says so."""
    for visit in ticket.visits:
        if (due := overrun_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.OVERRUN, visit.seq)


def overrun_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """When somebody is asked about a visit whose people are there still."""
    if visit.end is None or visit.state not in AT_WORK:
        return None
    return visit.end + ticket.policies.overrun_after


def _headline(picture: Picture) -> str:
    return f"The work on {picture.visit_name} should be over, and nobody says that it is."


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide."""
    visit = picture.visit
    if visit is None or visit.start is None:
        return ()
    window = Window(start=visit.start, end=visit.start + visit.length)
    waiting = [v.seq for v in picture.ticket.visits if v.state is VisitState.SCHEDULED]
    after = f"Visits {', '.join(map(str, waiting))} are scheduled still" if waiting else ""
    return (
        f"It was to be {picture.span(window)}",
        *(f"Expert no. {e.expert_no} ({in_words(e.skill)}) {standing(e)}" for e in picture.crew),
        *filter(None, [after]),
    )


def _possible(picture: Picture) -> Sequence[Action]:
    """Where whoever came is done, nobody needs more time."""
    found = [Action.IT_IS_DONE, Action.FOLLOW_UP]
    visit = picture.visit
    return [Action.MORE_TIME, *found] if visit is None or still_there(visit) else found


def _more_time(deed: Deed) -> Request:
    """For the first of those who are there: all of them stay as long.

    Raises:
        Conflict: `doubt-gone` where it is over, or whoever came is done.
    """
    asked, minutes = deed.escalation, deed.choice.parameter
    assert isinstance(minutes, int), "read as a number"
    visit = deed.ticket.visit(asked.subject) if deed.ticket else None
    there = still_there(visit) if visit else ()
    if visit is None or visit.state not in AT_WORK:
        raise Conflict("doubt-gone", "The visit is over already.")
    if not there:
        raise Conflict("doubt-gone", "Whoever came is done: nobody needs more time.")
    return "report_visit", ReportVisit(
        visit_id=asked.subject,
        kind=FactKind.NEED_MORE_TIME,
        expert_id=there[0].expert_id,
        occurred_at=deed.now,
        client_event_id=derived_id("cev", deed.request_id),
        particulars=Particulars(minutes=minutes),
        by=deed.by,
    )


def _done(deed: Deed) -> Request:
    return _concluded(deed, FactKind.COMPLETED)


def _follow_up(deed: Deed) -> Request:
    return _concluded(deed, FactKind.INCOMPLETE)


def _concluded(deed: Deed, kind: FactKind) -> Request:
    visit_id = deed.escalation.subject
    return "conclude_visit", ConcludeVisit(visit_id=visit_id, kind=kind, by=deed.by)


KINDS = (
    Kind(
        reason=EscalationReason.OVERRUN,
        headline=_headline,
        facts=_facts,
        shows=frozenset({Shown.CREW}),
        narrowed=_possible,
        decisions=(
            Decision(
                number=1,
                action=Action.MORE_TIME,
                label="They need more time (minutes)",
                explains="Granted where nothing that follows is in the way; from now, in steps "
                f"of {EXTENSION_STEP}.",
                wants=Wants.MINUTES,
                minutes=range(EXTENSION_STEP, LONGEST_EXTENSION + 1, EXTENSION_STEP),
                before=Preparation.TICKET,
                asks=_more_time,
            ),
            Decision(
                number=2,
                action=Action.IT_IS_DONE,
                label="It is done (I was told)",
                explains="Reported in your name, as of now, for everybody who is there; who never "
                "came is let go.",
                asks=_done,
            ),
            Decision(
                number=3,
                action=Action.FOLLOW_UP,
                label="Plan a follow-up",
                explains="The visit ends for want of time, and another one goes on with it.",
                asks=_follow_up,
            ),
        ),
    ),
)
