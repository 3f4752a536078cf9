"""Who hears that all is back."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from models.settings.section import Section, Variable


class Restored(Section):
    """Telling customers that everything works again."""

    quiet_minutes: Annotated[
        int,
        Field(ge=0),
        Variable("STATUS_QUIET_MINUTES", "for so long a customer who was told is not told again"),
    ] = 30

    @property
    def quiet(self) -> timedelta:
        """The same as a duration."""
        return timedelta(minutes=self.quiet_minutes)
