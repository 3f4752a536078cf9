"""Appliances that the catalogue does not have."""

from tests.house import House
from tests.replay.scenarios.living import (
    DESCRIPTION,
    OTHER_MODEL,
    Lived,
    decided,
    history_of,
    question,
)

NEW_MODEL = "Vestfrost CF 110"
"""Words that stand in the catalogue afterwards, and are nobody's secret any more."""


async def model_linked(house: House) -> Lived:
    """The catalogue has the model under another name."""
    return await _resolved(house, "model_linked", "Bosch KGN 39 VLEB", "link_model")


async def model_created(house: House) -> Lived:
    """Nobody knew the model; now the catalogue has it."""
    return await _resolved(house, "model_created", NEW_MODEL, "create_model", "refrigerator")


async def model_left_open(house: House) -> Lived:
    """Somebody will come and look what it is."""
    return await _resolved(house, "model_left_open", OTHER_MODEL, "go_on_without")


async def _resolved(
    house: House, name: str, model: str, action: str, params: str | None = None
) -> Lived:
    ticket = await house.file(description=DESCRIPTION, model_id=None, model_text=model)
    asked = await question(house, ticket, "MODEL_UNRESOLVED")
    over = await decided(house, asked, action, params)
    return {name: await history_of(house, ticket), f"escalation_{name}": over}
