"""What the environment decides: sections of variables, and processes made of sections.

The environment is read once per process and handed down.
"""

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

from pydantic import ValidationError

from models.base import Value


class Variable(NamedTuple):
    """An environment variable: the annotation of the field that it fills."""

    name: str
    meaning: str


class Section(Value):
    """Variables that are needed together; every field is annotated with its `Variable`."""

    @classmethod
    def variables(cls) -> Mapping[str, Variable]:
        """The variable of each field."""
        return {
            field: next(m for m in stated.metadata if isinstance(m, Variable))
            for field, stated in cls.model_fields.items()
        }

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Self | list[str]":
        """The section as the environment has it, or what is wrong: a line for each variable, with
        its name and the rule. An empty variable counts as not set."""
        named = cls.variables()
        given = {f: environment[v.name] for f, v in named.items() if environment.get(v.name)}
        try:
            read = cls.model_validate(given)
        except ValidationError as error:
            wrong = ((named[str(e["loc"][0])], e["msg"]) for e in error.errors())
            return [f"{variable.name}: {rule} ({variable.meaning})" for variable, rule in wrong]
        return [f"{named[field].name}: {rule}" for field, rule in read.gaps()] or read

    def gaps(self) -> Iterator[tuple[str, str]]:
        """Fields that are missing because of what others say, each with the rule that asks it."""
        yield from ()


class Settings(Value):
    """What one process is told: every field is a section that it cannot do without."""

    @classmethod
    def sections(cls) -> Mapping[str, type[Section]]:
        """The section of each field."""
        kinds = {name: field.annotation for name, field in cls.model_fields.items()}
        return {n: k for n, k in kinds.items() if isinstance(k, type) and issubclass(k, Section)}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """The sections as the environment has them. What belongs to others is not looked at.

        Raises:
            SystemExit: naming every variable that is missing or wrong, one line each.
        """
        given = os.environ if environment is None else environment
        read = {name: kind.read(given) for name, kind in cls.sections().items()}
        wrong = [line for found in read.values() if isinstance(found, list) for line in found]
        if wrong:
            raise SystemExit("\n".join(dict.fromkeys(wrong)))
        return cls.model_validate(read)
