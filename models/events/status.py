"""What can happen to the house as a whole."""

from typing import ClassVar

from models.event import Audience, Facts, Tells


class ServiceRestored(Facts):
    """Nothing is stale or away any more since `at`; so many customers who asked are told."""

    kind: ClassVar = "service.restored"
    tells: ClassVar = Tells(Audience.CUSTOMER, "service.restored")

    at: str
    told: int
