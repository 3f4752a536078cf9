"""Words as they were written down, by this release or by one that knows more of them."""

from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

Known = TypeVar("Known", bound=StrEnum)


class _AsKnown:
    """Describes the words known to this release, and keeps quiet about those it cannot know."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        known: dict[str, Any] = handler(schema)["anyOf"][0]
        return known


Recorded = Annotated[Known | str, Field(union_mode="left_to_right"), _AsKnown()]
"""A word that is passed on and that nothing is decided by. While a release is rolled out, or taken
back, the database holds words of the other one: who reads them is told the word, not refused."""
