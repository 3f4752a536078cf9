"""Whom the news of a ticket concerns."""

from collections.abc import Iterator, Mapping, Sequence

from models.event import Audience
from models.message.notification import Intent
from models.messages.ticket import RecordTicket
from models.rules.message.notices import Notice, notice_of
from models.visit import Visit

Willing = Mapping[str, Sequence[str]]
"""The experts who may propose themselves for a visit, by its id."""


def visits_to_show(record: RecordTicket) -> tuple[Visit, ...]:
    """The visits that experts are to be told of now: who they are, reference data knows."""
    shown = {n.facts["visit_id"] for n in _notices(record) if n.audience is Audience.OPEN_EXPERTS}
    return tuple(v for v in record.visits if v.id in shown)


def intents_of(record: RecordTicket, willing: Willing) -> list[Intent]:
    """Who is told of a ticket's news, and of what."""
    return [intent for notice in _notices(record) for intent in _told(notice, record, willing)]


def _notices(record: RecordTicket) -> Iterator[Notice]:
    return (notice for event in record.news if (notice := notice_of(event)))


def _told(notice: Notice, record: RecordTicket, willing: Willing) -> list[Intent]:
    match notice.audience:
        case Audience.CUSTOMER:
            return [notice.to("customer", record.customer_id)]
        case Audience.EXPERT:
            return [notice.to("expert", notice.facts["expert_id"])]
        case Audience.OPEN_EXPERTS:
            experts = willing.get(notice.facts["visit_id"], ())
            return [notice.to("expert", expert_id) for expert_id in experts]
        case Audience.HELPDESK:
            # Whoever is asked, an escalation tells.
            return []
