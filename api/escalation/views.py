"""Escalations as the helpdesk sees them; its own pages and the API show the same."""

import re
from collections.abc import Mapping, Sequence
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
from models.db.events import EventReads
from models.db.people.reads import Contact, PeopleReads
from models.db.ticket.notes import NoteRepository
from models.db.ticket.reads import CustomersWords, TicketReads
from models.db.visit.reports import WorkWords, words_of
from models.escalation import Brief, Escalation
from models.people.customer import Customer
from models.rules.escalation.attendance import standing
from models.rules.escalation.cancelling import cancelling_of
from models.rules.escalation.kind import Shown, Wants
from models.rules.escalation.page import chosen_in_words
from models.rules.escalation.registry import KINDS
from models.subject import SubjectKind

_NUMBERED = re.compile(r"[Ee]xpert no\. (\d+)")


class Written(NamedTuple):
    """What an expert wrote of their work on the visit in question."""

    name: str
    words: WorkWords


class Papers(NamedTuple):
    """What only our own page shows of an escalation: who the customer is, by id where they have no
    file, their words, who could not be told something, what experts wrote of the visit, and why it
    was cancelled."""

    words: CustomersWords | None = None
    customer: Customer | None = None
    customer_id: str | None = None
    unreached: Unreached | None = None
    reports: Sequence[Written] = ()
    why_cancelled: str | None = None


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
                label=_by_name(decision.label_as(brief), brief, people),
                button=decision.button_as(brief),
                explains=decision.explains_as(brief),
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
        _written(session, known),
        _why_cancelled(session, known),
    )


def facts_by_name(session: Session, known: Escalation) -> list[str]:
    """The facts as whoever may read names reads them."""
    brief = known.brief or Brief(headline=known.reason)
    people = PeopleReads(session).contacts({e.expert_id for e in brief.crew})
    return [_by_name(fact, brief, people) for fact in brief.facts]


def _by_name(said: str, brief: Brief, people: Mapping[str, Contact]) -> str:
    """Words with the names of those who are on the visit in the place of their numbers."""
    numbers = {e.expert_no: e.expert_id for e in brief.crew}

    def named(found: re.Match[str]) -> str:
        contact = people.get(numbers.get(int(found[1]), ""))
        return contact.name if contact else found[0]

    return _NUMBERED.sub(named, said)


def _written(session: Session, known: Escalation) -> Sequence[Written]:
    if not known.subject.startswith("vis_"):
        return ()
    found = words_of(session, known.subject)
    names = PeopleReads(session).contacts({words.expert_id for words in found})
    return [Written(names[w.expert_id].name, w) for w in found if w.expert_id in names]


def _why_cancelled(session: Session, known: Escalation) -> str | None:
    """What was written down of why a visit was cancelled on which somebody worked."""
    if Shown.CANCELLING not in KINDS[known.reason].shows:
        return None
    said = cancelling_of(EventReads(session).timeline(known.ticket_id), known.subject)
    note_id = said.data.get("note_id") if said else None
    notes = NoteRepository(session).of_ticket(known.ticket_id) if note_id else []
    return next((note.body for note in notes if note.id == note_id), None)


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
