"""Pydantic payloads by one converter a process.

The SDK makes a converter of the class it is given for every workflow and every activation, and each
would begin without knowing any type. Ours is the same wherever it is asked for, in every context.
"""

from typing import ClassVar, Self

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import SerializationContext


class HousePayloads(PydanticPayloadConverter):
    """JSON of Pydantic, its types known once and for all."""

    _made: ClassVar["HousePayloads | None"] = None

    def __new__(cls) -> "HousePayloads":
        """The one there is."""
        if cls._made is None:
            made = super().__new__(cls)
            PydanticPayloadConverter.__init__(made)
            cls._made = made
        return cls._made

    def __init__(self) -> None:
        """Nothing is left to do."""

    def with_context(self, context: SerializationContext) -> Self:
        """See base class."""
        return self
