"""What an appliance is called: in the catalogue, and in a customer's own words."""

import re

from models.catalogue.nouns import ApplianceModel
from models.identity import derived_id

LONGEST_NAME = 80
_PERSONAL = re.compile(r"@|\+\d|\d[\d ()/.-]{7,}\d|[<>\[\]]")
"""An address, or a number to call: the catalogue is for everybody."""


def is_nameable(text: str) -> bool:
    """Whether words could stand in the catalogue as a model."""
    words = as_a_name(text)
    return bool(words) and len(words) <= LONGEST_NAME and _PERSONAL.search(words) is None


def as_a_name(text: str) -> str:
    """Words with one blank between them."""
    return " ".join(text.split())


def new_model(
    brand: str, designation: str, category: str, words: str | None = None
) -> ApplianceModel:
    """A model for the catalogue; of the same name, or the same `words` of a customer, in whatever
    case, and category it is the same one."""
    name = words or f"{brand} {designation}"
    return ApplianceModel(
        id=derived_id("mod", name.lower(), category),
        brand=brand,
        designation=designation,
        category=category,
    )
