"""What a letter about the house as a whole may speak of."""

from collections.abc import Sequence
from typing import Any, NamedTuple

ABOUT_HOUSE = """select jsonb_build_array(coalesce(
    (select c.tz from customers c where c.id = mine.recipient_id), 'UTC'),
    not exists (select from outages o where o.ended_at is null))"""
"""Of the customer whom a row of `mine` is for; UTC for the staff."""


class AboutHouse(NamedTuple):
    """The IANA zone by which its reader lives, and whether nothing is stale or away."""

    tz: str
    is_whole: bool


def about_house(columns: Sequence[Any]) -> AboutHouse:
    """The same as a value."""
    return AboutHouse(*columns)
