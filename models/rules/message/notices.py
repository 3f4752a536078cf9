"""Who is told what, and when: as each kind of event says of itself (`models/events`)."""

from collections.abc import Mapping

from models.base import Value
from models.event import Audience, Event, Tells
from models.events.every import EVENTS
from models.message.notification import Intent

NOTICES: Mapping[str, Tells] = {
    kind: declared.tells for kind, declared in EVENTS.items() if declared.tells is not None
}
"""What is told of each kind of event, and to whom; of all others nobody hears."""


class Notice(Value):
    """Somebody is to be told about an event; once."""

    event_id: str
    audience: Audience
    template: str
    facts: Mapping[str, str]
    by_itself: bool = False

    def to(self, role: str, recipient_id: str, **more: str) -> Intent:
        """The intent to tell one person, with `more` than the event says."""
        return Intent(
            event_id=self.event_id,
            recipient_role=role,
            recipient_id=recipient_id,
            template=self.template,
            facts={**self.facts, **more},
        )


def notice_of(event: Event) -> Notice | None:
    """Whom an event concerns; its ids and times travel, words are found when it is sent."""
    tells = NOTICES.get(event.type)
    if tells is None or event.data.get("overtaken"):
        return None
    if tells.only_if is not None and not event.data.get(tells.only_if):
        return None
    told = {name: event.data.get(name) for name in tells.facts}
    facts = {name: _fact(value) for name, value in told.items() if value not in (None, [])}
    return Notice(
        event_id=event.id,
        audience=tells.audience,
        template=tells.template,
        facts=facts,
        by_itself=tells.by_itself,
    )


def _fact(value: object) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
