"""Who keeps the list of appliance models."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from models.settings.maps import is_address
from models.settings.section import Section, Variable


class CatalogueSource(Section):
    """The list of appliance models."""

    url: Annotated[
        str,
        Variable(
            "CATALOGUE_SERVER",
            "URL of who keeps the list of appliance models; none: our own rows are all of it",
        ),
    ] = ""
    file: Annotated[
        Path,
        Variable(
            "CATALOGUE_CACHE_FILE",
            "last known catalogue, for starts with Postgres or that server away; a local disk",
        ),
    ] = Path("catalogue.json")

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class."""
        if self.url and not is_address(self.url):
            yield "url", "an `http://` or `https://` address"
