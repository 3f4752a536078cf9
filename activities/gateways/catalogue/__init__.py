"""The catalogue of appliances: whoever keeps it, and what may go wrong.

    CatalogueUnavailable    no answer in time, or none that can be used

Ours is the rows; without a setting nobody else is asked.
"""

from typing import Protocol

from models.catalogue.nouns import ApplianceModel
from models.errors import Unavailable


class CatalogueUnavailable(Unavailable):
    """There is no answer, or it cannot be used. `reason` names why."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "catalogue-unavailable", "The catalogue's keeper does not answer.", reason=reason
        )
        self.reason = reason


class CatalogueGateway(Protocol):
    """Whoever keeps the list of appliance models."""

    async def models(self) -> tuple[ApplianceModel, ...]:
        """Every model, each once.

        Raises:
            CatalogueUnavailable: there is no answer, or it cannot be used.
        """

    async def close(self) -> None:
        """Let its connections go."""
