"""What every letter needs to know about ourselves."""

from dataclasses import dataclass

from models.actor import Role
from temporal.links import OfferLinks, SurveyLinks, VisitLinks
from temporal.start_codes import StartCodes


@dataclass(frozen=True, slots=True)
class Office:
    """Our addresses, and the keys that our links are signed with. Whoever of the staff has no
    address of their own is reached through the helpdesk."""

    public_url: str
    desk_url: str
    helpdesk_email: str
    surveys: SurveyLinks
    offers: OfferLinks
    visit_links: VisitLinks
    start_codes: StartCodes
    manager_email: str | None = None
    admin_email: str | None = None

    def email_of(self, role: str) -> str:
        """Where somebody of the staff reads their mail."""
        own = {Role.MANAGER: self.manager_email, Role.ADMIN: self.admin_email}
        return own.get(Role(role)) or self.helpdesk_email
