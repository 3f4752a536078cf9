"""Who does something."""

from enum import StrEnum

from models.base import Value


class Role(StrEnum):
    """What somebody may be to us."""

    CUSTOMER = "customer"
    EXPERT = "expert"
    HELPDESK = "helpdesk"
    MANAGER = "manager"
    ADMIN = "admin"
    INTEGRATION = "integration"
    SYSTEM = "system"

    @property
    def is_staff(self) -> bool:
        """Helpdesk and those above it, who may see every ticket."""
        return self in (Role.HELPDESK, Role.MANAGER, Role.ADMIN)


class Actor(Value):
    """A role and an id; never a name."""

    role: Role
    id: str


SYSTEM = Actor(role=Role.SYSTEM, id="system")
