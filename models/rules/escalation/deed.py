"""Carrying out a decision: what is found out first, and what the ticket is then asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from models.base import Message
from models.brief import Candidate
from models.escalation import Choice, Escalation
from models.event import Cause
from models.identity import derived_id
from models.matching.offer import OfferedTimes
from models.messages.escalation import Readmit
from models.messages.matching import AssignExpert
from models.messages.ticket import Admission, CancelTicket
from models.messages.visit import SettleWork
from models.ticket import Ticket

Request = tuple[str, Message]
"""An update of the ticket, and what it is sent."""


class Preparation(StrEnum):
    """What has to be found out, or done, before a ticket can be asked."""

    NOTHING = "nothing"
    TICKET = "ticket"
    """The ticket as it stands."""
    STAND_INS = "stand_ins"
    """The times at which somebody else could come now, for the customer to choose from."""
    TIMES = "times"
    """The times that were shown, each of which can still be kept."""
    ADMISSION = "admission"
    """The ticket looked up again, as if it were filed now."""
    LINKED_MODEL = "linked_model"
    """The same, with the model that was chosen."""
    CREATED_MODEL = "created_model"
    """The same, with the model that the customer wrote, which the catalogue has then."""
    SENT_AGAIN = "sent_again"
    """The message is in the outbox again."""


@dataclass(frozen=True)
class Deed:
    """A decision, and what was prepared for it."""

    escalation: Escalation
    choice: Choice
    now: datetime
    ticket: Ticket | None = None
    times: tuple[OfferedTimes, ...] = ()
    model_id: str | None = None
    admission: Admission | None = None

    @property
    def by(self) -> Cause:
        """Who decided, and by which update."""
        return Cause(actor=self.choice.by, command_id=self.choice.command_id)

    @property
    def request_id(self) -> str:
        """The ticket knows the request by it: sent again, it has one effect."""
        return derived_id("upd", self.escalation.id, self.choice.command_id)


def cancelled(deed: Deed) -> Request:
    """Cancel the ticket."""
    return "cancel", CancelTicket(by=deed.by, note_id=deed.choice.note_id)


def sent(deed: Deed, chosen: Candidate, instead_of: str | None = None) -> Request:
    """Send an expert, perhaps in another's place."""
    return "assign_expert", AssignExpert(
        request_id=deed.request_id,
        visit_id=chosen.visit_id,
        position=chosen.position,
        expert_id=chosen.expert_id,
        start=chosen.start,
        by=deed.by,
        note_id=deed.choice.note_id,
        instead_of=instead_of,
        reason=deed.escalation.reason,
    )


def readmitted(deed: Deed) -> Request:
    """Take what was looked up again."""
    assert deed.admission is not None, "prepared"
    return "readmit", Readmit(admission=deed.admission, by=deed.by, model_id=deed.model_id)


def settled(deed: Deed, minutes: int | None) -> Request:
    """Say what the work on a visit is worth: so many minutes, nothing for 0, what was reported for
    None."""
    visit_id = deed.escalation.subject
    return "settle_work", SettleWork(visit_id=visit_id, by=deed.by, minutes=minutes)
