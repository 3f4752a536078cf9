"""Escalations as the helpdesk sees them; its own pages and the API show the same."""

from typing import NamedTuple

from api.escalation.schemas import (
    AllowedAction,
    CandidateView,
    EscalationDetail,
    EscalationRowView,
    OptionView,
    SuggestedSlot,
)
from api.ticket.views import asked
from models.db.engine import Session
from models.db.people.reads import Contact, PeopleReads
from models.db.ticket.reads import CustomersWords, TicketReads
from models.escalation import Brief, Candidate, Escalation
from models.people.customer import Customer
from models.rules.escalation.registry import KINDS
from models.subject import SubjectKind


class Papers(NamedTuple):
    """What only our own page shows of an escalation: who the customer is, and their words."""

    words: CustomersWords | None
    customer: Customer | None


def listed(known: Escalation) -> EscalationRowView:
    """An escalation in a list."""
    return EscalationRowView(
        **asked(known).model_dump(),
        ticket_id=known.ticket_id,
        zone=known.zone,
        urgency=known.urgency,
        headline=known.brief.headline if known.brief else known.reason,
    )


def detailed(session: Session, known: Escalation) -> EscalationDetail:
    """An escalation with everything that a person needs to decide."""
    brief = known.brief or Brief(headline=known.reason)
    people = PeopleReads(session).contacts({c.expert_id for c in brief.candidates})
    return EscalationDetail(
        **listed(known).model_dump(),
        facts=list(brief.facts),
        allowed_actions=[
            AllowedAction(
                action=decision.action,
                number=decision.number,
                label=decision.label,
                button=decision.button,
                explains=decision.explains,
                wants=decision.wants,
                possible=known.state.is_live and decision.action in brief.possible,
            )
            for decision in KINDS[known.reason].decisions
        ],
        candidates=[
            _candidate(c, people[c.expert_id]) for c in brief.candidates if c.expert_id in people
        ],
        suggested_slots=[
            SuggestedSlot(id=t.id, number=t.number, start=t.start, end=t.end) for t in brief.times
        ],
        options=[f"{o.number}. {o.line}" for o in brief.options],
        lines=[OptionView(id=o.id, number=o.number, line=o.line) for o in brief.options],
        deciding=known.choice.by.id if known.choice else None,
        refusal=known.refusal,
    )


def papers(session: Session, known: Escalation) -> Papers:
    """Who the customer of a ticket is, and what they wrote; nothing, where there is no ticket."""
    if known.concerns.kind is not SubjectKind.TICKET:
        return Papers(None, None)
    reads = TicketReads(session)
    ticket = reads.ticket(known.concerns.id)
    customer = PeopleReads(session).customer(ticket.customer_id) if ticket else None
    return Papers(reads.words(known.concerns.id), customer)


def _candidate(candidate: Candidate, contact: Contact) -> CandidateView:
    return CandidateView(id=candidate.id, **candidate.model_dump(), **contact._asdict())
