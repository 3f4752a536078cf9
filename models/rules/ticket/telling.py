"""Whom the news of a ticket concerns."""

from collections.abc import Iterator, Mapping, Sequence

from models.event import Audience
from models.message.notification import Intent
from models.rules.message.notices import Notice, notice_of
from models.ticket import Ticket
from models.visit import Visit

Willing = Mapping[str, Sequence[str]]
"""The experts who may propose themselves for a visit, by its id."""


def visits_to_show(ticket: Ticket) -> tuple[Visit, ...]:
    """The visits that experts are to be told of now: who they are, reference data knows."""
    shown = {n.facts["visit_id"] for n in _notices(ticket) if n.audience is Audience.OPEN_EXPERTS}
    return tuple(v for v in ticket.visits if v.id in shown)


def intents_of(ticket: Ticket, willing: Willing) -> list[Intent]:
    """Who is told of a ticket's news, and of what."""
    return [intent for notice in _notices(ticket) for intent in _told(notice, ticket, willing)]


def _notices(ticket: Ticket) -> Iterator[Notice]:
    return (notice for event in ticket.news if (notice := notice_of(event)))


def _told(notice: Notice, ticket: Ticket, willing: Willing) -> list[Intent]:
    match notice.audience:
        case Audience.CUSTOMER:
            return [notice.to("customer", ticket.customer_id)]
        case Audience.EXPERT:
            return [notice.to("expert", notice.facts["expert_id"])]
        case Audience.OPEN_EXPERTS:
            experts = willing.get(notice.facts["visit_id"], ())
            return [notice.to("expert", expert_id) for expert_id in experts]
        case Audience.HELPDESK:
            # Whoever is asked, an escalation tells.
            return []
