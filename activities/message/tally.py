"""What a relay has done since it began, for whoever asks how it is doing."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from models.message.notification import MessageChannel


class Ending(StrEnum):
    """How a try over a channel ended."""

    SENT = "sent"
    SUPPRESSED = "suppressed"
    WAITS = "waits"
    PASSED_ON = "passed_on"
    UNDELIVERABLE = "undeliverable"


@dataclass(slots=True)
class Tally:
    """Rounds, tries by channel and ending, and notifications for which there was no channel."""

    rounds: int = 0
    endings: Counter[tuple[MessageChannel, Ending]] = field(default_factory=Counter)
    unreachable: int = 0
