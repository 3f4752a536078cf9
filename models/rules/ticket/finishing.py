"""What a completed round leaves to do: a bill and a question."""

from datetime import datetime, timedelta

from models.event import OURSELVES
from models.events.money import BillingStarted
from models.messages.money import BillTicket, OpenSurvey, WorkDone
from models.ticket import Ticket
from models.visit import FactKind, Visit, VisitState


def bill_due(ticket: Ticket, now: datetime) -> BillTicket | None:
    """The bill of a round that is over and not billed yet. A cancelled one is billed too, for the
    visits that were done before."""
    over = ticket.completed_at is not None or ticket.cancelled
    done = _done_in_round(ticket)
    if not over or not done or ticket.billed_round >= ticket.round:
        return None
    assert ticket.filing.zone is not None, "an admitted ticket has a zone"
    return BillTicket(
        ticket_id=ticket.id,
        round=ticket.round,
        customer_id=ticket.filing.customer_id,
        zone=ticket.filing.zone,
        coverage=ticket.promise.coverage,
        urgency=ticket.filing.urgency,
        plan_id=ticket.promise.plan_id,
        work=tuple(w for v in done for w in _work_on(v)),
        completed_at=ticket.completed_at or now,
        by=OURSELVES,
    )


def survey_due(ticket: Ticket) -> OpenSurvey | None:
    """The survey of a round whose completion is news; a cancelled one is not surveyed."""
    handed_over = any(event.type == BillingStarted.kind for event in ticket.news)
    if ticket.completed_at is None or not handed_over:
        return None
    return OpenSurvey(
        ticket_id=ticket.id,
        round=ticket.round,
        opened_at=ticket.completed_at,
        ttl=ticket.policies.survey_ttl,
    )


def billed(ticket: Ticket, round_: int, now: datetime) -> Ticket:
    """The ticket with a round handed over to billing. It may have been reopened meanwhile."""
    return ticket.but(billed_round=round_).happened(BillingStarted(round=round_), now, OURSELVES)


def _done_in_round(ticket: Ticket) -> list[Visit]:
    return [v for v in ticket.visits if v.state is VisitState.COMPLETED and v.round == ticket.round]


def _work_on(visit: Visit) -> list[WorkDone]:
    return [
        WorkDone(
            visit_id=visit.id,
            assignment_id=a.id,
            expert_id=a.expert_id,
            worked=_worked(visit, a.expert_id),
        )
        for a in visit.crew
    ]


def _worked(visit: Visit, expert_id: str) -> timedelta:
    """From the expert's start, or arrival, or the appointed time, to their completion."""
    at = {f.kind: f.occurred_at for f in visit.facts if f.expert_id == expert_id}
    start = at.get(FactKind.STARTED) or at.get(FactKind.ON_SITE) or visit.start
    end = at.get(FactKind.COMPLETED)
    if start is None or end is None:
        return visit.duration
    return max(end - start, timedelta(0))
