"""The two shapes everything here is made of: values inside, messages on the wire."""

from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable noun. Two values with equal fields are the same value.

    Nouns travel inside messages, so a field that a later version added is passed over.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    def but(self, **changes: Any) -> Self:
        """The same value with some fields changed. The changes are trusted, not validated."""
        assert changes.keys() <= type(self).model_fields.keys(), "a change of what is not there"
        return self.model_copy(update=changes)


class Message(BaseModel):
    """A value that crosses Temporal.

    Its law: fields are only ever added, each with a default, because a worker of yesterday and a
    history of last month read it too. `tests/contracts/wire.lock.json` holds us to it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
