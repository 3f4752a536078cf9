"""Places where a test may end a process: before and after each thing that is done to the world.

A failpoint does nothing unless the setting `FAILPOINTS` names a socket; then it says there where it
is, and waits to be told to go on. Whoever listens there kills what it likes meanwhile.
"""

import os
import socket
from enum import StrEnum


class Failpoint(StrEnum):
    """Every place, by what is done there. `cancel` frees an expert's calendar, whoever asked. In
    the place of another an expert is booked (`replace`) and told (`send`), then that one is let go
    (`cancel`), and the customer is told (`change`). `extend` gives
    a visit more time, in all calendars; `follow` plans another for what is left."""

    COMMAND_LOGGED = "command.logged"
    COMMAND_ANSWERED = "command.answered"
    BEFORE_SETTLE = "settle.before"
    AFTER_SETTLE = "settle.after"
    BEFORE_RECORD = "record.before"
    AFTER_RECORD = "record.after"
    BEFORE_CANCEL = "cancel.before"
    AFTER_CANCEL = "cancel.after"
    BEFORE_EXTEND = "extend.before"
    AFTER_EXTEND = "extend.after"
    BEFORE_FOLLOW = "follow.before"
    AFTER_FOLLOW = "follow.after"
    BEFORE_REPLACE = "replace.before"
    AFTER_REPLACE = "replace.after"
    BEFORE_SEND = "send.before"
    AFTER_SEND = "send.after"
    BEFORE_CHANGE = "change.before"
    AFTER_CHANGE = "change.after"
    BEFORE_OPEN = "open.before"
    AFTER_OPEN = "open.after"
    BEFORE_END = "end.before"
    AFTER_END = "end.after"
    BEFORE_BILL = "bill.before"
    AFTER_BILL = "bill.after"
    BEFORE_INVOICE = "invoice.before"
    AFTER_INVOICE = "invoice.after"
    BEFORE_TELL = "tell.before"
    AFTER_TELL = "tell.after"


_listener: str | None = None


def arm(listener: str | None) -> None:
    """Have every failpoint of this process ask at a Unix socket, or none.

    Args:
        listener: path of the socket, from the setting `FAILPOINTS`.
    """
    global _listener
    _listener = listener


def reached(point: Failpoint, subject: str) -> None:
    """Here may end the process. `subject` is the id of the ticket, escalation or notification."""
    if _listener is None:
        return
    try:
        with socket.socket(socket.AF_UNIX) as asked:
            asked.connect(_listener)
            asked.sendall(f"{point} {os.getpid()} {subject}\n".encode())
            asked.recv(1)
    except OSError:
        # Whoever listened is gone: nobody tries anything any more.
        return
