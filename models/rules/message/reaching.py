"""By which ways somebody is reached, and in which order."""

from collections.abc import Sequence
from enum import StrEnum

from models.message.notification import MessageChannel


class Reach(StrEnum):
    """How a text goes out: as its reader likes it, or, where they did not answer, by another way
    first."""

    PREFERRED = "preferred"
    ANOTHER_WAY = "another_way"


def in_order(preferred: Sequence[str], reach: Reach) -> list[MessageChannel]:
    """Every channel, in the order in which it is tried."""
    named = [MessageChannel(c) for c in preferred if c in set(MessageChannel)]
    order = [*named, *(c for c in MessageChannel if c not in named)]
    return [*order[1:], order[0]] if reach is Reach.ANOTHER_WAY else order
