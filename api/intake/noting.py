"""Noting what was accepted on the list that workflows and rows are held against.

Off the path of any request: a start that Temporal has stays in the command log until it is noted,
so what a process had not noted when it died is noted by whoever takes its log over, and nothing
waits for Postgres.
"""

import asyncio
from contextlib import suppress
from dataclasses import replace

import structlog

from api.http.services import Services
from api.intake.looking import bounded
from api.intake.started import Started
from models.db.intake.accepted import note
from models.db.intake.quarantine import Poison, put_aside
from models.errors import NotFound, Unavailable
from temporal.client import IMPATIENCE

log = structlog.get_logger("api.intake.noting")

_EVERY = 1.0
"""Seconds between two notes."""
_FAREWELL = 1.0
"""Seconds for the last one."""
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


async def note_the_rest(services: Services) -> None:
    """Note what can be noted in a moment before the process ends; the next one has the rest."""
    with suppress(Unavailable, TimeoutError):
        async with asyncio.timeout(_FAREWELL):
            while await note_started(services):
                pass


async def note_started(services: Services) -> int:
    """Note the first of what was started; how many are off the list of those that wait.

    Raises:
        Unavailable: the database cannot take it now.
    """
    certain: list[Started] = []
    strange: list[Started] = []
    for one in services.started.first(_MOST):
        seen = one if one.is_certain else await _checked(services, one)
        if seen is None:
            # Temporal is away, and would be for the next one too.
            break
        (certain if seen.is_certain else strange).append(seen)
    if certain:
        await services.reads.write(lambda s: note(s, [one.command for one in certain]))
    for one in strange:
        if not one.heard:
            await _put_aside(services, one)
    for one in (*certain, *strange):
        services.started.drop(one)
        services.commands.settle(one.command.id)
    return len(certain) + len(strange)


async def _put_aside(services: Services, one: Started) -> None:
    """Two processes that did not see each other have accepted different words under one key, and
    the ticket of the others runs. Under a name of its own: the other start has that of both."""
    own = f"{one.command.update_id}-{one.fingerprint}"
    words, at = one.command.but(update_id=own), services.clock()
    await services.reads.write(lambda s: put_aside(s, words, Poison.KEY_REUSED, at))
    log.error("ticket_under_a_used_key", command=words.id)


async def _checked(services: Services, one: Started) -> Started | None:
    """A start that found its workflow there: another request under the same key may have been
    first, and this one was refused. None if nobody can say now."""
    handle = services.temporal.get_workflow_handle(one.command.workflow_id)
    try:
        described = await bounded(handle.describe(rpc_timeout=IMPATIENCE), IMPATIENCE)
        memo = await described.memo()
    except Unavailable:
        return None
    except NotFound:
        # It was there a moment ago: whoever looks for what is lost finds out.
        return replace(one, is_certain=True)
    return replace(one, is_certain=memo.get("fingerprint") == one.fingerprint)
