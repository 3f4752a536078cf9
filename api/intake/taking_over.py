"""Taking over what others accepted and have not brought on its way: their disk may be lost. Twice
is once, since a command has one name."""

import asyncio
from datetime import timedelta

import structlog

from api.http.services import Services
from models.db.intake.copies import CopyRepository
from models.db.intake.quarantine import put_aside_unreadable
from models.errors import Unavailable
from temporal.failpoints import Failpoint, reached

log = structlog.get_logger("api.intake.taking_over")

_EVERY = timedelta(seconds=2)
"""Between two looks for copies; one is left to whoever made it for as long."""
_LATER_VERSION = timedelta(minutes=15)
"""For so long a copy that we cannot read is left to a later version that may be starting."""
_MOST = 200
"""Copies at one look."""


async def keep_taking_over(services: Services) -> None:
    """Until cancelled."""
    taken: set[str] = set()
    unread: set[str] = set()
    while True:
        await asyncio.sleep(_EVERY.total_seconds())
        try:
            await look_for_copies(services, taken, unread)
        except Unavailable:
            continue
        except Exception:
            # Nobody else would look, and nobody would know.
            log.exception("copies_not_looked_at")


async def look_for_copies(services: Services, taken: set[str], unread: set[str]) -> None:
    """Take up what is not among the `taken`; what is `unread` has to wait for a later version, and
    keeps nobody from what came after it."""
    commands, reads = services.commands, services.reads
    # A start that is not on the list of what was accepted may have no other place than its copy.
    ended = [name for name in taken if commands.find(name) is None]
    if done := [name for name in ended if name not in services.started]:
        await reads.write(lambda s: CopyRepository(s).drop(done))
        taken.difference_update(done)
    before, known = services.clock() - _EVERY, taken | unread
    found = await reads.run(lambda s: CopyRepository(s).oldest(before, _MOST, known))
    copies = {name: copy for name, copy in found.items() if copy is not None}
    if strange := [copy for copy in copies.values() if commands.find(copy.id) is None]:
        reached(Failpoint.BEFORE_ADOPT, strange[0].workflow_id)
        commands.adopt(strange)
        reached(Failpoint.AFTER_ADOPT, strange[0].workflow_id)
    # Not before: what is taken, and nobody knows, counts as done.
    taken.update(copies)
    unread.update(found.keys() - copies.keys())
    if unread:
        now = services.clock()
        old = now - _LATER_VERSION
        await reads.write(lambda s: put_aside_unreadable(s, unread, old, now))
