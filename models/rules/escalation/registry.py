"""The reasons for asking a person, one module a family: when one arises, its facts, its decisions
and what they ask, its words. docs/extending-escalations.md shows how one is added."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from models.escalation import Doubt, EscalationReason
from models.rules.escalation import appliance, attendance, coverage, matching, message, papers
from models.rules.escalation.kind import Decision, Kind
from models.ticket import Ticket

FAMILIES = (papers, coverage, appliance, matching, attendance, message)
"""In the order in which a ticket asks."""
KINDS: Mapping[EscalationReason, Kind] = {
    kind.reason: kind for family in FAMILIES for kind in family.KINDS
}
DECISIONS: Mapping[str, Decision] = {
    decision.name: decision for kind in KINDS.values() for decision in kind.decisions
}
"""Every decision by the name of its update."""


def doubts_at(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Everything about a ticket that needs a person at `now`."""
    for family in FAMILIES:
        yield from family.doubts(ticket, now)
