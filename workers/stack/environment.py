"""What our own programs are told: the very variables a production deployment sets."""

import os
from collections.abc import Mapping

from workers.stack.home import Home
from workers.stack.ports import HOST, Ports
from workers.stack.postgres import Postgres
from workers.stack.temporal_server import NAMESPACE, TemporalServer

AUDIENCE = "sysops-squad"
DESK_CLIENT = "sysops-desk"
KEEPER_URL = "KEEPER_DATABASE_URL"
"""What the person at the keyboard is told, and none of our programs."""


def for_children(
    home: Home,
    ports: Ports,
    postgres: Postgres,
    temporal: TemporalServer,
    given: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """The environment of worker, API, desk and their errands.

    What the person has set stays (a Twilio account, a mail server), except for where the servers
    of this stack are.
    """
    environment = {"LOG_FORMAT": "console", **given}
    # Without compiled files the workflow sandbox would compile its source for every ticket.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.pop(KEEPER_URL, None)
    return {
        **environment,
        "DATABASE_URL": postgres.url,
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
        "TEMPORAL_UI_URL": desk_url(ports),
        "TEMPORAL_UI_INTERNAL_URL": temporal.ui_url,
        "API_PORT": str(ports.api),
        "API_PUBLIC_URL": f"http://{HOST}:{ports.api}",
        "DESK_PORT": str(ports.desk),
        "DESK_PUBLIC_URL": desk_url(ports),
        "OIDC_ISSUER_URL": issuer_url(ports),
        "OIDC_CLIENT_ID": DESK_CLIENT,
        **dict.fromkeys(("OIDC_CLIENT_SECRET", "OIDC_AUTHORIZE_URL", "OIDC_TOKEN_URL"), ""),
        "JWKS_URL": f"{issuer_url(ports)}/.well-known/jwks.json",
        "JWKS_CACHE_FILE": str(home.path / "jwks.json"),
        "JWT_ISSUER": issuer_url(ports),
        "JWT_AUDIENCE": AUDIENCE,
        "INTAKE_KEY_DIRECTORY": str(home.folder("intake-keys")),
        "COMMAND_LOG_DIRECTORY": str(home.folder("command-log")),
        "FLAGS_FILE": str(home.path / "flags.json"),
        "CATALOGUE_CACHE_FILE": str(home.path / "catalogue.json"),
        "OUTBOX_DIRECTORY": str(home.folder("outbox")),
        "FILE_DIRECTORY": str(home.folder("files")),
        "LINK_SECRET": home.secret("link"),
    }


def issuer_url(ports: Ports) -> str:
    """Who signs the laptop's tokens; it is also where they are to be had."""
    return f"http://{HOST}:{ports.issuer}"


def desk_url(ports: Ports) -> str:
    """Where the helpdesk works: our pages, and the Temporal UI behind the same login."""
    return f"http://{HOST}:{ports.desk}"
