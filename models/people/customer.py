"""Customers, with the personal data that never leaves the database but to be shown."""

from models.base import Value
from models.geography import Spot
from models.message.notification import Stop


class Customer(Value):
    """Someone whose appliances break: who they are, where they live, how they are told things.
    `opted_out` are the channels over which they answered STOP, from the addresses they have now."""

    id: str
    name: str
    zone: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    place: Spot
    tz: str
    locale: str
    phone: str
    email: str
    channels: tuple[str, ...]
    opted_out: tuple[Stop, ...] = ()


def address_line(street: str | None, postcode: str | None, city: str | None) -> str | None:
    """An address on one line, without what is not known of it; None, where nothing is."""
    place = " ".join(part for part in (postcode, city) if part)
    return ", ".join(part for part in (street, place) if part) or None
