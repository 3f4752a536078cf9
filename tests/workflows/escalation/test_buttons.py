"""What can be sent to an escalation: the decisions of its reason, by names that never change."""

from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from tests.house import House
from tests.workflows.company import between, hire, rest, waiting
from tests.workflows.company import parting as parting
from tests.workflows.escalation.escalating import (
    ANA,
    Asked,
    buttons,
    decide,
    escalated,
    known,
    open_question,
)

UNHEARD_OF = "Qzjxqz Vwkyjq"
"""A brand and a model that nothing in any catalogue comes near."""
LINK, CREATE, REFRESH = "1_link_model", "2_create_model", "7_refresh"


async def briefed(house: House, ticket_id: str, reason: str) -> Asked:
    """What is asked for a reason, once its facts are gathered."""
    asked = await open_question(house, ticket_id, reason)

    async def gathered() -> Any:
        return (await known(asked)).brief

    await house.soon(gathered, "the facts")
    return asked


async def words_below(asked: Asked) -> dict[str, str]:
    """What the Temporal UI shows below each name."""
    metadata = await asked.query("__temporal_workflow_metadata")
    return {u.name: u.description for u in metadata.definition.update_definitions}


async def test_below_each_name_stands_what_it_does_and_what_to_type(house: House) -> None:
    hire(house, "refrigeration")
    ticket_id, _ = await waiting(house, between(8, 20))
    words = await words_below(await escalated(house, ticket_id, "NO_PROPOSALS"))
    assert words["1_assign"].startswith("Assign a candidate. Call the expert first")
    assert words["1_assign"].endswith("Data: the number, empty for 1.")
    assert words["4_cancel"] == "Cancel the ticket. Everybody concerned is told."
    assert all(words.values())


async def test_what_answers_another_reason_is_no_button(house: House) -> None:
    ticket_id, _ = await waiting(house, between(8, 20))
    asked = await escalated(house, ticket_id, "NO_PROPOSALS")
    for other in ("2_waive", "1_link_model", "1_told", "1 Assign a candidate"):
        with pytest.raises(WorkflowUpdateFailedError) as failed:
            await decide(asked, ANA, other)
        assert "not found" in str(failed.value.cause)
    assert (await known(asked)).choice is None


async def test_what_becomes_possible_while_somebody_is_asked_is_a_button_from_then_on(
    house: House,
) -> None:
    first = await house.file(model_id=None, model_text=UNHEARD_OF)
    asked = await briefed(house, first, "MODEL_UNRESOLVED")
    assert LINK not in await buttons(asked)
    second = await house.file(model_id=None, model_text=UNHEARD_OF)
    other = await briefed(house, second, "MODEL_UNRESOLVED")
    await decide(other, ANA, CREATE, "refrigerator")
    await other.result()
    await decide(asked, ANA, REFRESH)

    async def offered() -> bool:
        return LINK in await buttons(asked)

    await house.soon(offered, "the button")
    await decide(asked, ANA, LINK, 1)
    assert (await asked.result())["action"] == "link_model"
    assert (await rest(house, first))["category"] == "refrigerator"
