"""What can happen to a flag."""

from typing import ClassVar

from models.event import Facts


class FlagChanged(Facts):
    """Somebody switched it, or for others than before; `was_` says how it stood."""

    kind: ClassVar = "flag.changed"

    key: str
    note_id: str
    on: bool
    percent: int
    customers: list[str]
    zones: list[str]
    integrations: list[str]
    was_on: bool
    was_percent: int
    was_customers: list[str]
    was_zones: list[str]
    was_integrations: list[str]
