"""A clock of the service level is about to run out, or has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime, timedelta

from models.escalation import Action, Doubt, EscalationReason
from models.messages.escalation import NoteDelay
from models.promise.sla import Clock, ClockName, ClockState, SlaAsks
from models.rules.escalation.deed import Deed, Request
from models.rules.escalation.kind import CANCEL, Decision, Kind, Picture
from models.rules.escalation.matching import EXTEND_WAIT
from models.rules.escalation.wording import in_words
from models.rules.promise.counting import elapsed, is_provisional, state_at
from models.rules.promise.happening import happened_at
from models.rules.promise.sla import clock_of, subject_of
from models.ticket import Ticket
from models.visit import Visit

_R = EscalationReason
_NOT_SETTLED = frozenset(
    {
        *(_R.DATA_MISSING, _R.NOT_COVERED, _R.COVERAGE_UNKNOWN),
        *(_R.NO_PROPOSALS, _R.PARTIAL, _R.NO_COMMON_TIME, _R.MATCH_UNDECIDED),
    }
)
_NOBODY_THERE = _NOT_SETTLED | {_R.NO_ACK, _R.LATE_START, _R.CANNOT_ARRIVE, _R.OVERRUN}
SAME_CAUSE: Mapping[ClockName, frozenset[EscalationReason]] = {
    ClockName.SCHEDULE: _NOT_SETTLED,
    ClockName.ONSITE: _NOBODY_THERE,
    ClockName.RESOLVE: _NOBODY_THERE | {_R.CANNOT_ENTER, _R.WORK_IMPLAUSIBLE, _R.FOLLOW_UP_MISSING},
}
"""What says already why a clock runs out (docs/rules/escalations.md, One cause, one question)."""
SOON = timedelta(seconds=2)
"""Nobody is asked about a clock whose cause they will be asked about so soon: of two moments that
were set for the same hour the one may come a little before the other."""

_LATE = frozenset({_R.SLA_AT_RISK, _R.SLA_BREACHED})
_NOT_YET: Mapping[ClockName, str] = {
    ClockName.SCHEDULE: "is not settled",
    ClockName.ONSITE: "has nobody on site",
    ClockName.RESOLVE: "is not done",
}


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every clock of the round of which the policy has somebody asked, until what it waits for has
    happened, or somebody took note."""
    for clock in ticket.promise.clocks:
        if clock.round != ticket.round or _is_over(clock, ticket, now):
            continue
        # What it waits for now began with the last event, which may be later than the last timer.
        reason = _reason(clock, ticket.policies.sla_asks, max(now, ticket.changed_at or now))
        if reason is not None and reason not in clock.noted:
            yield Doubt(subject_of(ticket, clock.name), reason)


def unexplained(late: Iterable[Doubt], causes: Set[EscalationReason]) -> Sequence[Doubt]:
    """Of the doubts about clocks the first, if none of the causes explains it: those are asked
    about, or soon to be. What keeps one clock keeps the later ones too."""
    return [d for d in late if not causes & SAME_CAUSE[_name(d)]][:1]


def was_asked(ticket: Ticket, late: Doubt, waited: Iterable[Doubt]) -> bool:
    """Whether a person was asked about the same cause when the moment of a clock came, and decided
    to wait since, as they did for those that are `waited` for. Who decided before is asked about
    the clock all the same."""
    clock = clock_of(ticket, late.subject)
    if clock is None:
        return False
    moment = clock.due_at if late.reason is _R.SLA_BREACHED else clock.risk_at
    if moment is None:
        return False
    names = list(ClockName)
    earlier = names[: names.index(clock.name)]
    keys = {
        d.key
        for d in waited
        if d.reason in SAME_CAUSE[clock.name] or (d.reason in _LATE and _name(d) in earlier)
    }
    return any(
        Doubt(q.subject, q.reason).key in keys
        and q.asked_at <= moment + SOON
        and (q.answered_at is None or moment < q.answered_at)
        for q in ticket.doubts.questions
    )


def _name(late: Doubt) -> ClockName:
    return ClockName(late.subject.partition(":")[2])


def _is_over(clock: Clock, ticket: Ticket, now: datetime) -> bool:
    return clock.happened_at is not None or happened_at(clock, ticket, now) is not None


def _reason(clock: Clock, asks: SlaAsks, now: datetime) -> EscalationReason | None:
    """While it waits for the customer, a clock that is not judged is not at risk."""
    if asks is SlaAsks.NOBODY:
        return None
    if clock.verdict is ClockState.BREACHED:
        return _R.SLA_BREACHED
    runs = state_at(clock, now) is ClockState.RUNNING
    return _R.SLA_AT_RISK if asks is SlaAsks.RISK and clock.at_risk and runs else None


def _at_risk(picture: Picture) -> str:
    by = f" by {picture.local(due)}" if (due := _due(picture)) else ""
    return f"{picture.name.capitalize()} {_state_of(picture)}, and should be{by}."


def _breached(picture: Picture) -> str:
    by = f" by {picture.local(due)}" if (due := _due(picture)) else ""
    return f"{picture.name.capitalize()} {_state_of(picture)}, and should have been{by}."


def _due(picture: Picture) -> datetime | None:
    return picture.clock.due_at if picture.clock else None


def _state_of(picture: Picture) -> str:
    return _NOT_YET[picture.clock.name] if picture.clock else "is late"


def _facts(picture: Picture) -> Sequence[str]:
    """What helps to decide: what was promised, how far the ticket is, who waits."""
    ticket, clock = picture.ticket, picture.clock
    lines = [
        f"Appliance: {picture.appliance}, urgency {ticket.filing.urgency}, "
        f"zone {ticket.filing.zone}",
        *(_visit(picture, visit) for visit in ticket.visits if visit.is_live),
    ]
    if clock is None or ticket.promise.service is None:
        return lines
    hours = ticket.promise.service.hours
    counted = "of working time" if hours else "day and night"
    used = _length(elapsed(clock, hours, picture.now))
    lines.insert(0, f"Promised within {_length(clock.target)} {counted}; {used} are used up")
    if is_provisional(clock, picture.now) and clock.name is not ClockName.SCHEDULE:
        lines.append("A report that still comes may show that it was kept")
    return lines


def _visit(picture: Picture, visit: Visit) -> str:
    when = picture.local(visit.start) if visit.start else "no time yet"
    waiting = sum(
        p.visit_id == visit.id
        for g in picture.ticket.matching.groups
        if g.is_live
        for p in picture.ticket.active_proposals(g)
    )
    offers = f", proposals that wait: {waiting}" if not visit.crew else ""
    return f"Visit {visit.seq}: {in_words(visit.state.lower())}, {when}{offers}"


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _noted(deed: Deed) -> Request:
    return _delay(deed, tell_customer=False)


def _told(deed: Deed) -> Request:
    return _delay(deed, tell_customer=True)


def _delay(deed: Deed, *, tell_customer: bool) -> Request:
    asked = deed.escalation
    return "note_delay", NoteDelay(
        subject=asked.subject,
        reason=asked.reason,
        by=deed.by,
        tell_customer=tell_customer,
        note_id=deed.choice.note_id,
    )


DECISIONS = (
    Decision(
        number=1,
        action=Action.TELL_DELAY,
        label="Tell the customer that it takes longer",
        explains="They are told that we are late and see to it. Nobody is asked about it again.",
        asks=_told,
    ),
    Decision(
        number=2,
        action=Action.NOTE_DELAY,
        label="Take note",
        explains="Nobody is told, and nobody is asked about it again.",
        asks=_noted,
    ),
    EXTEND_WAIT,
    CANCEL,
)

KINDS = tuple(
    Kind(reason=reason, headline=headline, facts=_facts, decisions=DECISIONS)
    for reason, headline in ((_R.SLA_AT_RISK, _at_risk), (_R.SLA_BREACHED, _breached))
)
