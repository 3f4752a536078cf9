"""Places where a test may end a process: before and after each thing that is done to the world.

A failpoint does nothing unless the setting `FAILPOINTS` names a socket; then it says there where it
is, and waits to be told to go on. Whoever listens there kills what it likes meanwhile.
"""

import os
import socket
from enum import StrEnum


class Failpoint(StrEnum):
    """Every place, by what is done there.

    A `command` comes, is logged before it is sent, and is answered. What has no outcome is kept a
    second time (`copy`), taken over by others (`adopt`) and sent `again`.

    `admit` moves a new ticket's words to its papers, `keep` those of a report. Experts are booked
    by the rule (`settle`) or by hand (`assign`). In the place of another an expert is booked
    (`replace`) and told (`send`), then that one is let go (`cancel`), and the customer is told
    (`change`). `extend` gives a visit more time, in all calendars, and `grant` tells everybody;
    `return` takes it out of them, and `earlier` tells everybody. `follow` plans another visit for
    what is left. `cancel` frees an expert's calendar, whoever asked, and `wake` has the tickets
    look again that wait for them; `release` opens a visit again, or calls it off; `correct` takes a
    report back. All these but what is done in calendars are written by one `record` each, as
    whatever else happens to a ticket is.

    `open` asks a person, `escalate` writes down how far that is, `decide` has the ticket do what
    they decided, and `end` says that nobody need decide. `bill`, `invoice` and `credit` are money,
    `tell` sends a message. `store` puts the bytes of a file away and `bring` says that they are
    there; `place` notes where an expert is, `switch` a flag.
    """

    COMMAND_CAME = "command.came"
    COMMAND_LOGGED = "command.logged"
    COMMAND_ANSWERED = "command.answered"
    BEFORE_COPY = "copy.before"
    AFTER_COPY = "copy.after"
    BEFORE_ADOPT = "adopt.before"
    AFTER_ADOPT = "adopt.after"
    BEFORE_AGAIN = "again.before"
    AFTER_AGAIN = "again.after"
    BEFORE_ADMIT = "admit.before"
    AFTER_ADMIT = "admit.after"
    BEFORE_KEEP = "keep.before"
    AFTER_KEEP = "keep.after"
    BEFORE_SETTLE = "settle.before"
    AFTER_SETTLE = "settle.after"
    BEFORE_ASSIGN = "assign.before"
    AFTER_ASSIGN = "assign.after"
    BEFORE_RECORD = "record.before"
    AFTER_RECORD = "record.after"
    BEFORE_CANCEL = "cancel.before"
    AFTER_CANCEL = "cancel.after"
    BEFORE_RELEASE = "release.before"
    AFTER_RELEASE = "release.after"
    BEFORE_WAKE = "wake.before"
    AFTER_WAKE = "wake.after"
    BEFORE_EXTEND = "extend.before"
    AFTER_EXTEND = "extend.after"
    BEFORE_GRANT = "grant.before"
    AFTER_GRANT = "grant.after"
    BEFORE_RETURN = "return.before"
    AFTER_RETURN = "return.after"
    BEFORE_EARLIER = "earlier.before"
    AFTER_EARLIER = "earlier.after"
    BEFORE_FOLLOW = "follow.before"
    AFTER_FOLLOW = "follow.after"
    BEFORE_CORRECT = "correct.before"
    AFTER_CORRECT = "correct.after"
    BEFORE_REPLACE = "replace.before"
    AFTER_REPLACE = "replace.after"
    BEFORE_SEND = "send.before"
    AFTER_SEND = "send.after"
    BEFORE_CHANGE = "change.before"
    AFTER_CHANGE = "change.after"
    BEFORE_OPEN = "open.before"
    AFTER_OPEN = "open.after"
    BEFORE_ESCALATE = "escalate.before"
    AFTER_ESCALATE = "escalate.after"
    BEFORE_DECIDE = "decide.before"
    AFTER_DECIDE = "decide.after"
    BEFORE_END = "end.before"
    AFTER_END = "end.after"
    BEFORE_BILL = "bill.before"
    AFTER_BILL = "bill.after"
    BEFORE_INVOICE = "invoice.before"
    AFTER_INVOICE = "invoice.after"
    BEFORE_CREDIT = "credit.before"
    AFTER_CREDIT = "credit.after"
    BEFORE_TELL = "tell.before"
    AFTER_TELL = "tell.after"
    BEFORE_STORE = "store.before"
    AFTER_STORE = "store.after"
    BEFORE_BRING = "bring.before"
    AFTER_BRING = "bring.after"
    BEFORE_PLACE = "place.before"
    AFTER_PLACE = "place.after"
    BEFORE_SWITCH = "switch.before"
    AFTER_SWITCH = "switch.after"


_listener: str | None = None


def arm(listener: str | None) -> None:
    """Have every failpoint of this process ask at a Unix socket, or none.

    Args:
        listener: path of the socket, from the setting `FAILPOINTS`.
    """
    global _listener
    _listener = listener


def reached(point: Failpoint, subject: str) -> None:
    """Here may end the process. `subject` is the id of the ticket, escalation or notification, or
    of what else is changed."""
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
