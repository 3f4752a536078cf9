"""Whether the ticket would take a candidate, if they were sent."""

from datetime import datetime

from models.actor import SYSTEM
from models.brief import Candidate
from models.errors import DomainError
from models.event import Cause
from models.messages.matching import AssignExpert
from models.rules.matching.assigning import wished
from models.ticket import Ticket

_OF_THE_TICKET = frozenset({"coverage-undecided", "illegal-transition"})
"""Refusals that say nothing of the candidate: the same would be said of everybody."""


def would_take(
    ticket: Ticket, candidate: Candidate, now: datetime, *, agreed: bool = False
) -> bool:
    """Whether nothing that the ticket knows speaks against a candidate: a gap to a visit that
    stands, people who must be the same, a crew that comes at another time; or that the customer has
    no time then, unless they `agreed`."""
    wish = AssignExpert(
        request_id=candidate.id,
        visit_id=candidate.visit_id,
        position=candidate.position,
        expert_id=candidate.expert_id,
        start=candidate.start,
        by=Cause(actor=SYSTEM),
        instead_of=candidate.instead_of,
        customer_consent=agreed,
    )
    try:
        wished(ticket, wish, now)
    except DomainError as refusal:
        return refusal.code in _OF_THE_TICKET
    return True
