"""Where the servers are that we keep things in."""

from pathlib import Path
from typing import Annotated

from models.settings.section import Section, Variable


class Database(Section):
    """Postgres."""

    url: Annotated[str, Variable("DATABASE_URL", "Postgres: `postgresql://user:password@host/db`")]


class Temporal(Section):
    """The Temporal service."""

    address: Annotated[str, Variable("TEMPORAL_ADDRESS", "Temporal frontend, `host:port`")] = (
        "127.0.0.1:7233"
    )
    namespace: Annotated[str, Variable("TEMPORAL_NAMESPACE", "Temporal namespace")] = "default"
    api_key: Annotated[
        str | None, Variable("TEMPORAL_API_KEY", "API key of a managed Temporal; implies TLS")
    ] = None
    tls: Annotated[bool, Variable("TEMPORAL_TLS", "`true` to speak TLS with Temporal")] = False


class IntakeKeys(Section):
    """The keys under which words travel."""

    directory: Annotated[
        Path, Variable("INTAKE_KEY_DIRECTORY", "weekly intake keys; API, desk and workers share it")
    ]


class CommandLog(Section):
    """What was sent, until its outcome is known."""

    directory: Annotated[
        Path,
        Variable(
            "COMMAND_LOG_DIRECTORY", "what was sent and has no answer yet; a local disk that lasts"
        ),
    ] = Path("command-log")
