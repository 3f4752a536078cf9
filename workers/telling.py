"""What a worker sees of those whom its activities ask, for whoever asks how the house does."""

import asyncio
from datetime import UTC, datetime

import structlog

from activities.gateways.travel.scouting import Scout
from activities.ticket.paying import Accounts
from models.db.engine import Database
from models.db.status.bulletin import Bulletin, process_name

PAUSE_SECONDS = 2.0

log = structlog.get_logger()


def bulletin(ways: Scout, accounts: Accounts) -> Bulletin:
    """Of a worker: each gateway that its activities call is watched here, one line each."""
    told = Bulletin(process_name("worker"), lambda: datetime.now(UTC))
    told.watch("maps", ways.seen)
    told.watch("coverage", accounts.seen)
    return told


async def keep_telling(database: Database, ways: Scout, accounts: Accounts) -> None:
    """Tell until cancelled; what cannot be told now is told the next time."""
    told = bulletin(ways, accounts)
    while True:
        try:
            await asyncio.to_thread(accounts.look_again)
            await asyncio.to_thread(told.tell, database)
        except Exception as error:
            log.warning("status_not_told", error=type(error).__name__)
        await asyncio.sleep(PAUSE_SECONDS)
