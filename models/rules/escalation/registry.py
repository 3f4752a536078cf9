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
from models.rules.escalation.patience import is_waited_for
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
    """Everything about a ticket that needs a person at `now`; a clock only where nobody is asked
    already, or in a moment, about what it runs out of."""
    others = [family for family in FAMILIES if family is not overdue]
    every = [doubt for family in others for doubt in family.doubts(ticket, now)]
    found = overrun.with_one_silence(ticket, every, now)
    yield from found
    if late := list(overdue.doubts(ticket, now)):
        at = now + overdue.SOON
        soon = [doubt for family in others for doubt in family.doubts(ticket, at)]
        asked = [d for d in found if not is_waited_for(ticket, d, now)]
        asked += [d for d in soon if not is_waited_for(ticket, d, at)]
        waited = [d for d in (*found, *late) if is_waited_for(ticket, d, now)]
        late = [d for d in late if d not in waited and not overdue.was_asked(ticket, d, waited)]
        yield from overdue.unexplained(late, {d.reason for d in asked})
