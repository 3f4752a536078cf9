"""Whom the news of a ticket concerns."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.event import Audience
from models.message.news import appointments, telling_of
from models.message.notification import Intent
from models.messages.ticket import RecordTicket
from models.rules.message.notices import Notice, notice_of
from models.rules.message.reminding import reminders_of
from models.visit import Visit

Willing = Mapping[str, Sequence[str]]
"""The experts who may propose themselves for a visit, by its id."""

IMPLIED = {
    "proposal.released": ("assignment.cancelled",),
    "assignment.extended": ("assignment.shifted",),
    "assignment.shortened": ("assignment.brought_forward", "assignment.extended"),
}
"""Texts that nobody gets besides one of others."""


def visits_to_show(record: RecordTicket) -> tuple[Visit, ...]:
    """The visits that experts are to be told of now: who they are, reference data knows."""
    shown = {n.facts["visit_id"] for n in _notices(record) if n.audience is Audience.OPEN_EXPERTS}
    return tuple(v for v in record.visits if v.id in shown)


def intents_of(record: RecordTicket, willing: Willing) -> list[Intent]:
    """Who is told of a ticket's news, and of what: everybody once by each text, of all the visits
    that it concerns. Whoever need not come is not told besides that an offer is let go; whose next
    visit moves, because an earlier one of theirs takes longer, or does not after all, hears that it
    does."""
    told: dict[tuple[str, ...], list[Intent]] = {}
    for notice in _notices(record):
        together = "visit_id" in notice.facts and not notice.by_itself
        alone = () if together else (notice.event_id,)
        for intent in _told(notice, record, willing):
            of_one = (intent.recipient_id, intent.template, *alone)
            told.setdefault(of_one, []).append(intent)
    return [
        *(
            _together(intents)
            for (reader, template, *_), intents in told.items()
            if not any((reader, other) in told for other in IMPLIED.get(template, ()))
        ),
        *_reminders(record),
    ]


def _together(intents: Sequence[Intent]) -> Intent:
    """All of it by one; of a visit that was changed twice, the last."""
    if len(intents) == 1:
        return intents[0]
    first, *others = {intent.facts["visit_id"]: intent for intent in intents}.values()
    if not others:
        return first
    visits = (v for intent in (first, *others) for v in appointments(intent.facts))
    return first.but(facts=telling_of(first.facts, tuple(visits)))


def _reminders(record: RecordTicket) -> Iterable[Intent]:
    return (r for event in record.news for r in reminders_of(event, record.customer_id))


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
