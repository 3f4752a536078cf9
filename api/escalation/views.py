"""Escalations as the helpdesk sees them; its own pages and the API show the same."""

from typing import NamedTuple

from api.escalation.schemas import (
    AllowedAction,
    CandidateView,
    EscalationDetail,
    EscalationRowView,
)
from api.ticket.schemas import SlotView
from models.db.engine import Session
from models.db.escalation.tables import EscalationRow
from models.db.people.people import PeopleRepository
from models.db.people.tables import CustomerRow
from models.db.ticket.tables import TicketPrivateRow, TicketRow
from models.db.ticket.views import TicketViews
from models.escalation import Brief, Candidate, Escalation, EscalationReason
from models.rules.escalation.kind import update_name
from models.rules.escalation.registry import KINDS


class Papers(NamedTuple):
    """What only our own page shows of an escalation: who the customer is, and their words."""

    ticket: TicketRow | None
    private: TicketPrivateRow | None
    customer: CustomerRow | None


def listed(row: EscalationRow) -> EscalationRowView:
    """An escalation in a list."""
    brief = _brief(row)
    return EscalationRowView(
        **row.model_dump(exclude={"known", "seq"}),
        headline=brief.headline if brief else row.reason,
    )


def detailed(session: Session, row: EscalationRow) -> EscalationDetail:
    """An escalation with everything that a person needs to decide."""
    known = Escalation.model_validate(row.known)
    brief = known.brief or Brief(headline=row.reason)
    return EscalationDetail(
        **listed(row).model_dump(),
        facts=list(brief.facts),
        allowed_actions=[
            AllowedAction(
                action=decision.action,
                button=update_name(number, decision),
                explains=decision.explains,
                wants=decision.wants,
                possible=known.state.is_live and decision.action in brief.possible,
            )
            for number, decision in enumerate(KINDS[EscalationReason(row.reason)].decisions, 1)
        ],
        candidates=[c for c in (_candidate(session, c) for c in brief.candidates) if c],
        suggested_slots=[SlotView(start=w.start, end=w.end) for w in brief.times],
        options=[f"{o.number}. {o.line}" for o in brief.options],
        deciding=known.choice.by.id if known.choice else None,
        refusal=known.refusal,
    )


def papers(session: Session, ticket_id: str | None) -> Papers:
    """Who the customer of a ticket is, and what they wrote; nothing, where there is no ticket."""
    if ticket_id is None:
        return Papers(None, None, None)
    views = TicketViews(session)
    ticket = views.ticket(ticket_id)
    customer = PeopleRepository(session).customer(ticket.customer_id) if ticket else None
    return Papers(ticket, views.private(ticket_id), customer)


def _brief(row: EscalationRow) -> Brief | None:
    known = row.known.get("brief")
    return Brief.model_validate(known) if known else None


def _candidate(session: Session, candidate: Candidate) -> CandidateView | None:
    expert = PeopleRepository(session).expert_row(candidate.expert_id)
    if expert is None:
        return None
    return CandidateView(
        **candidate.model_dump(), name=expert.name, phone=expert.phone, email=expert.email
    )
