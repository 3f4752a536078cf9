"""Where the servers are that we keep things in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

from models.secret import is_published
from models.settings.section import Section, Variable


class Database(Section):
    """Postgres."""

    url: Annotated[str, Variable("DATABASE_URL", "Postgres: `postgresql://user:password@host/db`")]

    def gaps(self) -> Iterator[tuple[str, str]]:
        """See base class."""
        if is_published(_password(self.url)):
            yield "url", "its password is the value of an example, which everybody knows"


def _password(url: str) -> str:
    try:
        return unquote(urlsplit(url).password or "")
    except ValueError:
        return ""


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


class LastFlags(Section):
    """What was last heard of flags."""

    file: Annotated[
        Path,
        Variable("FLAGS_FILE", "last known flags, for starts with Postgres away; a local disk"),
    ] = Path("flags.json")


class CommandLog(Section):
    """What was sent, until its outcome is known."""

    directory: Annotated[
        Path,
        Variable(
            "COMMAND_LOG_DIRECTORY", "what was sent and has no answer yet; a local disk that lasts"
        ),
    ] = Path("command-log")
