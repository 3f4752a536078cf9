"""The reasons for asking a person, one module a family: when one arises, its facts, its decisions
and what they ask, its words. docs/extending-escalations.md shows how one is added."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from models.escalation import Doubt, EscalationReason
from models.rules.escalation import (
    after_cancel,
    appliance,
    attendance,
    cannot_arrive,
    cannot_enter,
    coverage,
    follow_up,
    matching,
    message,
    overdue,
    overrun,
    papers,
    undecided,
    work,
)
from models.rules.escalation.kind import Decision, Kind
from models.ticket import Ticket

FAMILIES = (
    *(papers, coverage, appliance, matching, undecided, cannot_arrive, cannot_enter),
    *(attendance, overrun, follow_up, work, after_cancel, message, overdue),
)
"""In the order in which a ticket asks."""
KINDS: Mapping[EscalationReason, Kind] = {
    kind.reason: kind for family in FAMILIES for kind in family.KINDS
}
DECISIONS: Mapping[str, Decision] = {
    decision.name: decision for kind in KINDS.values() for decision in kind.decisions
}
"""Every decision by the name of its update."""


def doubts_at(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Everything about a ticket that needs a person at `now`; a clock only where nothing else says
    already why it runs out."""
    others = [family for family in FAMILIES if family is not overdue]
    found = [doubt for family in others for doubt in family.doubts(ticket, now)]
    yield from found
    if late := list(overdue.doubts(ticket, now)):
        soon = (d for family in others for d in family.doubts(ticket, now + overdue.SOON))
        yield from overdue.unexplained(late, {d.reason for d in (*found, *soon)})
