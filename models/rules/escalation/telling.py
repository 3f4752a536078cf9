"""Whom the news of an escalation concerns."""

from collections.abc import Iterator

from models.escalation import LADDER, Escalation
from models.message.notification import Intent
from models.rules.message.notices import notice_of


def intents_of(escalation: Escalation) -> list[Intent]:
    """Each level is told when its turn comes, and where to decide."""
    return list(_intents(escalation))


def _intents(escalation: Escalation) -> Iterator[Intent]:
    for event in escalation.news:
        if notice := notice_of(event):
            role = LADDER[event.data["level"] - 1]
            yield notice.to(role, role, workflow_id=escalation.workflow_id)
