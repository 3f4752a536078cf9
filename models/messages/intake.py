"""What crosses Temporal about what was accepted."""

from datetime import datetime
from enum import StrEnum

from models.base import Message


class Which(StrEnum):
    """Which of what was accepted is looked at: what came lately or was never found whole, what was
    not looked at for longest, what something is wrong with."""

    RECENT = "recent"
    EARLIER = "earlier"
    FOUND = "found"


class ComparePage(Message):
    """Look at the next page of it: what was not looked at since `began`, by the database's clock;
    from now on, if left out."""

    which: Which
    began: datetime | None = None


class Compared(Message):
    """How many were looked at, with how many of them something was wrong, and when the look
    began. Fewer than a page, and it was the last one."""

    looked: int
    wrong: int
    began: datetime
    is_last: bool


class Reconciled(Message):
    """How many accepted tickets a look has compared, and with how many something was wrong then and
    is at its end."""

    looked: int
    wrong: int
    left: int
