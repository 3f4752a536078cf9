"""Who could not be told something, and how they can be reached from now on."""

from typing import NamedTuple

from api.escalation.schemas import ReachedBy
from api.http.services import Services
from models.actor import Actor
from models.db.engine import Session
from models.db.message.reads import NotificationReads
from models.db.people.contacts import ContactRepository
from models.db.people.reads import Contact
from models.errors import Conflict
from models.escalation import Escalation
from models.rules.escalation.escalating import require_may_decide
from models.subject import SubjectKind


class Unreached(NamedTuple):
    """Somebody whom no channel reached, and how it was tried."""

    role: str
    person_id: str
    contact: Contact


def unreached(session: Session, asked: Escalation) -> Unreached | None:
    """Who could not be told what an escalation is about; None where it is about no message, or the
    address of one who works here."""
    if asked.about is None or asked.concerns.kind is not SubjectKind.TICKET:
        return None
    for notification, _ in NotificationReads(session).of_ticket(asked.concerns.id):
        if notification.id == asked.about:
            role, person_id = notification.recipient_role, notification.recipient_id
            contact = ContactRepository(session).of(role, person_id)
            return Unreached(role, person_id, contact) if contact else None
    return None


async def put_right(services: Services, asked: Escalation, by: Actor, given: ReachedBy) -> None:
    """Keep how somebody can be reached; written twice, it is as written once.

    Raises:
        Conflict: `contact-elsewhere`, where the escalation is about nobody's address; as
            `require_may_decide`.
    """
    require_may_decide(asked, by)

    def write(session: Session) -> None:
        somebody = unreached(session, asked)
        if somebody is None:
            raise Conflict("contact-elsewhere", "Nobody's address is asked for here.")
        ContactRepository(session).put_right(
            somebody.role, somebody.person_id, given.phone, given.email
        )

    await services.reads.write(write)
