"""When a ticket asks a person, and when it no longer does (docs/rules/escalations.md, When a person
is asked; One question at a time)."""

from datetime import datetime

from models.escalation import Doubt, Question
from models.identity import derived_id
from models.messages.escalation import EscalationOver
from models.rules.escalation.doubts import doubts_of, level_of
from models.rules.escalation.ending import ended_by
from models.ticket import Ticket


def with_due_questions(ticket: Ticket, due: datetime, now: datetime | None = None) -> Ticket:
    """The ticket with a live question for every doubt there is at `due`, and none for any that is
    gone; asked and answered `now`, which is `due` if left out."""
    now = now or due
    doubts = {(d.subject, d.reason): d for d in doubts_of(ticket, due)}
    for question in ticket.doubts.questions:
        if question.is_live and (question.subject, question.reason) not in doubts:
            ticket = _answered(ticket, question, now, ended_by(ticket, question))
    for key, doubt in doubts.items():
        if ticket.live_question(*key) is None and not _about_to_be_matched(ticket, doubt):
            ticket = _asked(ticket, doubt, now)
    return ticket


def without_questions(ticket: Ticket, now: datetime) -> Ticket:
    """The ticket with every live question answered by the ticket's own end, but for those that
    outlive it."""
    doubts = {(d.subject, d.reason) for d in doubts_of(ticket, now)}
    for question in ticket.doubts.questions:
        if question.is_live and (question.subject, question.reason) not in doubts:
            ticket = _answered(ticket, question, now, None)
    return ticket


def untold(ticket: Ticket) -> Question | None:
    """A question whose escalation does not know how it stands."""
    return next(
        (q for q in ticket.doubts.questions if not q.told and (q.is_live or q.raised)), None
    )


def asked_already(ticket: Ticket) -> list[Question]:
    """The questions whose escalations wait for an answer and know that they are asked."""
    return [q for q in ticket.doubts.questions if q.is_live and q.raised and q.told]


def told(ticket: Ticket, question: Question) -> Ticket:
    """The ticket after the escalation of a question learned how it stood; what happened to it
    meanwhile is still to be told."""
    now = next(q for q in ticket.doubts.questions if q.id == question.id)
    return _with(ticket, now.but(raised=True, told=now.answered_at == question.answered_at))


def escalation_over(ticket: Ticket, over: EscalationOver, now: datetime) -> Ticket:
    """The ticket after an escalation ended. One that was answered is not asked any more, and what
    its answer left in doubt is asked anew; one that was lost is raised again, or closed if there is
    no doubt any more."""
    question = next((q for q in ticket.doubts.questions if q.id == over.escalation_id), None)
    if question is None or not (over.lost or question.is_live):
        return ticket
    if over.lost:
        return _with(ticket, question.but(told=False))
    ticket = _with(ticket, question.but(answered_at=now, told=True))
    # Nothing else may come to wake the ticket: its clocks have run out long ago.
    return with_due_questions(ticket, now)


def _about_to_be_matched(ticket: Ticket, doubt: Doubt) -> bool:
    """Whether what a group lacks is not known yet: it is evaluated in a moment, and asked about
    then."""
    return any(g.id == doubt.subject and g.needs_matching for g in ticket.matching.groups)


def _asked(ticket: Ticket, doubt: Doubt, now: datetime) -> Ticket:
    number = str(len(ticket.doubts.questions) + 1)
    question = Question(
        id=derived_id("esc", ticket.id, number),
        subject=doubt.subject,
        reason=doubt.reason,
        visit=doubt.visit,
        about=doubt.about,
        asked_at=now,
        level=level_of(ticket, doubt),
    )
    return ticket.but(doubts=ticket.doubts.but(questions=(*ticket.doubts.questions, question)))


def _answered(ticket: Ticket, question: Question, now: datetime, because: str | None) -> Ticket:
    return _with(ticket, question.but(answered_at=now, told=False, because=because))


def _with(ticket: Ticket, question: Question) -> Ticket:
    return ticket.but(
        doubts=ticket.doubts.but(
            questions=tuple(question if q.id == question.id else q for q in ticket.doubts.questions)
        )
    )
