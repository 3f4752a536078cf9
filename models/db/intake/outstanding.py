"""Commands without an outcome, as a process knows them."""

import threading
from collections.abc import Iterable

from models.intake.command import CommandKind, LoggedCommand

_OfWorkflow = dict[str, dict[str, LoggedCommand]]


class Outstanding:
    """Commands by id and by workflow, the oldest first, but of a workflow its start. Safe to share
    between threads."""

    def __init__(self) -> None:
        self._known: dict[str, LoggedCommand] = {}
        self._of: _OfWorkflow = {}
        self._left: _OfWorkflow = {}
        self._guard = threading.Lock()

    def add(self, command: LoggedCommand) -> None:
        """Know of one more. The same id again changes nothing."""
        with self._guard:
            self._add(command)

    def find(self, identifier: str) -> LoggedCommand | None:
        """A command without an outcome."""
        return self._known.get(identifier)

    def drop(self, identifier: str) -> None:
        """Its outcome is known."""
        with self._guard:
            if (command := self._known.pop(identifier, None)) is not None:
                for of_workflow in (self._of, self._left):
                    _drop(of_workflow, command)

    def leave(self, identifier: str) -> None:
        """Its sender waits no longer. If it has no outcome yet, it is left from now on."""
        with self._guard:
            if (command := self._known.get(identifier)) is not None:
                self._leave(command)

    def adopt(self, commands: Iterable[LoggedCommand]) -> None:
        """Take over what is left and kept elsewhere: each where it belongs by the time at which it
        was logged."""
        with self._guard:
            for command in commands:
                self._add(command)
                self._leave(command)
            known = sorted(self._known.values(), key=lambda command: command.logged_at)
            self._known, self._of = {}, {}
            for command in known:
                self._add(command)

    def all(self) -> list[LoggedCommand]:
        """What has no outcome yet, oldest first: as it came, and what was taken over from the dead
        where it belongs by the time at which it was logged."""
        with self._guard:
            return list(self._known.values())

    def waiting(self) -> set[str]:
        """The workflows that something was left for."""
        with self._guard:
            return set(self._left)

    def first_left(self, workflow_id: str, before: str | None = None) -> LoggedCommand | None:
        """The oldest command that was left for a workflow; with the id of another command, only if
        it is older than that one."""
        with self._guard:
            left = self._left.get(workflow_id)
            if left is None:
                return None
            for identifier, command in self._of[workflow_id].items():
                if identifier == before:
                    return None
                if identifier in left:
                    return command
        return None

    def _add(self, command: LoggedCommand) -> None:
        known = self._known.setdefault(command.id, command)
        of_workflow = self._of.setdefault(command.workflow_id, {})
        if command.kind is CommandKind.START and command.id not in of_workflow:
            # Whatever the clocks say: all else for a workflow waits until it is there.
            self._of[command.workflow_id] = {command.id: known, **of_workflow}
        else:
            of_workflow.setdefault(command.id, known)

    def _leave(self, command: LoggedCommand) -> None:
        self._left.setdefault(command.workflow_id, {})[command.id] = command


def _drop(of_workflow: _OfWorkflow, command: LoggedCommand) -> None:
    kept = of_workflow.get(command.workflow_id, {})
    kept.pop(command.id, None)
    if not kept:
        of_workflow.pop(command.workflow_id, None)
