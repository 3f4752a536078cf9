"""Where we are: for people, and for the network."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from models.settings.section import Section, Variable

_NUMBERS = re.compile(r"[0-9]{1,5}(,[0-9]{1,5})*")
Port = Annotated[int, Field(ge=0, le=65535)]


class Addresses(Section):
    """Where people reach us; what stands in links."""

    api: Annotated[
        str, Variable("API_PUBLIC_URL", "where people reach the API; stands in links")
    ] = "http://127.0.0.1:8080"
    desk: Annotated[str, Variable("DESK_PUBLIC_URL", "where the helpdesk reaches the desk")] = (
        "http://127.0.0.1:8088"
    )
    temporal_ui: Annotated[
        str, Variable("TEMPORAL_UI_URL", "where people open the Temporal UI")
    ] = "http://127.0.0.1:8233"


class ApiServer(Section):
    """Where the API listens."""

    host: Annotated[str, Variable("API_HOST", "address the API listens on")] = "127.0.0.1"
    port: Annotated[Port, Variable("API_PORT", "port the API listens on")] = 8080
    sockets: Annotated[
        str,
        Variable(
            "API_SOCKETS",
            "numbers of sockets that whoever starts it listens at already and hands over, with "
            "commas between them; then it listens there",
        ),
    ] = ""

    @property
    def handed_over(self) -> tuple[int, ...]:
        """The sockets, by their numbers."""
        return tuple(int(number) for number in self.sockets.split(",") if number)

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class."""
        if self.sockets and not _NUMBERS.fullmatch(self.sockets):
            yield "sockets", "numbers of open sockets, such as 3,4"


class Metrics(Section):
    """Where the API's metrics are read. Nobody outside should."""

    host: Annotated[str, Variable("METRICS_HOST", "address of `/metrics`")] = "127.0.0.1"
    port: Annotated[Port, Variable("METRICS_PORT", "its port; 0, and there are none")] = 9464


class WorkerMetrics(Section):
    """Where a worker's metrics are read. Nobody outside should."""

    host: Annotated[str, Variable("WORKER_METRICS_HOST", "IP address of its `/metrics`")] = (
        "127.0.0.1"
    )
    port: Annotated[
        Port, Variable("WORKER_METRICS_PORT", "its port; each worker's own; 0, and there are none")
    ] = 0


class RelayMetrics(Section):
    """Where a relay's metrics are read. Nobody outside should."""

    host: Annotated[str, Variable("RELAY_METRICS_HOST", "address of its `/metrics`")] = "127.0.0.1"
    port: Annotated[
        Port, Variable("RELAY_METRICS_PORT", "its port; each relay's own; 0, and there are none")
    ] = 0


class DeskServer(Section):
    """Where the desk listens, and what it stands in front of."""

    host: Annotated[str, Variable("DESK_HOST", "address the desk listens on")] = "127.0.0.1"
    port: Annotated[Port, Variable("DESK_PORT", "port the desk listens on")] = 8088
    temporal_ui: Annotated[
        str,
        Variable(
            "TEMPORAL_UI_INTERNAL_URL",
            "where the desk reaches the Temporal UI; nobody else should",
        ),
    ] = "http://127.0.0.1:8233"
