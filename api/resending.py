"""Sending again what was logged and has no outcome yet: behind every request, until it has one."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import timedelta
from random import SystemRandom
from time import monotonic

import structlog
from temporalio.exceptions import WorkflowAlreadyStartedError

from api.sending import deliver, is_away, is_known, is_malformed
from api.services import Services
from models.command import LoggedCommand

log = structlog.get_logger("api.resending")
CHANCE = SystemRandom()
"""So that many who wait do not come at once."""

_AGE = 2.0
"""Seconds after which a command without an outcome is sent again. The first call may still be
waiting: the id makes the two one."""
_TICK = 0.25
_AT_ONCE = 8
"""Workflows that are tried at one time, each with one call of so many seconds."""
_PATIENCE = timedelta(seconds=2)
_SHORTEST, _LONGEST = 0.5, 30.0
_DOUBLINGS = 10
"""Seconds between two tries of one workflow, doubled from one to the other, but not for ever: a
ticket may be stuck for days."""
_AWAY = 1.0
"""Seconds until anybody is tried again after Temporal could not be reached."""


class Resending:
    """The log's commands, workflow by workflow: in order within one, and none waits for another."""

    def __init__(self, services: Services) -> None:
        self._services = services
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
                await asyncio.sleep(_TICK)
        finally:
            lanes = list(self._lanes.values())
            for lane in lanes:
                lane.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)

    def _begin(self) -> None:
        waiting = self._services.commands.outstanding(_AGE)
        by_workflow: dict[str, list[LoggedCommand]] = {}
        for command in waiting:
            by_workflow.setdefault(command.workflow_id, []).append(command)
        self._forget(by_workflow.keys())
        now = monotonic()
        due = [w for w in by_workflow if w not in self._lanes and self._due.get(w, 0.0) <= now]
        due.sort(key=lambda workflow_id: self._due.get(workflow_id, 0.0))
        for workflow_id in due[: max(0, _AT_ONCE - len(self._lanes))]:
            self._lanes[workflow_id] = asyncio.create_task(
                self._drive(workflow_id, by_workflow[workflow_id])
            )

    async def _drive(self, workflow_id: str, commands: Sequence[LoggedCommand]) -> None:
        try:
            await self._send(workflow_id, commands)
        finally:
            del self._lanes[workflow_id]

    async def _send(self, workflow_id: str, commands: Sequence[LoggedCommand]) -> None:
        """All of them in order, up to the first that still has no outcome."""
        for command in commands:
            if not await self._is_settled(command):
                if monotonic() < self._away_until:
                    return
                tries = self._tries[workflow_id] = self._tries.get(workflow_id, 0) + 1
                pause = min(_LONGEST, _SHORTEST * 2 ** min(tries - 1, _DOUBLINGS))
                self._due[workflow_id] = monotonic() + pause * CHANCE.uniform(0.5, 1.0)
                return

    async def _is_settled(self, command: LoggedCommand) -> bool:
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds() + 0.5):
                if command.escalation_id and not await self._still_asks(command):
                    self._services.commands.settle(command.id)
                    log.warning("command_too_late", command=command.id, what=command.name)
                    return True
                await deliver(self._services, command, _PATIENCE)
        except WorkflowAlreadyStartedError:
            return True
        except Exception as error:
            return self._judged(command, error)
        log.info("command_sent_again", command=command.id, what=command.name)
        return True

    async def _still_asks(self, command: LoggedCommand) -> bool:
        """Whether a workflow asks the question still that an answer is for."""
        handle = self._services.temporal.get_workflow_handle(command.workflow_id)
        asked = await handle.query("escalation", result_type=dict, rpc_timeout=_PATIENCE)
        return bool(asked["id"] == command.escalation_id)

    def _judged(self, command: LoggedCommand, error: Exception) -> bool:
        """Whether a failure settles a command, and what it says of all the others."""
        if is_known(error):
            tell = log.error if is_malformed(error) else log.warning
            # The code of a refusal, where there is one: words may quote what somebody sent.
            reason = getattr(getattr(error, "cause", None), "type", None) or str(error)
            tell("command_refused", command=command.id, what=command.name, reason=reason)
            self._services.commands.settle(command.id)
            return True
        if is_away(error):
            self._away_until = monotonic() + _AWAY
        else:
            log.warning("command_waits", command=command.id, error=type(error).__name__)
        return False

    def _forget(self, waiting: Collection[str]) -> None:
        """What a workflow was tried, once nothing of it waits any more."""
        for workflow_id in self._due.keys() - set(waiting):
            del self._due[workflow_id], self._tries[workflow_id]
