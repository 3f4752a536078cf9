"""Escalations as the helpdesk sees them; its own pages and the API show the same."""

from collections.abc import Mapping
from typing import NamedTuple

from api.escalation.reaching import Unreached, unreached
from api.escalation.schemas import (
    AllowedAction,
    CandidateView,
    EscalationDetail,
    EscalationRowView,
    ExpectedView,
    OptionView,
    SuggestedSlot,
)
from api.ticket.views import asked
from models.brief import Candidate, Expected, Option
from models.db.engine import Session
from models.db.people.reads import Contact, PeopleReads
from models.db.ticket.reads import CustomersWords, TicketReads
from models.escalation import Brief, Escalation
from models.people.customer import Customer
from models.rules.escalation.attendance import standing
from models.rules.escalation.kind import Wants
from models.rules.escalation.page import chosen_in_words
from models.rules.escalation.registry import KINDS
from models.subject import SubjectKind


class Papers(NamedTuple):
    """What only our own page shows of an escalation: who the customer is, by id where they have no
    file, their words, and who could not be told something."""

    words: CustomersWords | None = None
    customer: Customer | None = None
    customer_id: str | None = None
    unreached: Unreached | None = None


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
    spoken_of = {c.expert_id for c in brief.candidates} | {e.expert_id for e in brief.crew}
    people = PeopleReads(session).contacts(spoken_of)
    return EscalationDetail(
        **listed(known).model_dump(),
        facts=list(brief.facts),
        gathered_at=brief.gathered_at,
        claimed_at=known.claimed_at,
        at_stake=brief.at_stake,
        crew=[_expected(e, people[e.expert_id]) for e in brief.crew if e.expert_id in people],
        categories=[_line(category) for category in brief.categories],
        times_id=brief.times_id,
        decided=_decided(known, people),
        allowed_actions=[
            AllowedAction(
                action=decision.action,
                number=decision.number,
                label=decision.label,
                button=decision.button,
                explains=decision.explains,
                wants=decision.wants,
                ends_all=decision.ends_all,
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
        lines=[_line(option) for option in brief.options],
        deciding=known.choice.by.id if known.choice else None,
        refusal=known.refusal,
    )


def papers(session: Session, known: Escalation) -> Papers:
    """Who the customer of a ticket is, and what they wrote; nothing, where there is no ticket."""
    if known.concerns.kind is not SubjectKind.TICKET:
        return Papers()
    reads = TicketReads(session)
    ticket = reads.ticket(known.concerns.id)
    customer = PeopleReads(session).customer(ticket.customer_id) if ticket else None
    return Papers(
        reads.words(known.concerns.id),
        customer,
        ticket.customer_id if ticket else None,
        unreached(session, known),
    )


def _decided(known: Escalation, people: Mapping[str, Contact]) -> str | None:
    """What was chosen, with names where pages may show them."""
    choice = known.decided
    if choice is None:
        return None
    words = chosen_in_words(known, choice)
    for candidate in known.brief.candidates if known.brief else ():
        name = people[candidate.expert_id].name if candidate.expert_id in people else None
        wants = KINDS[known.reason].decision(choice.action).wants
        if name and wants is Wants.CANDIDATE and candidate.number == choice.parameter:
            return f"{name}: {words}"
    return words


def _expected(expected: Expected, contact: Contact) -> ExpectedView:
    known = expected.model_dump(include={"expert_id", "skill", "state"})
    return ExpectedView(**known, **contact._asdict(), standing=standing(expected))


def _line(option: Option) -> OptionView:
    return OptionView(id=option.id, number=option.number, line=option.line)


def _candidate(candidate: Candidate, contact: Contact) -> CandidateView:
    return CandidateView(id=candidate.id, **candidate.model_dump(), **contact._asdict())
