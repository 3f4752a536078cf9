"""Where we are: for people, and for the network."""

from typing import Annotated

from models.settings.section import Section, Variable


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
    port: Annotated[int, Variable("API_PORT", "port the API listens on")] = 8080


class DeskServer(Section):
    """Where the desk listens, and what it stands in front of."""

    host: Annotated[str, Variable("DESK_HOST", "address the desk listens on")] = "127.0.0.1"
    port: Annotated[int, Variable("DESK_PORT", "port the desk listens on")] = 8088
    temporal_ui: Annotated[
        str,
        Variable(
            "TEMPORAL_UI_INTERNAL_URL",
            "where the desk reaches the Temporal UI; nobody else should",
        ),
    ] = "http://127.0.0.1:8233"
