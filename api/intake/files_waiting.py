"""The bytes of files that were put off: they wait in the store of files, under the name of their
request, which alone is in the command log."""

import re

from api.http import asking
from api.http.services import Services
from models.db.files.store import name_while_waiting
from models.intake.command import CommandKind, LoggedCommand

STORING = 2.0
"""Seconds that the store has, to keep a file, to find it, or to let go of it."""
FILE = re.compile(r"/v1/visits/(vis_[0-9a-f-]{36})/files/([0-9a-f]{64})")


def is_of_file(path: str) -> bool:
    """Whether a request to this path brings a file."""
    return FILE.fullmatch(path) is not None


async def swept(services: Services, command: LoggedCommand) -> None:
    """Let go of the bytes that waited with a request, if any did: they were taken, or nobody will.
    Before the request is struck out, so that whoever dies in between does it again.

    Raises:
        Unavailable: `files-unavailable`.
    """
    if command.kind is CommandKind.HTTP and is_of_file(command.workflow_id):
        name = name_while_waiting(command.update_id)
        await services.files.forget(name, asking.rest(STORING))
