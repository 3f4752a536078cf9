"""What a notification is about, as the database has it when the letter is written."""

from collections.abc import Callable, Mapping
from typing import Protocol

from activities.gateways.message import Attachment
from activities.message.house import HouseOccasion
from activities.message.office import Office
from activities.message.texts import Template
from activities.message.ticket.occasion import TicketOccasion
from models.db.message.due import Due
from models.subject import SubjectKind


class Occasion(Protocol):
    """What a letter may say of its subject, point to and enclose. What a template asks for and the
    occasion does not know is a `LookupError`."""

    def words(self, locale: str) -> dict[str, str]:
        """The facts that texts may name, ready to be read in a language."""

    def code(self, office: Office) -> str:
        """The customer's code for the visit; empty where they need none."""

    def link(self, office: Office) -> str:
        """The address that the template points to."""

    def enclosures(self, office: Office) -> tuple[Attachment, ...]:
        """What lies in the envelope beside the letter."""


OCCASIONS: Mapping[SubjectKind, Callable[[Due, Template], Occasion]] = {
    SubjectKind.TICKET: TicketOccasion.of,
    SubjectKind.HOUSE: HouseOccasion.of,
}
"""By the kind of the subject: one entry a kind."""


def occasion_of(due: Due, template: Template) -> Occasion:
    """What a delivery that is due is about.

    Raises:
        LookupError: its subject is gone, or nobody writes about its kind.
    """
    return OCCASIONS[due.subject.kind](due, template)
