"""What a letter about the house as a whole says."""

from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

from activities.gateways.message import Attachment
from activities.message.office import Office
from activities.message.texts import Template
from models.dates import day, hour
from models.db.message.due import Due
from models.db.status.about import AboutHouse


@dataclass(frozen=True, slots=True)
class HouseOccasion:
    """News of the house. It knows no link and no code, and encloses nothing."""

    due: Due
    about: AboutHouse

    @classmethod
    def of(cls, due: Due, _: Template) -> Self:
        """What a delivery that is due is about.

        Raises:
            LookupError: its reader is gone.
        """
        if not isinstance(due.about, AboutHouse):
            raise LookupError(due.subject.id)
        return cls(due, due.about)

    def words(self, locale: str) -> dict[str, str]:
        """When it happened, by the clock that its reader lives by, and the ids and codes that the
        news itself has."""
        here = ZoneInfo(self.about.tz)
        local = self.due.occurred_at.astimezone(here)
        when = {"date": day(local, locale), "time": f"{hour(local, locale)} {here.key}"}
        return {**self.due.facts, **when}

    def code(self, office: Office) -> str:
        """None."""
        raise LookupError("code")

    def link(self, office: Office) -> str:
        """None."""
        raise LookupError("link")

    def enclosures(self, office: Office) -> tuple[Attachment, ...]:
        """None."""
        return ()
