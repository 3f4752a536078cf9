"""Search attributes: for the helpdesk's lists in the Temporal UI, never encrypted, never ours to
read. Registered before the first worker starts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

TICKET_STATUS = SearchAttributeKey.for_keyword("TicketStatus")
ZONE = SearchAttributeKey.for_keyword("Zone")
URGENCY = SearchAttributeKey.for_keyword("Urgency")
ESCALATION_REASON = SearchAttributeKey.for_keyword("EscalationReason")
ESCALATION_LEVEL = SearchAttributeKey.for_int("EscalationLevel")
NEXT_DUE = SearchAttributeKey.for_datetime("NextDue")

SEARCH_ATTRIBUTES: Mapping[str, str] = {
    "TicketStatus": "Keyword",
    "Zone": "Keyword",
    "Urgency": "Keyword",
    "EscalationReason": "Keyword",
    "EscalationLevel": "Int",
    "NextDue": "Datetime",
}


def at_start(status: str, urgency: str) -> TypedSearchAttributes:
    """What a ticket is born with."""
    return TypedSearchAttributes(
        [SearchAttributePair(TICKET_STATUS, status), SearchAttributePair(URGENCY, urgency)]
    )


def of_escalation(
    *, zone: str | None, urgency: str, reason: str, level: int, next_due: datetime | None
) -> TypedSearchAttributes:
    """What an escalation is born with: what the helpdesk filters by."""
    known: list[SearchAttributePair[Any]] = [
        SearchAttributePair(URGENCY, urgency),
        SearchAttributePair(ESCALATION_REASON, reason),
        SearchAttributePair(ESCALATION_LEVEL, level),
    ]
    if zone is not None:
        known.append(SearchAttributePair(ZONE, zone))
    if next_due is not None:
        known.append(SearchAttributePair(NEXT_DUE, next_due))
    return TypedSearchAttributes(known)


Shown = tuple[tuple[SearchAttributeKey[Any], Any], ...]


def shown(
    *,
    status: str,
    zone: str | None,
    next_due: datetime | None,
) -> Shown:
    """What the UI's lists know of a ticket now; None where there is nothing to say."""
    return (
        (TICKET_STATUS, status),
        (ZONE, zone),
        (NEXT_DUE, next_due),
    )
