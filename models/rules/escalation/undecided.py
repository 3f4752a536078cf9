"""Whether a group can be staffed is more than the rule could find out."""

from collections.abc import Iterator
from datetime import datetime

from models.escalation import Doubt, EscalationReason
from models.rules.escalation.chained import named
from models.rules.escalation.kind import Kind, Picture, Shown
from models.rules.escalation.matching import (
    DECISIONS,
    facts,
    group_doubt,
    possible,
    waits_too_long,
)
from models.rules.matching.budget import MOST_DOUBLINGS
from models.rules.transitions import status_of
from models.ticket import Ticket, TicketStatus
from models.visit import MatchState, VisitGroup


def doubts(ticket: Ticket, now: datetime) -> Iterator[Doubt]:
    """Every group whose search ended without an answer, once it has waited too long, or at once if
    its search is given no more steps than it had."""
    for group in ticket.matching.groups:
        if group.match_state is MatchState.UNDECIDED and (
            _is_past_searching(ticket, group) or waits_too_long(ticket, group, now)
        ):
            yield group_doubt(ticket, group)


def _is_past_searching(ticket: Ticket, group: VisitGroup) -> bool:
    return group.undecided > MOST_DOUBLINGS and status_of(ticket) is not TicketStatus.REVIEW


def _headline(picture: Picture) -> str:
    return (
        f"Experts want to come to {named(picture)}, but so many of their times fit together "
        "that it could not be worked out who comes when."
    )


KINDS = (
    Kind(
        reason=EscalationReason.MATCH_UNDECIDED,
        headline=_headline,
        facts=facts,
        shows=frozenset({Shown.TIMES, Shown.CANDIDATES}),
        narrowed=possible,
        decisions=DECISIONS,
    ),
)
