"""Starts that Temporal has, or never will, and the list of what was accepted has not yet."""

from dataclasses import dataclass

from models.intake.command import LoggedCommand
from models.messages.ticket import OpenTicket


@dataclass(frozen=True, slots=True)
class Started:
    """A start of a ticket. One is certain if it was this very request that started it; `heard`:
    whoever sent it waited, and has had the answer."""

    command: LoggedCommand
    is_certain: bool
    heard: bool

    @property
    def fingerprint(self) -> str:
        """Of the request that it stands for."""
        return OpenTicket.model_validate_json(self.command.argument).fingerprint


class StartedTickets:
    """They wait in here, the oldest first; on the disk they are in the command log."""

    def __init__(self) -> None:
        self._waiting: dict[str, Started] = {}

    def add(self, command: LoggedCommand, *, was_there: bool = False, heard: bool = True) -> None:
        """One more, which started its workflow or found that it `was_there`, as its sender `heard`
        or did not."""
        known = self._waiting.get(command.id)
        if known is None or not known.is_certain:
            started = Started(command, is_certain=not was_there, heard=heard)
            self._waiting[command.id] = started

    def __len__(self) -> int:
        """How many they are."""
        return len(self._waiting)

    def __contains__(self, command_id: object) -> bool:
        """Whether one of that id waits."""
        return command_id in self._waiting

    def first(self, most: int) -> list[Started]:
        """So many of them; those that have to be looked into last."""
        return sorted(self._waiting.values(), key=lambda one: not one.is_certain)[:most]

    def drop(self, one: Started) -> None:
        """It is on the list now, or never will be."""
        self._waiting.pop(one.command.id, None)
