"""Customers, with the personal data that never leaves the database but to be shown."""

from models.base import Value
from models.geography import Spot


class Customer(Value):
    """Someone whose appliances break: who they are, where they live, how they are told things."""

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
