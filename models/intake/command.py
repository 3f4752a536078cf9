"""A command on its way to a workflow, as it is kept until its outcome is known."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from models.base import Value


class CommandKind(StrEnum):
    """How a command is sent: as the start of a workflow, as a request, as a fact. A request over
    HTTP is none yet: it is asked again, here, once there is somebody who can take it."""

    START = "start"
    UPDATE = "update"
    SIGNAL = "signal"
    HTTP = "http"


class LoggedCommand(Value):
    """Everything that sending a command takes, also by a process that never heard of it before.

    Nothing personal is in it (docs/rules/conventions.md, Personal data): what people write goes to
    Postgres and only its id is here, and a ticket's start holds its words sealed, as a request
    over HTTP is sealed whole. `argument` is JSON, as it goes on the wire.
    `escalation_id` says which question an answer is for, because the next question of the kind has
    the same workflow id. `released_at` is when a person let it go from quarantine, which its copy
    knows and no file of commands.
    """

    kind: CommandKind
    workflow_id: str
    name: str
    update_id: str
    argument: str
    logged_at: datetime
    escalation_id: str | None = None
    released_at: datetime | None = Field(default=None, exclude=True)

    @property
    def id(self) -> str:
        """What makes it one command, however often it is sent."""
        return f"{self.workflow_id}/{self.update_id}"

    @property
    def due_since(self) -> datetime:
        """From when on somebody waits for it to be carried out."""
        return self.released_at or self.logged_at
