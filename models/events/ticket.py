"""What can happen to a ticket as a whole."""

from typing import ClassVar

from models.event import Audience, Facts, Tells
from models.ticket import Attention, Channel, Coverage, IdentityCheck, Missing


class TicketReceived(Facts):
    """It was filed; by phone, with how the helpdesk made sure who called."""

    kind: ClassVar = "ticket.received"
    tells: ClassVar = Tells(Audience.CUSTOMER, "ticket.received")

    channel: Channel
    identity_check: IdentityCheck | None = None


class TicketAdmitted(Facts):
    """What it needs, and who pays, was looked up; with `start_code` the work on its visits begins
    with the customer's code only. `coverage_as_of`: who pays was remembered, and heard then."""

    kind: ClassVar = "ticket.admitted"

    zone: str | None
    category: str | None
    coverage: Coverage
    attention: list[Attention]
    start_code: bool = False
    coverage_as_of: str | None = None


class TicketPoliciesChanged(Facts):
    """The policies of the names that it tells became others; with `start_code` the work of its
    visits begins with the customer's code only, but for the assignments `as_before`, whose expert
    had set out already."""

    kind: ClassVar = "ticket.policies_changed"

    version: int
    names: list[str]
    start_code: bool = False
    as_before: list[str] = []


class TicketReadmitted(Facts):
    """It was looked up again, because a file or its model was mended."""

    kind: ClassVar = "ticket.readmitted"
    tells: ClassVar = Tells(Audience.CUSTOMER, "ticket.enriched", ("model_id",))

    zone: str | None
    category: str | None
    coverage: Coverage
    model_id: str | None


class TicketEnriched(Facts):
    """Somebody added what it lacked; `missing` is what is still waited for."""

    kind: ClassVar = "ticket.enriched"
    tells: ClassVar = Tells(Audience.CUSTOMER, "ticket.enriched", ("added", "model_id", "missing"))

    added: list[str]
    missing: list[Missing]
    zone: str | None
    category: str | None
    coverage: Coverage
    model_id: str | None
    note_id: str | None


class ModelLeftOpen(Facts):
    """Nobody looks for its model any more."""

    kind: ClassVar = "model.left_open"


class SlotsChanged(Facts):
    """Its customer has time at other times; so many."""

    kind: ClassVar = "slots.changed"

    slots: int
    note_id: str | None


class TicketCancelled(Facts):
    """It was given up."""

    kind: ClassVar = "ticket.cancelled"
    tells: ClassVar = Tells(Audience.CUSTOMER, "ticket.cancelled")

    note_id: str | None


class TicketCompleted(Facts):
    """Every visit of a round is done."""

    kind: ClassVar = "ticket.completed"
    tells: ClassVar = Tells(Audience.CUSTOMER, "ticket.completed", ("round",))

    round: int


class TicketReopened(Facts):
    """Its customer was not content: another round."""

    kind: ClassVar = "ticket.reopened"
    tells: ClassVar = Tells(Audience.CUSTOMER, "ticket.reopened", ("round",))

    round: int
    note_id: str | None


class TicketClosed(Facts):
    """Its customer confirmed, or said nothing for long enough."""

    kind: ClassVar = "ticket.closed"
    tells: ClassVar = Tells(Audience.CUSTOMER, "ticket.closed", ("reason",))

    reason: str


class CommandRejected(Facts):
    """A message came that could not be right, or not then; nothing changed."""

    kind: ClassVar = "command.rejected"

    command: str
    code: str


class RequestRefused(Facts):
    """What was asked, and accepted while nobody could answer, is refused since; nothing changed.
    `theirs`: its customer asked."""

    kind: ClassVar = "request.refused"
    tells: ClassVar = Tells(
        Audience.CUSTOMER, "request.refused", ("asked", "refusal"), by_itself=True, only_if="theirs"
    )

    asked: str
    refusal: str
    theirs: bool
