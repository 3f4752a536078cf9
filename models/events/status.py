"""What can happen to the house as a whole."""

from typing import ClassVar

from models.event import Audience, Facts, Tells


class ServiceRestored(Facts):
    """Nothing is stale or away any more since `at`; so many customers who asked are told."""

    kind: ClassVar = "service.restored"
    tells: ClassVar = Tells(Audience.CUSTOMER, "service.restored")

    at: str
    told: int


class CommandQuarantined(Facts):
    """What was accepted cannot be carried out as it is, and is kept for a person: `entry` is its
    name in the command log, `reason` why (`models.db.intake.quarantine`)."""

    kind: ClassVar = "command.quarantined"
    tells: ClassVar = Tells(
        Audience.HELPDESK, "command.quarantined", ("entry", "reason"), by_itself=True
    )

    entry: str
    reason: str
