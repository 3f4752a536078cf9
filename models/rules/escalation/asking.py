"""When a ticket asks a person, and when it no longer does (domain §2 Escalation, invariant I12)."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from models.escalation import EscalationReason, Patience, Question
from models.identity import derived_id
from models.messages.escalation import EscalationOver
from models.rules.transitions import status_of
from models.ticket import Attention, Coverage, Ticket, TicketStatus
from models.visit import AssignmentState, MatchState, Visit, VisitGroup, VisitState

_EARLY = (
    TicketStatus.RECEIVED,
    TicketStatus.REVIEW,
    TicketStatus.MATCHING,
    TicketStatus.SCHEDULED,
)


class Doubt(NamedTuple):
    """A subject that needs a person, and why; `visit` is the number of the visit it is about."""

    subject: str
    reason: EscalationReason
    visit: int | None = None
    about: str | None = None


def with_due_questions(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket with a live question for every doubt there is, and none for any that is gone."""
    doubts = {(d.subject, d.reason): d for d in doubts_of(ticket, now)}
    for question in ticket.questions:
        if question.is_live and (question.subject, question.reason) not in doubts:
            ticket = _answered(ticket, question, now)
    for key, doubt in doubts.items():
        if ticket.live_question(*key) is None and not _about_to_be_matched(ticket, doubt):
            ticket = _asked(ticket, doubt, now)
    return ticket


def without_questions(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket with every live question answered by the ticket's own end."""
    for question in ticket.questions:
        if question.is_live:
            ticket = _answered(ticket, question, now)
    return ticket


def doubts_of(ticket: Ticket, now: datetime) -> list[Doubt]:
    """What a person has to decide at `now`, but for what somebody decided to wait for."""
    if not ticket.admitted or status_of(ticket).is_final:
        return []
    return [d for d in _doubts(ticket, now) if not _patient(ticket, d, now)]


def with_patience(ticket: Ticket, doubt: Doubt, until: datetime) -> Ticket:
    """The ticket that asks nobody about a doubt before `until`."""
    key = _key(doubt)
    others = tuple(p for p in ticket.patience if p.subject != key)
    return ticket.but(patience=(*others, Patience(subject=key, until=until)))


def untold(ticket: Ticket) -> Question | None:
    """A question whose escalation does not know how it stands."""
    return next((q for q in ticket.questions if not q.told and (q.is_live or q.raised)), None)


def told(ticket: Ticket, question: Question) -> Ticket:
    """The ticket after the escalation of a question learned how it stood; what happened to it
    meanwhile is still to be told."""
    now = next(q for q in ticket.questions if q.id == question.id)
    return _with(ticket, now.but(raised=True, told=now.answered_at == question.answered_at))


def escalation_over(ticket: Ticket, over: EscalationOver, now: datetime) -> Ticket:
    """The ticket after an escalation ended. One that was answered is not asked any more, and what
    its answer left in doubt is asked anew; one that was lost is raised again, or closed if there is
    no doubt any more."""
    question = next((q for q in ticket.questions if q.id == over.escalation_id), None)
    if question is None or not (over.lost or question.is_live):
        return ticket
    if over.lost:
        return _with(ticket, question.but(told=False))
    ticket = _with(ticket, question.but(answered_at=now, told=True))
    # Nothing else may come to wake the ticket: its clocks have run out long ago.
    return with_due_questions(ticket, now)


def payment_reason(ticket: Ticket) -> EscalationReason:
    """Why a customer is asked to pay."""
    unknown = ticket.coverage is Coverage.UNKNOWN
    return EscalationReason.COVERAGE_UNKNOWN if unknown else EscalationReason.NOT_COVERED


def waits_for_payment_until(ticket: Ticket) -> datetime | None:
    """Until when the customer has to pay as asked, while nobody settled who does."""
    if ticket.coverage.allows_finalising:
        return None
    key = _key(Doubt(ticket.id, payment_reason(ticket)))
    return next((p.until for p in ticket.patience if p.subject == key), None)


def group_doubt(ticket: Ticket, group: VisitGroup) -> Doubt:
    """The doubt about a group that waits."""
    first = min(v.seq for v in ticket.visits if v.id in group.visit_ids)
    several = sum(g.is_live for g in ticket.groups) > 1
    return Doubt(group.id, _why_waiting(group), first if several else None)


def waits_too_long(ticket: Ticket, group: VisitGroup, now: datetime) -> bool:
    """Whether a group has been waiting for longer than the pending timeout."""
    return (
        group.is_live
        and ticket.matching_since is not None
        and status_of(ticket) is not TicketStatus.REVIEW
        and now >= ticket.matching_since + ticket.policies.pending_timeout
    )


def offer_due(ticket: Ticket, now: datetime) -> VisitGroup | None:
    """A group whose customer is offered times before any person is asked, where the policy says
    so."""
    return next(
        (g for g in ticket.groups if waits_too_long(ticket, g, now) and _may_offer(ticket, g)), None
    )


def acknowledgement_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """By when the experts of a visit should have acknowledged it."""
    silent = [
        a.booked_at
        for a in visit.crew
        if a.state is AssignmentState.RESERVED and a.booked_at is not None
    ]
    if not silent or visit.state is not VisitState.SCHEDULED:
        return None
    return min(silent) + ticket.policies.ack_timeout


def late_due(ticket: Ticket, visit: Visit) -> datetime | None:
    """When a visit that nobody has reached is late."""
    if visit.start is None or visit.state not in (VisitState.SCHEDULED, VisitState.EN_ROUTE):
        return None
    return visit.start + ticket.policies.late_start_after


def _may_offer(ticket: Ticket, group: VisitGroup) -> bool:
    return (
        ticket.policies.auto_offer_slots
        and group.match_state is MatchState.NO_COMMON_TIME
        and group.offered_round < group.round
    )


def _doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    if ticket.zone is None:
        yield Doubt(ticket.id, EscalationReason.DATA_MISSING)
    elif ticket.review_open:
        yield Doubt(ticket.id, EscalationReason.NOT_COVERED)
    elif ticket.coverage is Coverage.UNKNOWN:
        yield Doubt(ticket.id, EscalationReason.COVERAGE_UNKNOWN)
    unresolved = Attention.MODEL_UNRESOLVED in ticket.attention and ticket.model_text_given
    if unresolved and status_of(ticket) in _EARLY:
        yield Doubt(ticket.id, EscalationReason.MODEL_UNRESOLVED)
    for group in ticket.groups:
        held = group.match_state is MatchState.FULL_HELD
        if waits_too_long(ticket, group, now) and not held and not _may_offer(ticket, group):
            yield group_doubt(ticket, group)
    for visit in ticket.visits:
        if (due := late_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.LATE_START, visit.seq)
        elif (due := acknowledgement_due(ticket, visit)) and due <= now:
            yield Doubt(visit.id, EscalationReason.NO_ACK, visit.seq)
    for notification in ticket.undeliverable[:1]:
        yield Doubt(ticket.id, EscalationReason.NOTIFICATION_UNDELIVERABLE, about=notification)


def _why_waiting(group: VisitGroup) -> EscalationReason:
    match group.match_state:
        case MatchState.PARTIAL:
            return EscalationReason.PARTIAL
        case MatchState.NO_COMMON_TIME:
            return EscalationReason.NO_COMMON_TIME
        case _:
            return EscalationReason.NO_PROPOSALS


def _key(doubt: Doubt) -> str:
    """A group is waited for whatever it lacks; of a ticket, one thing at a time."""
    if doubt.subject.startswith("grp_"):
        return doubt.subject
    return f"{doubt.subject}:{doubt.reason}"


def _about_to_be_matched(ticket: Ticket, doubt: Doubt) -> bool:
    """Whether what a group lacks is not known yet: it is evaluated in a moment, and asked about
    then."""
    return any(g.id == doubt.subject and g.needs_matching for g in ticket.groups)


def _patient(ticket: Ticket, doubt: Doubt, now: datetime) -> bool:
    key = _key(doubt)
    return any(p.subject == key and now < p.until for p in ticket.patience)


def _asked(ticket: Ticket, doubt: Doubt, now: datetime) -> Ticket:
    number = str(len(ticket.questions) + 1)
    question = Question(
        id=derived_id("esc", ticket.id, number),
        subject=doubt.subject,
        reason=doubt.reason,
        visit=doubt.visit,
        about=doubt.about,
        asked_at=now,
    )
    return ticket.but(questions=(*ticket.questions, question))


def _answered(ticket: Ticket, question: Question, now: datetime) -> Ticket:
    return _with(ticket, question.but(answered_at=now, told=False))


def _with(ticket: Ticket, question: Question) -> Ticket:
    return ticket.but(
        questions=tuple(question if q.id == question.id else q for q in ticket.questions)
    )
