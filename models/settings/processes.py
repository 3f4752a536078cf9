"""Every process, and the sections it needs."""

from collections.abc import Mapping

from models.settings.accounts import CoverageServer
from models.settings.addresses import (
    Addresses,
    ApiServer,
    DeskServer,
    Metrics,
    RelayMetrics,
    WorkerMetrics,
)
from models.settings.catalogue import CatalogueSource
from models.settings.files import Files
from models.settings.identity import Login, Signing, Tokens
from models.settings.limits import CallerLimits
from models.settings.maps import Maps
from models.settings.messages import Email, Outbox, Sms, Staff
from models.settings.running import Running, Sandbox
from models.settings.section import Settings
from models.settings.servers import CommandLog, Database, IntakeKeys, LastFlags, Temporal
from models.settings.status import Restored


class Service(Settings):
    """A process that stays."""

    running: Running


class WebSettings(Service):
    """What API and desk have in common."""

    database: Database
    temporal: Temporal
    intake_keys: IntakeKeys
    command_log: CommandLog
    flags: LastFlags
    signing: Signing
    addresses: Addresses


class ApiSettings(WebSettings):
    """`python -m api`."""

    server: ApiServer
    metrics: Metrics
    limits: CallerLimits
    maps: Maps
    catalogue: CatalogueSource
    files: Files
    tokens: Tokens


class DeskSettings(WebSettings):
    """`python -m api.web.desk`."""

    server: DeskServer
    login: Login


class WorkerSettings(Service):
    """`python -m workers`."""

    database: Database
    temporal: Temporal
    intake_keys: IntakeKeys
    flags: LastFlags
    maps: Maps
    accounts: CoverageServer
    sandbox: Sandbox
    metrics: WorkerMetrics
    restored: Restored


class RelaySettings(Service):
    """`python -m workers relay`."""

    database: Database
    flags: LastFlags
    maps: Maps
    signing: Signing
    addresses: Addresses
    outbox: Outbox
    sms: Sms
    email: Email
    staff: Staff
    metrics: RelayMetrics


class DatabaseSettings(Settings):
    """Whoever looks into the database alone: `workers.prepare`, `workers.tools.decisions`."""

    database: Database


class TemporalSettings(Settings):
    """Whoever looks into Temporal alone: `workers.tools.replay --all`."""

    temporal: Temporal


class ComparingSettings(Settings):
    """Whoever compares the two: `workers.tools.invariants`, `workers.tools.replay --ticket`."""

    database: Database
    temporal: Temporal


class StorySettings(Settings):
    """`python -m workers.tools.story`."""

    temporal: Temporal
    addresses: Addresses
    outbox: Outbox
    sms: Sms
    email: Email


PROCESSES: Mapping[str, type[Settings]] = {
    "API": ApiSettings,
    "desk": DeskSettings,
    "worker": WorkerSettings,
    "relay": RelaySettings,
    "prepare": DatabaseSettings,
}
"""Those that a deployment runs, as `docs/settings.md` names them."""
