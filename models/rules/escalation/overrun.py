"""Nobody says that the work is done, long after it should be."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from models.calendar import Window
from models.errors import Conflict
from models.escalation import Action, Doubt, EscalationReason, Said
from models.field import EXTENSION_STEP, LONGEST_EXTENSION, FactKind, Particulars
from models.identity import derived_id
from models.messages.visit import ConcludeVisit, ReportVisit
from models.rules.escalation.attendance import rescheduled_by, standing
from models.rules.escalation.deed import Deed, Preparation, Request
from models.rules.escalation.kind import Decision, Kind, Picture, Shown, Wants
from models.rules.escalation.patience import is_waited_for
from models.rules.escalation.wording import in_words
from models.rules.visit.missing import is_unheard_of
from models.rules.visit.presence import AT_WORK, still_there
from models.ticket import Ticket
from models.visit import Visit, VisitState

_R = EscalationReason


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every visit that should have been over for a while, and of which nobody says so."""
    for visit in ticket.visits:
        if (due := overrun_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.OVERRUN, visit.seq)


def overrun_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """When somebody is asked about a visit whose people are there still, or of whom nobody knows
    whether they came. Who cannot come, or stands before a closed door, has said so."""
    if visit.end is None or not (visit.state in AT_WORK or is_unheard_of(visit)):
        return None
    return visit.end + ticket.policies.overrun_after


def with_one_silence(ticket: Ticket, found: Sequence[Doubt], now: datetime) -> list[Doubt]:
    """The doubts, of a visit of which nothing is heard one: that its expert is late for as long as
    a person is asked about that, and that it should be over from when nobody is any more."""
    unheard = {v.id for v in ticket.visits if is_unheard_of(v)}
    over = {d.subject for d in found if d.reason is _R.OVERRUN and d.subject in unheard}
    late = {
        d.subject
        for d in found
        if d.reason is _R.LATE_START
        and ticket.live_question(d.subject, d.reason) is not None
        and not is_waited_for(ticket, d, now)
    }
    left_out = {
        *((subject, _R.OVERRUN) for subject in over & late),
        *((subject, _R.LATE_START) for subject in over - late),
    }
    return [d for d in found if (d.subject, d.reason) not in left_out]


def _headline(picture: Picture) -> str:
    if picture.visit is not None and is_unheard_of(picture.visit):
        return f"{picture.visit_name.capitalize()} should be over, and nothing was heard of it."
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
    """Of a visit that nobody is known to have come to, that is the visit itself, matched anew."""
    visit = deed.ticket.visit(deed.escalation.subject) if deed.ticket else None
    if visit is not None and is_unheard_of(visit):
        return rescheduled_by(deed)
    return _concluded(deed, FactKind.INCOMPLETE)


def _says(picture: Picture) -> Mapping[Action, Said]:
    """What is decided about people of whom nobody knows whether they came."""
    if picture.visit is None or not is_unheard_of(picture.visit):
        return {}
    return {
        Action.IT_IS_DONE: Said(
            explains="Reported in your name, as of now, for everybody who is booked."
        ),
        Action.FOLLOW_UP: Said(
            explains="The visit is matched anew, without those of whom nothing was heard; nobody "
            "is paid."
        ),
    }


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
        says=_says,
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
                before=Preparation.TICKET,
                asks=_follow_up,
            ),
        ),
    ),
)
