"""Names of things: a prefix that tells the kind, then a UUID.

Nothing is drawn. Each is derived from what makes it one thing, for everything may be done twice: a
ticket from who asked and the idempotency key, so that asking twice, through any replica, names one
ticket; a proposal from the request that makes it; visits and events from their numbers.
"""

from typing import Annotated
from uuid import NAMESPACE_URL, uuid5

from pydantic import StringConstraints

_TICKETS = uuid5(NAMESPACE_URL, "urn:sysops-squad:ticket")
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

TicketId = Annotated[str, StringConstraints(pattern=f"^tkt_{_UUID}$")]
VisitId = Annotated[str, StringConstraints(pattern=f"^vis_{_UUID}$")]
GroupId = Annotated[str, StringConstraints(pattern=f"^grp_{_UUID}$")]
ProposalId = Annotated[str, StringConstraints(pattern=f"^prp_{_UUID}$")]
ExpertId = Annotated[str, StringConstraints(pattern=f"^exp_{_UUID}$")]
CustomerId = Annotated[str, StringConstraints(pattern=f"^cus_{_UUID}$")]
InvoiceId = Annotated[str, StringConstraints(pattern=f"^inv_{_UUID}$")]
EscalationId = Annotated[str, StringConstraints(pattern=f"^esc_{_UUID}$")]
AssignmentId = Annotated[str, StringConstraints(pattern=f"^asg_{_UUID}$")]
EventId = Annotated[str, StringConstraints(pattern=f"^evt_{_UUID}$")]
OfferId = Annotated[str, StringConstraints(pattern=f"^off_{_UUID}$")]
NotificationId = Annotated[str, StringConstraints(pattern=f"^ntf_{_UUID}$")]
DeliveryId = Annotated[str, StringConstraints(pattern=f"^dlv_{_UUID}$")]
CandidateId = Annotated[str, StringConstraints(pattern=f"^cnd_{_UUID}$")]
StopId = Annotated[str, StringConstraints(pattern=f"^stp_{_UUID}$")]
FileId = Annotated[str, StringConstraints(pattern=f"^fil_{_UUID}$")]
ReportId = Annotated[str, StringConstraints(pattern=f"^rpt_{_UUID}$")]
RefusedReportId = Annotated[str, StringConstraints(pattern=f"^rfr_{_UUID}$")]
ArticleId = Annotated[str, StringConstraints(pattern=f"^art_{_UUID}$")]
TimeId = Annotated[str, StringConstraints(pattern=f"^tim_{_UUID}$")]
Code = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9_.-]{0,79}$")]


def derived_id(prefix: str, *names: str) -> str:
    """The same id for the same names, always (uuid5): what runs twice names one thing. Other names
    have another id, also where one holds a stroke of those between them."""
    plain = (name.replace("\\", "\\\\").replace("/", "\\/") for name in names)
    return f"{prefix}_{uuid5(_TICKETS, '/'.join(plain))}"


def ticket_id(principal: str, idempotency_key: str) -> str:
    """The ticket that `principal` opened under `idempotency_key`."""
    return derived_id("tkt", principal, idempotency_key)


def bare(identifier: str) -> str:
    """The UUID of an id, without its prefix."""
    return identifier.split("_", 1)[1]
