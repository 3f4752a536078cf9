"""Noting what was accepted on the list that workflows and rows are held against.

Off the path of any request: a start that Temporal has stays in the command log until it is noted,
so what a process had not noted when it died is noted by whoever takes its log over, and nothing
waits for Postgres.
"""

import asyncio
from dataclasses import replace

import structlog
from temporalio.service import RPCError

from api.http.services import Services
from api.intake.started import Started
from models.db.intake.accepted import note
from models.errors import Unavailable
from temporal.client import IMPATIENCE

log = structlog.get_logger("api.intake.noting")

_EVERY = 1.0
"""Seconds between two notes."""
_MOST = 200
"""Starts in one note."""


async def keep_noting(services: Services) -> None:
    """Until cancelled; what cannot be noted now is noted later."""
    while True:
        await asyncio.sleep(_EVERY)
        try:
            while await note_started(services) == _MOST:
                pass
        except Unavailable:
            continue
        except Exception:
            # Nobody else would note it, and nobody would know.
            log.exception("accepted_not_noted")


async def note_started(services: Services) -> int:
    """Note the first of what was started; how many of it wait no longer.

    Raises:
        Unavailable: the database cannot take it now.
    """
    some = services.started.first(_MOST)
    checked = [await _checked(services, one) for one in some if not one.is_certain]
    ours = [one for one in (*(one for one in some if one.is_certain), *checked) if one.is_certain]
    if ours:
        await services.reads.write(lambda s: note(s, [one.command for one in ours]))
    over = [*ours, *(one for one in checked if one.is_anothers)]
    for one in over:
        services.started.drop(one)
        services.commands.settle(one.command.id)
    return len(over)


async def _checked(services: Services, one: Started) -> Started:
    """A start that found its workflow there: another request under the same key may have been
    first, and this one was refused."""
    handle = services.temporal.get_workflow_handle(one.command.workflow_id)
    try:
        described = await handle.describe(rpc_timeout=IMPATIENCE)
        memo = await described.memo()
    except (RPCError, RuntimeError, OSError):
        return one
    same = memo.get("fingerprint") == one.fingerprint
    return replace(one, is_certain=same, is_anothers=not same)
