"""What somebody wants of the house: a ticket, asked for under one key until it is safe. The number
of an errand and the seed of the run decide everything about it."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.house import FRIDGE, REFERENCE
from tests.soak.history import digest

CUSTOMERS = tuple(customer.id for customer in REFERENCE.customers)
SOUNDS = ("hums", "leaks", "drips", "clicks", "smells of burning", "is dark", "läuft warm", "суш")
DAYS = 50
"""How far ahead people have time."""
TWICE, OTHER_WORDS, READS = 6, 2, 60
"""In a hundred: deliveries that come doubled at one moment, keys that are used again with other
words, tickets that are looked at after they were accepted."""
CANCELS, REPORTS = 6, 5
"""In a hundred: tickets that their customers give up, and that an expert is booked for who says so.
"""


@dataclass(frozen=True)
class Errand:
    """A ticket that somebody files, and how."""

    number: int
    who: str
    key: str
    body: dict[str, Any]
    digest: str
    first_api: int
    twice: bool
    other_words: bool
    reads: bool
    cancels: bool
    reports: bool

    def other(self) -> tuple[dict[str, Any], str]:
        """The same key with other words, which must be refused."""
        body = {**self.body, "description": self.body["description"] + " And more."}
        return body, digest(self.who, body["description"], body["slots"])


def errand(seed: int, number: int, today: datetime) -> Errand:
    """The errand of a number. `today` is when the run began: people have time after it."""
    chance = Random(f"{seed}/errand/{number}")
    who = CUSTOMERS[chance.randrange(len(CUSTOMERS))]
    words = f"{number}: it {chance.choice(SOUNDS)}. {chance.getrandbits(chance.choice(BITS)):x}"
    midnight = today.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = chance.sample(range(2, DAYS), chance.randint(1, 3))
    slots = [_slot(midnight + timedelta(days=day)) for day in sorted(days)]
    return Errand(
        number=number,
        who=who,
        key=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        body={"description": words, "model_id": FRIDGE, "slots": slots},
        digest=digest(who, words, slots),
        first_api=chance.randrange(2),
        twice=_falls(chance, TWICE),
        other_words=_falls(chance, OTHER_WORDS),
        reads=_falls(chance, READS),
        cancels=_falls(chance, CANCELS),
        reports=_falls(chance, REPORTS),
    )


BITS = (64, 256, 4096)
"""Lengths of what people write: from a line to a page."""


def _slot(day: datetime) -> dict[str, str]:
    return {
        "start": (day + timedelta(hours=8)).isoformat(),
        "end": (day + timedelta(hours=20)).isoformat(),
    }


def _falls(chance: Random, share: int) -> bool:
    return chance.randrange(100) < share
