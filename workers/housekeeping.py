"""What has to go: intake keys after their 30 days, first answers after their 72 hours, refusals
that nobody waited for after their 14 days, ways after their 30 days, what was accepted after 90
days."""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from models.db.engine import Database
from models.db.intake.accepted import sweep_accepted
from models.db.intake.idempotency import KEPT, IdempotencyRepository
from models.db.intake.losses import sweep_losses
from models.db.intake.rates import RateRepository
from models.db.people.ways import WayBook
from models.db.visit.refused import SHOWN_FOR, RefusedReports
from temporal.sealing import KEPT as UNSEALED
from temporal.sealing import IntakeKeyring

PAUSE_SECONDS = 3600.0
LISTED = timedelta(days=90)
"""How long it is known what was accepted, and what was found of it."""

log = structlog.get_logger()


async def keep_house(database: Database, keyring: IntakeKeyring) -> None:
    """Sweep every hour until cancelled; what cannot be swept now is swept the next time."""
    while True:
        try:
            destroyed = await asyncio.to_thread(sweep, database, keyring, datetime.now(UTC))
            log.info("house_kept", intake_keys_destroyed=destroyed)
        except Exception as error:
            log.warning("house_not_kept", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)


def sweep(database: Database, keyring: IntakeKeyring, now: datetime) -> list[str]:
    """Sweep once; answers the weeks whose intake keys are destroyed."""
    with database.unit_of_work() as session:
        IdempotencyRepository(session).sweep(now - KEPT)
        RefusedReports(session).sweep(now - SHOWN_FOR)
        sweep_accepted(session, now - UNSEALED, now - LISTED)
        sweep_losses(session, now - LISTED)
    RateRepository(database).sweep()
    WayBook(database).sweep()
    return keyring.destroy_old(now)
