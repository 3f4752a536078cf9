"""How many of each of our programs run."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields

from workers.stack.refusal import CannotStart

MOST = 8


@dataclass(frozen=True)
class Counts:
    """Two of each, so that one may die, or be replaced, while nobody notices."""

    apis: int = 2
    workers: int = 2
    relays: int = 2

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Counts":
        """Two, or what SYSOPS_<NAME> says.

        Raises:
            CannotStart: it says what is no such number.
        """
        chosen = {}
        for field in fields(cls):
            variable = f"SYSOPS_{field.name.upper()}"
            text = environment.get(variable)
            if not text:
                continue
            if not text.isdecimal() or not 0 < int(text) <= MOST:
                raise CannotStart(f"{variable} is {text!r}; give a number from 1 to {MOST}")
            chosen[field.name] = int(text)
        return cls(**chosen)


def names(name: str, count: int) -> tuple[str, ...]:
    """`api`, `api-2`, …: the first bears the name alone."""
    return (name, *(f"{name}-{number}" for number in range(2, count + 1)))
