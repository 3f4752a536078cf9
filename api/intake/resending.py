"""Sending again what was left without an outcome: behind every request, until it has one."""

import asyncio
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import timedelta
from random import SystemRandom
from time import monotonic

import structlog

from api.http.services import Services
from api.intake.delivery import is_away
from api.intake.files_waiting import is_of_file
from api.intake.sending import carry_out
from api.intake.too_old import struck_out
from models.intake.command import CommandKind, LoggedCommand

log = structlog.get_logger("api.intake.resending")
CHANCE = SystemRandom()
"""So that many who wait do not come at once."""

_TICK = 0.25
_AT_ONCE = 8
"""Workflows that are tried at one time, each with one command of so many seconds; an answer to an
escalation takes a question and a command."""
_PATIENCE, _WITH_A_QUESTION = timedelta(seconds=2), timedelta(seconds=4)
_WITH_BYTES = timedelta(seconds=8)
"""For a file, which is read, written and struck out."""
_SHORTEST, _LONGEST, _LONGEST_OF_STARTS = 0.5, 30.0, 5.0
_DOUBLINGS = 10
"""Seconds between two tries of one workflow, doubled from one to the other, but not for ever: a
ticket may be stuck for days. A start waits for Temporal alone, and somebody waits for it."""
_AWAY = 1.0
"""Seconds until anybody is tried again after Temporal could not be reached."""


class Resending:
    """The log's commands, workflow by workflow: in order within one, and none waits for another."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._woken = asyncio.Event()
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._tries: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._away_until = 0.0

    async def keep(self) -> None:
        """Until cancelled."""
        try:
            while True:
                if monotonic() >= self._away_until:
                    self._begin()
                self._woken.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(_TICK):
                        await self._woken.wait()
        finally:
            lanes = list(self._lanes.values())
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    def _begin(self) -> None:
        waiting = self._services.commands.waiting()
        self._forget(waiting)
        now = monotonic()
        due = [w for w in waiting if w not in self._lanes and self._due.get(w, 0.0) <= now]
        # Whose records are needed can wait longer than a new ticket.
        due.sort(key=lambda lane: (_is_put_off(lane), self._due.get(lane, 0.0)))
        for workflow_id in due[: max(0, _AT_ONCE - len(self._lanes))]:
            self._lanes[workflow_id] = asyncio.create_task(self._drive(workflow_id))

    async def _drive(self, workflow_id: str) -> None:
        lane = self._services.commands.lane(workflow_id)
        try:
            if lane.locked():
                # Whoever waits for their turn there sees to it meanwhile.
                self._due[workflow_id] = monotonic() + _TICK
            else:
                async with lane:
                    await self._send(workflow_id)
        finally:
            del self._lanes[workflow_id]
            # There is room for the next one.
            self._woken.set()

    async def _send(self, workflow_id: str) -> None:
        """All that was left, in order, up to the first that still has no outcome. Looked up one by
        one: whoever waits for their turn may have seen to the next."""
        while (command := self._services.commands.first_left(workflow_id)) is not None:
            if not await self._is_settled(command):
                if monotonic() < self._away_until:
                    return
                tries = self._tries[workflow_id] = self._tries.get(workflow_id, 0) + 1
                is_start = command.kind is CommandKind.START
                longest = _LONGEST_OF_STARTS if is_start else _LONGEST
                pause = min(longest, _SHORTEST * 2 ** min(tries - 1, _DOUBLINGS))
                self._due[workflow_id] = monotonic() + pause * CHANCE.uniform(0.5, 1.0)
                return

    async def _is_settled(self, command: LoggedCommand) -> bool:
        patience = _WITH_A_QUESTION if command.escalation_id else _PATIENCE
        if is_of_file(command.workflow_id):
            patience = _WITH_BYTES
        try:
            if await struck_out(self._services, command):
                return True
            async with asyncio.timeout(patience.total_seconds() + 0.5):
                await carry_out(self._services, command, patience)
        except Exception as error:
            if is_away(error):
                self._services.engine.begins()
                self._away_until = monotonic() + _AWAY
            elif command.kind is CommandKind.START:
                # Nobody has to work for that: it is Temporal that does not answer.
                self._services.engine.begins()
            else:
                log.warning("command_waits", command=command.id, error=type(error).__name__)
            return False
        return True

    def _forget(self, waiting: AbstractSet[str]) -> None:
        """What a workflow was tried, once nothing of it waits any more."""
        for workflow_id in self._due.keys() - waiting:
            del self._due[workflow_id]
            self._tries.pop(workflow_id, None)


def _is_put_off(lane: str) -> bool:
    """Whether requests are asked again in a lane, of which no workflow is known yet."""
    return lane.startswith("/")
