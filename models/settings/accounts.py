"""Who keeps the accounts of customers."""

from collections.abc import Iterator
from typing import Annotated

from models.settings.maps import is_address
from models.settings.section import Section, Variable


class CoverageServer(Section):
    """Who is asked whether a plan is paid for."""

    url: Annotated[
        str,
        Variable(
            "COVERAGE_SERVER",
            "URL of who keeps the customers' accounts; none: our own subscriptions say",
        ),
    ] = ""

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class."""
        if self.url and not is_address(self.url):
            yield "url", "an `http://` or `https://` address"
