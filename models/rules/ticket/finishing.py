"""What a completed round leaves to do: a bill and a question."""

from datetime import datetime

from models.event import OURSELVES
from models.events.money import BillingStarted
from models.messages.money import BillTicket, CreditWork, OpenSurvey, WorkDone
from models.rules.money.after_cancel import (
    as_reported,
    cancelled_visits_with_work,
    worked_all_the_same,
)
from models.rules.money.plausibility import doubtful_visits, ended_at, may_settle, worked
from models.rules.promise.sla import clocked
from models.rules.ticket.listening import listens
from models.rules.transitions import status_of
from models.rules.visit.presence import was_there
from models.rules.visit.settled import is_to_settle
from models.ticket import Ticket
from models.visit import ENDED, Assignment, Visit


def bill_due(ticket: Ticket, now: datetime) -> BillTicket | None:
    """The bill of a round that is over and not billed yet, the first one's first. A cancelled one
    is billed too, for the visits that were done before; one with a report that cannot be right,
    when a person has looked at it."""
    for round_ in range(1, ticket.round + 1):
        if _may_be_billed(ticket, round_):
            return _bill(ticket, round_, now)
    return None


def survey_due(ticket: Ticket) -> OpenSurvey | None:
    """The survey of a round whose bill is news; one that was cancelled, or reopened before it was
    billed, is not surveyed. Answers are taken from when it is asked."""
    asked_at = next(
        (
            event.recorded_at
            for event in ticket.news
            if event.type == BillingStarted.kind and event.data["round"] == ticket.round
        ),
        None,
    )
    if ticket.completed_at is None or asked_at is None:
        return None
    return OpenSurvey(
        ticket_id=ticket.id,
        round=ticket.round,
        opened_at=asked_at,
        ttl=ticket.policies.survey_ttl,
    )


def billed(ticket: Ticket, round_: int, now: datetime) -> Ticket:
    """The ticket with a round handed over to billing. It may have been reopened meanwhile."""
    ticket = ticket.but(billed_rounds=(*ticket.billed_rounds, round_))
    return ticket.happened(BillingStarted(round=round_), now, OURSELVES)


def is_over(ticket: Ticket, due: datetime) -> bool:
    """Whether nothing follows any more at `due`: it has ended, and no work of it waits for a
    person, for its pay, or for the end of the time in which its report may come, mend a breach, or
    be taken back."""
    if not status_of(ticket).is_final or is_to_settle(ticket) or ticket.to_credit:
        return False
    doubtful = (*doubtful_visits(ticket), *cancelled_visits_with_work(ticket))
    # A clock whose work was in doubt until now is judged first.
    return not doubtful and not listens(clocked(ticket, due), due)


def credit_due(ticket: Ticket, now: datetime) -> CreditWork | None:
    """What somebody is to be paid for work on a visit that was cancelled; nobody is billed for
    it."""
    if not ticket.to_credit:
        return None
    assert ticket.filing.zone is not None, "an admitted ticket has a zone"
    return CreditWork(
        ticket_id=ticket.id,
        zone=ticket.filing.zone,
        work=tuple(
            _after_cancel(v, a)
            for v in ticket.visits
            for a in v.assignments
            if a.id in ticket.to_credit
        ),
        earned_at=now,
    )


def _may_be_billed(ticket: Ticket, round_: int) -> bool:
    ended = ticket.completed_at is not None or ticket.cancelled
    over = round_ < ticket.round or ended
    if round_ in ticket.billed_rounds or not over:
        return False
    costs = _done_in(ticket, round_) or (_no_shows(ticket, round_) and ticket.policies.no_show_fee)
    return bool(costs) and _is_known_who_pays(ticket, round_) and may_settle(ticket, round_)


def _is_known_who_pays(ticket: Ticket, round_: int) -> bool:
    """Whatever was done was booked when that was settled; who was not there may owe nothing yet."""
    return bool(_done_in(ticket, round_)) or ticket.promise.coverage.allows_finalising


def _no_shows(ticket: Ticket, round_: int) -> tuple[str, ...]:
    """The visits of a round that nobody opened for, each as often as that was so."""
    return tuple(v.id for v in ticket.visits if v.round == round_ for _ in range(v.no_shows))


def _bill(ticket: Ticket, round_: int, now: datetime) -> BillTicket:
    assert ticket.filing.zone is not None, "an admitted ticket has a zone"
    return BillTicket(
        ticket_id=ticket.id,
        round=round_,
        customer_id=ticket.filing.customer_id,
        zone=ticket.filing.zone,
        coverage=ticket.promise.coverage,
        urgency=ticket.filing.urgency,
        plan_id=ticket.promise.plan_id,
        work=tuple(w for v in _done_in(ticket, round_) for w in work_on(v)),
        completed_at=min(ended_at(ticket, round_) or now, now),
        by=OURSELVES,
        no_shows=_no_shows(ticket, round_),
        no_show_fee=ticket.policies.no_show_fee,
    )


def _done_in(ticket: Ticket, round_: int) -> list[Visit]:
    return [v for v in ticket.visits if v.state in ENDED and v.round == round_]


def work_on(visit: Visit) -> list[WorkDone]:
    """The work of those who came, and of whom a person decided that they are paid."""
    return [
        WorkDone(
            visit_id=visit.id,
            assignment_id=a.id,
            expert_id=a.expert_id,
            worked=worked(visit, a),
            minutes=a.work.minutes if a.work else None,
        )
        for a in visit.crew
        if was_there(visit, a) or a.work is not None
    ]


def work_after_cancel(visit: Visit) -> list[WorkDone]:
    """The work of those on a cancelled visit about whose pay a person has to decide."""
    return [_after_cancel(visit, assignment) for assignment in worked_all_the_same(visit)]


def _after_cancel(visit: Visit, assignment: Assignment) -> WorkDone:
    return WorkDone(
        visit_id=visit.id,
        assignment_id=assignment.id,
        expert_id=assignment.expert_id,
        worked=worked(as_reported(visit, assignment), assignment),
    )
